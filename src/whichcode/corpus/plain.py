"""What of a file that is said to be text is text: a letter without the page and the pictures that come with it.

A message's parts in HTML or base64, and the YAML that begins a document for Jekyll and its like, are files of
their own that lie in another. Windows of them are no text: they are neither to learn from nor to measure with as
such.
"""

from __future__ import annotations

import re
from email import message_from_string
from email.message import Message

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*\n")
_ENCODED = ("base64", "uuencode", "x-uuencode")


def plain_text(text: str, kind: str) -> str:
    """Return `text`, which is not code but of `kind`, without what is neither."""
    return plain_mail(text) if kind == "mail" else _FRONT_MATTER.sub("", text)


def plain_mail(text: str) -> str:
    """Return a message (RFC 5322, RFC 2045) with its headers, its plain parts and the headers of the others.

    What has no headers, the body of a message alone, stays as it is.
    """
    message = message_from_string(text)
    if not message.keys():
        return text
    emptied = [_emptied(part) for part in message.walk() if not part.is_multipart()]
    return message.as_string(maxheaderlen=0) if any(emptied) else text


def _emptied(part: Message) -> bool:
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if part.get_content_type() == "text/plain" and encoding not in _ENCODED:
        return False
    part.set_payload("")
    return True
