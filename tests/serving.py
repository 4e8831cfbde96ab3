"""A running service for tests: `whichcode serve` in a process of its own, on a free port of this machine."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import whichcode

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


class Server:
    """What `serving` gives: the process and where it listens."""

    def __init__(self, process, port):
        self.process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}"

    def stop(self, number=signal.SIGTERM):
        """Tell it to stop and return its exit status and what else it wrote on standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@contextmanager
def serving(*options):
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(
            [str(Path(whichcode.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
        )
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "whichcode", "serve", "--port", "0", *options],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/ answers", line)
        assert found, line + process.stderr.read()
        yield Server(process, int(found[1]))
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.communicate(timeout=30)
            finally:
                process.kill()
