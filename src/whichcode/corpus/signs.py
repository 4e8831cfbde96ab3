"""What a text must hold to show its language, where files of it hold long stretches of something else.

HTML pages hold manuals: twenty lines of a pre element are Python, whatever the file is called. The plain
paragraphs of a document are text: nothing in them tells of Markdown, TeX or AsciiDoc. So are the lines that a
session prints, while the body of a request, the context of a patch, settings without a comment, a specification's
table, the script of a component and what a template leaves as it is are of other languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from whichcode.corpus.fences import PROMPT

# Two closing braces alone end an object in an object; behind a word and a blank, or a minus, they end a tag that
# began on another line.
_TAGS = re.compile(r"\{[{%#]|[%#]\}|\w \}\}")
_BRACES = re.compile(r"\{\{|\w \}\}|-\}\}")

# An element, or an attribute that only elements have: neither `Array<string>` nor `a < b` nor `<T>(x)` is one.
_ELEMENT = (
    r"</|/>|<!|<>|<\w+,>|(?:^|[\s({>?:&,\[|=!;}`\"'])<[A-Za-z][\w.:-]*(?:[\s/]|>(?!\()|$)"
    r"|\b(?:className|htmlFor)=|^[^\S\n]*[\w:-]+=[{\"']"
)

# Directives of Blade: a style sheet has at-rules, and comments have tags.
_DIRECTIVES = (
    "auth|assets|aware|break|can|canany|case|checked|class|component|continue|csrf|default|disabled|each|else|elseif"
    "|empty|end[a-z]+|entangle|env|error|extends|feature|for|foreach|forelse|guest|hasSection|if|include[A-Za-z]*"
    "|inject|isset|js|json|lang|livewire[A-Za-z]*|method|once|parent|persist|php|production|props|push|script"
    "|section|selected|session|show|slot|stack|style|switch|teleport|this|unless|use|verbatim|vite|while|yield"
)

SIGNS: Mapping[str, re.Pattern[str]] = {
    "html": re.compile(r"<[A-Za-z/!]"),
    "markdown": re.compile(
        r"^[^\S\n]*(?:#|[-*+] |\d+[.)] |>|\||```|~~~|===|---|<[\w!/])"
        r"|[`*_]\w|\]\(|\]\[|\]:|https?://|\\[^\w\s]",
        re.MULTILINE,
    ),
    "restructuredtext": re.compile(
        r"^ *(?:\.\. |[-*+] |[=~^#*-]{3}|:\w[^:]*:|>>>)|::|``|`\w|`_|\*\w|\|\w|\w_\b|https?://", re.MULTILINE
    ),
    "http": re.compile(
        r"^[^\S\n]*(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND)\b|HTTP/\d"
        r"|^[^\S\n]*(?:[A-Z][\w-]*|[a-z]+(?:-[a-z]+)+):(?: |$)"
        r"|^[^\S\n]*(?:accept|authorization|connection|cookie|date|etag|host|location|server):(?: |$)",
        re.MULTILINE,
    ),
    "shellsession": re.compile(PROMPT.pattern, re.MULTILINE),
    "diff": re.compile(
        r"^(?:[-+@]|[<>!*] |\*{3}|\d+(?:,\d+)?[acd]\d|diff |index |Index:|(?:new|deleted) file |(?:old|new) mode "
        r"|similarity |rename |copy |Binary files )",
        re.MULTILINE,
    ),
    "gherkin": re.compile(r"^[^\S\n]*[^\s|]", re.MULTILINE),
    "json with comments": re.compile(r"(?:^|[\s,{}\[\]])/[/*]|,\s*[}\]]", re.MULTILINE),
    "jinja": _TAGS,
    "twig": _TAGS,
    "liquid": re.compile(r"\{[{%]|%\}|\w \}\}"),
    "handlebars": _BRACES,
    "go template": _BRACES,
    "html+erb": re.compile(r"<%|%>"),
    "tsx": re.compile(_ELEMENT, re.MULTILINE),
    "vue": re.compile(
        _ELEMENT + r"|\{\{|\w \}\}|\bv-[a-z]|^[^\S\n]*[:@#][\w.:\[\]-]+=|^export default \{"
        r"|\bdefine(?:Props|Emits|Model|Expose|Slots|Options)\b",
        re.MULTILINE,
    ),
    "svelte": re.compile(
        _ELEMENT + r"|\{[#@:/][a-z]|\$:|\$(?:state|derived|effect|props|bindable|inspect|host)\b"
        r"|^[^\S\n]*(?:on|bind|class|use|transition|style|in|out|animate):[\w-]|^[^\S\n]*export let ",
        re.MULTILINE,
    ),
    "astro": re.compile(_ELEMENT + r"|^---|\bAstro\.|\b(?:client|define|set|is|class):[a-z]", re.MULTILINE),
    "blade": re.compile(
        rf"(?:^|[\s>\"'({{\[])@(?:{_DIRECTIVES})\b"
        r"|\{\{|\w \}\}|\{!!|!!\}|</?(?:x-|livewire:|flux[:.])|\bwire:|\$wire\b",
        re.MULTILINE,
    ),
    "smarty": re.compile(r"\{[/$*%#]?[A-Za-z_]|\{\*|\*\}|\w\}"),
    "mdx": re.compile(
        r"^import [^\n]*['\"]|^export (?:const|default|function) |</?[A-Z>]|<[a-z]+-[a-z]"
        r"|\b(?:className|style)=[{\"]"
        r"|\{/\*|(?:^|[^$\\])\{['\[\w][\w.]*[\s(}\[']|^:::",
        re.MULTILINE,
    ),
    "asciidoc": re.compile(
        r"^[^\S\n]*(?:={1,6} |\.{1,5} ?\w|\[|[*-]{1,5} |\||[=.*_+-]{4}|//|:[\w!-]+:|<\d+>|\+$|[A-Z]+: )"
        r"|(?<!\w)[*_`+#]\w|\w::|;;|<<\w|\w:[^\s\[]{0,99}\[|\{[a-z]|https?://",
        re.MULTILINE,
    ),
    "tex": re.compile(r"\\[A-Za-z\\%&$#_{}@]|\$[^$\s]| & |^[^\S\n]*%|\w~\\?\w", re.MULTILINE),
    "typst": re.compile(r"#\w|\$\S|(?<!\w)[*_`@]\w|^[^\S\n]*(?:=+|[-+/]) |//|\w: \[", re.MULTILINE),
    "subrip text": re.compile(r"-->|^\d+[^\S\n]*$|\{\\an\d", re.MULTILINE),
    "webvtt": re.compile(
        r"-->|^(?:WEBVTT|NOTE|STYLE|REGION)\b|^\d+[^\S\n]*$|</?(?:[cvibu]|ruby|rt|lang)\b|::cue", re.MULTILINE
    ),
    "csv": re.compile(r",\S|,$|[;|¦]\S|\t|^[^,.\n]*(?:,[^,.\n]*){2,}$", re.MULTILINE),
    "tsv": re.compile(r"\t"),
    "java server pages": re.compile(r"<%|%>|\$\{|</?[a-z]+:"),
    "groovy server pages": re.compile(r"<%|%>|\$\{|</?g:"),
}
"""Patterns to search for, by language."""


def shows(language: str, text: str) -> bool:
    """Tell whether anything of `text` shows that it is in `language`, where that is asked."""
    sign = SIGNS.get(language)
    return sign is None or sign.search(text) is not None
