"""What the page does in a real Chromium: typing, dropping, hostile text, a megabyte, the keyboard."""

import json
import time

import pytest

from browsing import GO, NEEDS_CHROMIUM, answer, expect, field, wait_for

pytestmark = NEEDS_CHROMIUM

HOSTILE = (
    '<script>window.broken = 1</script>\n<img src=x onerror="window.broken = 2">\n'
    "<svg onload='broken = 3'>\"><b style=color:red>{{7*7}}</textarea>\n<iframe srcdoc='<script>1</script>'>\n"
)


def test_typing_is_answered_as_one_types(open_page):
    page = open_page()
    expect(answer(page)).to_have_text("–")
    field(page).press_sequentially(GO.replace("\n\t", "\n"), delay=5)
    expect(answer(page)).to_have_text("Go")
    expect(page.locator("#bars li")).to_have_count(5)
    expect(page.locator("#bars li").first).to_contain_text("%")
    expect(page.locator("#spoken")).to_contain_text("Go: ")
    expect(page.locator("#features tr")).to_have_count(9)
    field(page).fill("")
    expect(answer(page)).to_have_text("–")
    expect(page.locator("#why")).to_be_hidden()


def test_the_tokens_are_marked_where_they_stand(open_page):
    page = open_page()
    field(page).fill("😀 = '😀😀'\n" + GO)
    expect(page.locator("#marks mark").first).to_be_attached()
    marked = page.locator("#marks mark").all_text_contents()
    assert {"package", "func"} & set(marked)
    assert all(mark.strip() == mark or not mark.strip() for mark in marked)
    # The copy is the text up to its last mark, in the same type at the same place.
    copied = page.locator("#marks").text_content()
    assert page.locator("#text").input_value().startswith(copied)
    looks = """(e) => {
        const s = getComputedStyle(e);
        return [s.font, s.lineHeight, s.tabSize, s.padding, s.whiteSpace, s.letterSpacing];
    }"""
    assert page.locator("#marks").evaluate(looks) == page.locator("#text").evaluate(looks)
    boxes = [page.locator(selector).bounding_box() for selector in ("#marks", "#text")]
    assert boxes[0]["x"] == boxes[1]["x"]
    assert boxes[0]["y"] == boxes[1]["y"]
    # For and against differ by more than colour.
    styles = {
        kind: page.locator(f"#legend mark.{kind}").evaluate("(e) => getComputedStyle(e).textDecorationStyle")
        for kind in ("for", "against")
    }
    assert styles == {"for": "solid", "against": "dotted"}


def test_marks_scroll_with_the_text_and_stay_while_one_types(open_page):
    page = open_page()
    text = field(page)
    text.fill(GO * 30)
    expect(page.locator("#marks mark").first).to_be_attached()
    text.evaluate("(e) => { e.scrollTop = 200; }")
    expect(page.locator("#marks")).to_have_css("transform", "matrix(1, 0, 0, 1, 0, -200)")
    count = page.locator("#marks mark").count()
    page.route("**/v1/*", lambda route: None)  # no answer comes any more
    text.evaluate("(e) => { e.setRangeText('\\n', 0, 0); e.dispatchEvent(new Event('input')); }")
    assert page.locator("#marks mark").count() >= count - 1
    assert page.locator("#text").input_value().startswith(page.locator("#marks").text_content())
    page.unroute_all(behavior="ignoreErrors")


def test_stale_answers_are_dropped(open_page):
    page = open_page()
    # The first answer comes late, and also where the page has given its request up.
    page.evaluate(
        """(late) => {
            const ask = window.fetch;
            window.fetch = (...asked) => {
                window.fetch = ask;
                window.asked = true;
                return new Promise((resolve) => {
                    setTimeout(() => { window.late = true; resolve(new Response(late)); }, 1500);
                });
            };
        }""",
        json.dumps({"model": "m", "language": "sql", "confidence": 1.0, "candidates": [["sql", 1.0]]}),
    )
    field(page).fill("SELECT name FROM users WHERE id = 7;")
    wait_for(page, "window.asked")
    field(page).fill(GO)
    expect(answer(page)).to_have_text("Go")
    assert not page.evaluate("window.late")
    wait_for(page, "window.late")
    page.wait_for_timeout(200)
    expect(answer(page)).to_have_text("Go")


def test_a_file_is_dropped(open_page):
    page = open_page()
    transfer = page.evaluate_handle(
        "(t) => { const d = new DataTransfer(); d.items.add(new File([t], 'x.bin')); return d; }", GO
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    expect(page.locator("#pad")).to_have_class("pad dropping")
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.locator("#pad")).to_have_class("pad")
    expect(answer(page)).to_have_text("Go")
    assert page.locator("#text").input_value() == GO


def test_a_file_is_opened_and_a_binary_one_refused(open_page):
    page = open_page()
    page.set_input_files(
        "#file", {"name": "a", "mimeType": "", "buffer": "\ufeffx <- c(1, 2)\nprint(x)".encode("utf-16")}
    )
    expect(answer(page)).to_have_text("R")
    page.set_input_files("#file", {"name": "b.png", "mimeType": "", "buffer": b"\x89PNG\0\0\0\rIHDR"})
    expect(page.get_by_role("alert")).to_contain_text("b.png is not text")


