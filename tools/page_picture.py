"""Take the picture of the page of `whichcode serve` with one of its own examples: docs/page.png.

    PYTHONPATH=. python tools/page_picture.py --out docs/page.png

Needs Chromium (`CHROMIUM` names it where it is not on the path) and what the tests need.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.serving import CHROMIUM, serving
from whichcode.atomic import write_atomically

WIDTH, HEIGHT = 1200, 900
EXAMPLE = "TypeScript"


def main() -> int:
    """Take the picture; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("error: there is no Chromium; install it, or name it in CHROMIUM")
    with serving() as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(server.url)
        page.get_by_role("button", name=EXAMPLE).click()
        expect(page.get_by_text(f"How the odds of {EXAMPLE}")).to_be_visible()
        page.mouse.move(0, 0)
        picture = page.screenshot(full_page=True, animations="disabled")
        browser.close()
    write_atomically(arguments.out, picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
