"""The page in a real Chromium, for tests: the browser, its pages, and what they hold."""

import time
from contextlib import contextmanager

import pytest

from serving import CHROMIUM

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("uvicorn", reason="whichcode[serve] is not installed")
expect = playwright.expect

NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

GO = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("salt")\n}\n'


@contextmanager
def browsing():
    """Yield a browser, and close it."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opening(browser, server):
    """Yield what opens the page; afterwards nothing was said on the console and nothing asked for elsewhere."""
    heard, contexts = [], []

    def open_page(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("request", lambda request: request.url.startswith(server.url) or heard.append(request.url))
        # What the policy of content refuses is an event, too.
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective))"
        )
        page.goto(server.url)
        expect(page.locator("#model")).to_contain_text("default-")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert heard == []


def wait_for(page, expression):
    """Wait until it is true; Playwright's own way evaluates strings in the page, which the policy forbids."""
    deadline = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def field(page):
    return page.get_by_role("textbox", name="Text")


def answer(page):
    return page.locator("#language")
