"""``python -m whichcode`` is ``whichcode``."""

from whichcode.cli import main

if __name__ == "__main__":
    main()
