"""What of texts is text."""

import pytest

from whichcode.corpus.plain import for_readers, plain_mail, plain_text

LETTER = """\
From: ada@example.org
To: bob@example.org
Subject: the bridge
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="cut"

--cut
Content-Type: text/plain; charset=utf-8

Dear Bob, the bridge is open again – come over.
--cut
Content-Type: text/html

<p>Dear Bob, the bridge is <b>open</b> again.</p>
--cut
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB
--cut--
"""


def test_a_letter_keeps_its_headers_and_what_is_plain():
    plain = plain_mail(LETTER)
    assert plain.startswith("From: ada@example.org\nTo: bob@example.org\nSubject: the bridge\n")
    assert "Dear Bob, the bridge is open again – come over.\n" in plain
    assert "Content-Type: text/html\n" in plain
    assert "<p>" not in plain
    assert "iVBOR" not in plain


def test_a_plain_letter_is_untouched():
    letter = "From: ada@example.org\nX-Note:  two  blanks\nSubject: " + "long " * 40 + "\n\n> quoted\n<b>said\n"
    assert plain_mail(letter) == letter


@pytest.mark.parametrize("text", ["Hello,\n\nOn Monday Ada wrote:\n> no\n", "\nFrom me: nothing\n", "", "\n"])
def test_a_body_alone_is_untouched(text):
    assert plain_mail(text) == text


def test_a_letter_in_html_alone_keeps_its_headers():
    letter = "Subject: x\nContent-Type: text/html; charset=utf-8\n\n<html><body>é</body></html>\n"
    assert plain_mail(letter) == "Subject: x\nContent-Type: text/html; charset=utf-8\n\n\n"


@pytest.mark.parametrize(
    "letter",
    [
        "Content-Type: text/html; charset=no-such\nContent-Transfer-Encoding: 8bit\n\n<p>é</p>\n",
        "Content-Type: multipart/mixed\n\nno boundary\n",
        "Content-Type: text/\udcff; a\nSubject: \udcff\n\n\udcff\n",
        'Content-Type: multipart/mixed; boundary="a"\n\n--a\nContent-Type: text/html\n\n<b>\ufffd\n--a\n\n.\n',
        "Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\n<p>\n",
        "Content-Type: message/rfc822\n\n" * 3000,
        "Content-Type: multipart/mixed; boundary*=idna''%ff%ff\n\n.\n",
        "From: a\nContent-Type: text/html; charset=undefined\n\n<p>\n",
        "From: a\nContent-Type: text/html; x=\x0cb: c\n\n<p>\n",
        "Content-Type: multipart/mixed; boundary*0=b; boundary*=utf-8'en'%62x; boundary*0=b\n\n.\n",
        "From: a\nContent-Type: text/html; charset=\0\n\n<p>\n",
        "Content-Type: image/png\nContent-Transfer-Encoding: base64 (x)\n\n<p>\n",
    ],
)
def test_damaged_letters_do_no_harm(letter):
    assert "<p>" not in plain_mail(letter)
    assert "<b>" not in plain_mail(letter)


def test_headers_stay_as_they_are():
    letter = "From: Jörg <j@example.org>\nX:    many\nSubject: Grüße\nContent-Type: text/html\n\n<p>Hallo</p>\n"
    assert plain_mail(letter).startswith(letter[: letter.index("<p>")])
    assert "Hallo" not in plain_mail("\ufeff\n" + letter)


def test_a_mailbox_has_several_letters():
    page = "From ada@example.org Mon Jan  1 00:00:00 2024\nSubject: a\nContent-Type: text/html\n\n<p>a</p>\n\n"
    plain = "From bob@example.org Mon Jan  1 00:00:00 2024\nSubject: b\n\nFrom here on all is well.\n\n"
    box = plain_mail(page + plain + page)
    assert "<p>" not in box
    assert plain in box
    assert box.count("From ada@example.org") == 2


def test_front_matter_is_no_text():
    licence = "---\ntitle: Plain Licence\nspdx: X\n---\n\nYou may do as you like.\n---\nAnd more.\n"
    assert plain_text(licence, "licence") == "\nYou may do as you like.\n---\nAnd more.\n"
    assert plain_text("---\na: b\n---", "licence") == ""
    rules = ("---\nWe went down to the harbour.\n---\nAnd back.\n", "---\n[12:00] start\n---\n[12:02] end\n")
    for text in (*rules, "--- a rule\nand text\n---\n", "text\n---\na: b\n---\n", "---\nno: end\n"):
        assert plain_text(text, "prose") == text


def test_a_header_that_says_what_a_part_holds_is_kept():
    letter = "Subject: OK then\nContent-Type: text/html\n\nOK\n"
    assert plain_mail(letter).startswith("Subject: OK then\nContent-Type: text/html\n\n")
    assert plain_mail(letter).rstrip("\n").endswith("text/html")


def test_what_is_plain_is_kept_where_another_part_says_the_same():
    letter = (
        'Content-Type: multipart/mixed; boundary="cut"\n\n'
        "--cut\nContent-Type: text/plain\n\nWrite <b>quack</b> here.\n"
        "--cut\nContent-Type: text/html\n\n<b>quack</b>\n--cut--\n"
    )
    plain = plain_mail(letter)
    assert "Write <b>quack</b> here." in plain
    assert plain.count("quack") == 1


def test_a_letter_with_other_line_ends_keeps_its_headers():
    assert plain_mail("Subject: x\r\nContent-Type: text/html\r\n\r\nx").startswith("Subject: x\r\n")


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("pond.c:3:7: warning: unused duck\n3 warnings\n", True),
        ("<stdin>:1:2: no such duck\nsee <https://example.org/ducks>\n", True),
        ("[12:03] the pond is open\n[12:04] a duck lands\n", True),
        ("[ok] 3 ducks\n", True),
        ("{duck} is not a name\n", True),
        ('{"ducks": [1, 2]}\n', False),
        ('[{"duck": 1}]\n', False),
        ("<?xml version='1.0'?>\n<ducks/>\n", False),
        ("<!DOCTYPE html>\n<p>quack\n", False),
        ("<ducks>\n  <duck n='1'/>\n</ducks>\n", False),
        ("<ducks>\n  <duck n='1'/>\n</ducks>\n3 ducks\n", True),
        ("HTTP/1.1 404 Not Found\nServer: pond\n\nno duck\n", False),
        ("[" * 100_000, True),
    ],
)
def test_what_is_printed_for_programs_is_not_read(printed, read):
    assert for_readers(printed, "output") == read
    assert for_readers(printed, "log") == read
    assert for_readers(printed, "mail")
