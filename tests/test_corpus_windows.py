"""Windows of lines drawn from documents, and the signs that they must show."""

from conftest import make_texts
from whichcode.corpus import Document
from whichcode.corpus.signs import SIGNS
from whichcode.corpus.windows import draw_windows, whole


def test_windows_are_drawn_alike_and_are_of_the_document():
    document = Document("wordy", make_texts("wordy", 1)[0], "wordy/0")
    windows = draw_windows(document, 20, min_lines=2, max_lines=5, seed=7)
    assert windows == draw_windows(document, 20, min_lines=2, max_lines=5, seed=7)
    assert windows != draw_windows(document, 20, min_lines=2, max_lines=5, seed=8)
    lines = [line.strip() for line in document.text.split("\n")]
    for text in windows:
        stripped = [line.strip() for line in text.split("\n")]
        assert 2 <= len(stripped) <= 5
        assert any(lines[i : i + len(stripped)] == stripped for i in range(len(lines)))


def test_documents_without_windows():
    assert draw_windows(Document("a", "}\n};\n", "p"), 5, min_lines=1, max_lines=2, seed=0) == []
    assert draw_windows(Document("a", "one line of text\n", "p"), 5, min_lines=3, max_lines=5, seed=0) == []


def test_windows_with_hardly_a_word_are_taken_where_they_are_wanted():
    document = Document("a", "}\n};\n\n\n)\n", "p")
    drawn = draw_windows(document, 50, min_lines=1, max_lines=1, seed=0, bare=True)
    assert set(drawn) == {"}", "};", ")"}


def test_windows_without_the_sign_of_their_language_are_drawn_again():
    page = "<pre>\n" + "print('a line of Python in a page')\n" * 30 + "</pre>\n<p>And some words.</p>\n"
    document = Document("html", page, "p")
    free = draw_windows(document, 50, min_lines=1, max_lines=4, seed=0)
    assert any("<" not in text for text in free)
    signed = draw_windows(document, 50, min_lines=1, max_lines=4, seed=0, sign=SIGNS["html"])
    assert signed
    assert all("<" in text for text in signed)


def test_whole_documents_are_cut_at_a_line():
    assert whole(Document("a", "  ab\n  cd\n  ef\n", "p"), 12) == "ab\ncd"


def test_a_sign_is_looked_for_in_the_lines_as_they_are():
    context = Document("diff", " - duck\n - drake\n" * 40, "p")
    drawn = {"min_lines": 1, "max_lines": 3, "seed": 0, "sign": SIGNS["diff"]}
    assert draw_windows(context, 5, **drawn) == []
    assert len(draw_windows(Document("diff", context.text + "+ pond\n" * 80, "p"), 5, **drawn)) == 5