def test_a_hostile_text_is_only_a_text(open_page):
    page = open_page()
    field(page).fill(HOSTILE)
    expect(page.locator("#features tr").first).to_be_visible()
    expect(page.locator("#marks mark").first).to_be_attached()
    page.get_by_role("combobox").fill("<img src=x onerror=window.broken=4>")
    expect(page.get_by_role("option")).to_have_text("No such language")
    page.wait_for_timeout(300)
    assert page.evaluate("window.broken") is None
    assert page.locator("main script, main iframe, main svg, main img").count() == 0
    assert page.locator("script").count() == 1


def test_a_policy_of_content_would_stop_a_script(open_page, browser, server):
    page = browser.new_page()
    page.goto(server.url)
    page.evaluate(
        """() => {
            const s = document.createElement('script');
            s.textContent = 'window.broken = 5';
            document.body.append(s);
        }"""
    )
    assert page.evaluate("window.broken") is None
    page.close()


@pytest.mark.parametrize("unit", [GO, "x=[1,2];"], ids=["lines", "one line"])
def test_a_megabyte_is_taken_calmly(open_page, unit):
    page = open_page()
    page.evaluate(
        """() => {
            window.longest = 0;
            let last = performance.now();
            setInterval(() => {
                const now = performance.now();
                window.longest = Math.max(window.longest, now - last);
                last = now;
            }, 20);
        }"""
    )
    text = field(page)
    size = 1 << 20
    text.focus()
    # As a paste: one event for all of it.
    page.evaluate(
        "(t) => { const e = document.getElementById('text'); e.value = t; e.dispatchEvent(new Event('input')); }",
        (unit * (size // len(unit) + 1))[:size],
    )
    expect(page.locator("#hint")).to_contain_text("1,048,576 characters", timeout=20_000)
    expect(page.locator("#bars li").first).to_contain_text("%", timeout=20_000)
    expect(page.locator("#why-note")).to_contain_text("Only the first 50,000 characters", timeout=20_000)
    # A second is what a busy machine gets; a page that waits for the answer would be stopped for far longer.
    assert page.evaluate("window.longest") < 10_000
    began = time.monotonic()
    page.get_by_role("button", name="Clear").click()
    expect(answer(page)).to_have_text("–")
    assert time.monotonic() - began < 5


def test_the_keyboard_is_enough(open_page):
    page = open_page()
    keyboard = page.keyboard
    seen = []
    for _ in range(30):
        keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                const e = document.activeElement;
                const seen = e.type === 'radio' ? e.nextElementSibling : e;
                return [e.id || e.textContent || e.name, getComputedStyle(seen).outlineStyle, e.tagName];
            }"""
        )
        if focused[2] == "BODY":
            break
        seen.append(focused[0])
        assert focused[1] == "solid", focused
    assert [name for name in seen if name in ("theme", "open", "clear", "text", "Python", "search")] == [
        "theme",
        "open",
        "clear",
        "text",
        "Python",
        "search",
    ]
    page.locator("#text").focus()
    keyboard.type("x = 1")
    expect(answer(page)).not_to_have_text("–")
    for _ in range(20):
        keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "search":
            break
    keyboard.type("pytho")
    expect(page.get_by_role("option", name="Python")).to_be_visible()
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Python")).to_be_visible()
    keyboard.type(".rb")
    keyboard.press("Enter")
    keyboard.press("ArrowDown")
    assert page.locator("#search").get_attribute("aria-activedescendant")
    keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#bars li")).to_have_count(2)
    keyboard.press("Backspace")
    expect(page.get_by_role("button", name="Remove Ruby")).to_have_count(0)
    expect(page.locator("#bars li")).to_have_count(1)


def test_only_the_chosen_languages_are_possible(open_page):
    page = open_page()
    field(page).fill(GO)
    expect(answer(page)).to_have_text("Go")
    search = page.get_by_role("combobox")
    for name in ("Rust", "Swift"):
        search.fill(name.lower())
        page.get_by_role("option", name=name, exact=False).first.click()
    expect(page.locator("#bars li")).to_have_count(2)
    assert set(page.locator("#bars li > span:first-child").all_text_contents()) == {"Rust", "Swift"}
    page.get_by_role("button", name="Remove Swift").click()
    expect(answer(page)).to_have_text("Rust")
    expect(page.locator("#why")).to_be_hidden()
    page.get_by_role("button", name="Remove Rust").click()
    expect(answer(page)).to_have_text("Go")


def test_each_example_is_answered(open_page):
    page = open_page()
    for name in ("Python", "Rust", "TypeScript", "SQL", "Dockerfile"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(answer(page)).to_have_text(name)


def test_what_the_service_refuses_is_told(browser, server):
    page = browser.new_page()  # the console may speak of the failed requests here
    page.goto(server.url)
    error = json.dumps({"error": {"code": "binary", "message": "no, <b>not</b> that"}})
    page.route(
        "**/v1/detect", lambda route: route.fulfill(status=422, content_type="application/json", body=error)
    )
    field(page).fill(GO)
    expect(page.get_by_role("alert")).to_have_text("no, <b>not</b> that")
    page.route("**/v1/detect", lambda route: route.abort())
    field(page).fill(GO + "\n")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/v1/detect")
    tries = []

    def busy(route):
        tries.append(route.request.url)
        if len(tries) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, content_type="application/json", body=error)
        else:
            route.continue_()

    page.route("**/v1/detect", busy)
    field(page).fill(GO + "\n\n")
    expect(answer(page)).to_have_text("Go")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert len(tries) == 2
    page.close()
