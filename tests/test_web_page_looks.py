"""How the page looks in a real Chromium: colours, widths, names."""

import pytest

from browsing import NEEDS_CHROMIUM, expect

pytestmark = NEEDS_CHROMIUM

LUMINANCE = """
(selector) => {
    const parse = (c) => c.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => {
        for (; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll(selector)].filter((e) => e.offsetParent).map((e) => {
        const ink = e.closest('#marks') ? document.getElementById('text') : e;
        const [a, b] = [light(parse(getComputedStyle(ink).color)), light(ground(e))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 20)];
    });
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_and_have_contrast(open_page, scheme):
    page = open_page(color_scheme=scheme)
    page.get_by_role("button", name="C or C++?").click()
    expect(page.locator("#marks mark").first).to_be_attached()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 21, 26)"
    assert dark == (scheme == "dark")
    page.get_by_role("combobox").click()
    pairs = page.evaluate(
        LUMINANCE,
        "h1, h2, h3, p, button, li > span:not(.track), th, td, code, mark, a, small, .theme span, label, textarea",
    )
    assert len(pairs) > 50
    # AA: 4.5 to 1 for text of usual size.
    assert [pair for pair in pairs if pair[0] < 4.5] == []


def test_the_switch_overrules_the_system_and_is_kept(open_page):
    page = open_page(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(245, 244, 240)"
    page.get_by_text("Dark", exact=True).click()
    assert page.evaluate(ground) == "rgb(19, 21, 26)"
    page.reload()
    expect(page.get_by_label("Dark")).to_be_checked()
    assert page.evaluate(ground) == "rgb(19, 21, 26)"
    page.get_by_text("Auto", exact=True).click()
    assert page.evaluate(ground) == "rgb(245, 244, 240)"


@pytest.mark.parametrize("width", [320, 390, 800, 1600])
def test_nothing_sticks_out_on_any_screen(open_page, width):
    page = open_page(viewport={"width": width, "height": 800})
    page.get_by_role("button", name="TypeScript").click()
    expect(page.locator("#why")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_everything_has_a_name_and_the_answer_is_announced(open_page):
    page = open_page()
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.get_by_role("textbox", name="Text")).to_be_visible()
    expect(page.get_by_role("combobox", name="Only among")).to_be_visible()
    expect(page.get_by_role("radio", name="Dark")).to_be_attached()
    assert page.get_by_role("heading", level=1).count() == 1
    spoken = page.locator("#spoken")
    assert (spoken.get_attribute("role"), spoken.get_attribute("aria-live")) == ("status", "polite")
