"""What of a file that is said to be text is text: a letter without the page and the pictures that come with it.

A message's parts other than plain text, and the YAML at the top of a document for Jekyll and its like, are files
of their own that lie in another. Windows of them are no text: they are neither to learn from nor to measure with
as such.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?=[A-Za-z_][\w-]*:)(?:.*\n)*?---[ \t]*(?:\n|\Z)")
_NEXT_LETTER = re.compile(r"(?<=\n\n)(?=From \S+ .*\d{4}\n)")
_ENCODED = ("base64", "uuencode", "x-uuencode")
# The whole of it, with the end of the element that it begins with; an answer of HTTP may hold anything.
_PAGE = re.compile(
    r"\s*(?:HTTP/\d(?:\.\d)? \d{3}\b|<\?xml\b|<!DOCTYPE\b|<([A-Za-z][\w:.-]*)[\s>](?:[\s\S]*)</\1>\s*\Z)"
)
_PRINTED = ("log", "output")


def plain_text(text: str, kind: str) -> str:
    """Return `text`, which is not code but of `kind`, without what is neither."""
    return plain_mail(text) if kind == "mail" else _FRONT_MATTER.sub("", text)


def for_readers(text: str, kind: str) -> bool:
    """Tell whether `text`, which is said to be of `kind`, is read by people.

    What a program prints may be a page, a document of XML or of JSON, or what a server answered: then it is that.
    """
    if kind not in _PRINTED:
        return True
    return not (_PAGE.match(text) or is_json(text))


def is_json(text: str, opening: tuple[str, ...] = ("{", "[")) -> bool:
    """Tell whether `text` is one value of JSON (RFC 8259) that begins with one of `opening`."""
    if not text.lstrip().startswith(opening):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def plain_mail(text: str) -> str:
    """Return a message or a mailbox (RFC 5322, 2045, 4155) without what its parts hold but plain text.

    Headers stay as they are, and so does what cannot be read as a message.
    """
    return "".join(map(_plain_letter, _NEXT_LETTER.split(text)))


def _plain_letter(text: str) -> str:
    try:
        held = list(_contents(message_from_string(text.lstrip("\ufeff\n"))))
    except Exception:  # The parser raises whatever an odd header leads to, RecursionError too
        return text
    at = 0
    for content, plain in held:
        # Cut out, and not written anew: that would encode the headers. Parts come in order, behind their headers.
        body = text.find("\n\n", at)
        found = text.find(content, body) if body >= 0 else -1
        if found < 0:
            continue
        if plain:
            at = found + len(content)
        else:
            text = text[:found] + "\n" + text[found + len(content) :]
            at = found
    return text


def _contents(message: Message) -> Iterator[tuple[str, bool]]:
    """Yield the contents of the parts that have any, and whether they are plain text."""
    for part in message.walk():
        if part.is_multipart():
            continue
        encoding = re.match(r"[\w-]*", str(part.get("Content-Transfer-Encoding", "")).strip().lower())
        plain = part.get_content_type() == "text/plain" and not (encoding and encoding[0] in _ENCODED)
        content = part.get_payload()
        if isinstance(content, str) and content.strip():
            yield content, plain
