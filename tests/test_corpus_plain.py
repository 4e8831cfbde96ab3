"""What of texts is text."""

import pytest

from whichcode.corpus.plain import plain_mail, plain_text

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
    assert plain_mail(letter) == "Subject: x\nContent-Type: text/html; charset=utf-8\n\n"


@pytest.mark.parametrize(
    "letter",
    [
        "Content-Type: text/html; charset=no-such\nContent-Transfer-Encoding: 8bit\n\n<p>é</p>\n",
        "Content-Type: multipart/mixed\n\nno boundary\n",
        "Content-Type: text/\udcff; a\nSubject: \udcff\n\n\udcff\n",
        'Content-Type: multipart/mixed; boundary="a"\n\n--a\nContent-Type: text/html\n\n<b>\udcff\n--a\n\n.\n',
        "Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\n<p>\n",
    ],
)
def test_damaged_letters_do_no_harm(letter):
    assert "<p>" not in plain_mail(letter)
    assert "<b>" not in plain_mail(letter)


def test_front_matter_is_no_text():
    licence = "---\ntitle: Plain Licence\nspdx: X\n---\n\nYou may do as you like.\n---\nAnd more.\n"
    assert plain_text(licence, "licence") == "\nYou may do as you like.\n---\nAnd more.\n"
    for text in ("--- a rule\nand text\n---\n", "text\n---\na: b\n---\n", "---\nno end\n"):
        assert plain_text(text, "prose") == text
