"""Labelled blocks of documentation that are, by their form, something else than their author calls them.

Documentation marks a change to a program with the label of the program's language, and shows an answer of a
server with that of the question. A detector that learns from such labels learns to be wrong.
"""

from __future__ import annotations

import re

from whichcode.corpus.fences import Fence, resolve
from whichcode.corpus.plain import is_json
from whichcode.corpus.signs import shows
from whichcode.errors import InputError
from whichcode.languages import find

# A command that is no formula, of which the end is marked as its beginning is.
_PROMPT = re.compile(r"\n*\$ [a-z./~][\w./-]*(?=\s|$)(?!.* \$)")
# Who is on which machine, and where there: ada@pond:~$ make, [root@pond ~]# make, (env) ada@pond ~ % make. An
# at-sign alone is an operator of R and Haskell, and part of an address.
_HOST_PROMPT = re.compile(
    r"\s*(?:\([\w.-]+\) )?(?:\[[A-Za-z_][\w.-]*@[\w][\w.-]*[ :][~/\w.][\w./~+-]*\] ?[$#%]"
    r"|[A-Za-z_][\w.-]*@\w[\w.-]*(?::[~/][\w./~+-]* ?[$#%]| ~[\w./~+-]* ?[$#%]|:\w[\w./~+-]*\$)) [A-Za-z./~]"
)
_HEADER = re.compile(r"(?:diff |index |--- |\+\+\+ |(?:new|deleted) file |old mode |similarity |rename |Index: )")
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
# A table's rule is neither added nor removed, nor is a member or a number.
_ADDED = re.compile(r"\+(?![-+=]|$)")
_REMOVED = re.compile(r"-(?![->\d]|$)")

# What is patched in documentation beside programs; the lines of prose may begin with anything.
_DATA = ("css", "graphql", "html", "ini", "json", "less", "scss", "sql", "svelte", "toml", "vue", "xml", "yaml")
_PATCHED = frozenset((*_DATA, "java properties", "json with comments", "nginx"))
# Programs whose lines may begin with a plus and with a minus: methods, bullets, labels, operators.
_OPERATORS = ("apl", "brainfuck", "diff", "factor", "forth", "hoon", "j", "q")
_LEADING_SIGNS = frozenset(
    (*_OPERATORS, "assembly", "objective-c", "objective-c++", "rocq prover", "shellsession")
)
# Programs that no line begins with a plus or a minus in, but where it is said to be new or to go.
_NO_LEADING_MARK = frozenset(
    ("c#", "dart", "go", "java", "javascript", "kotlin", "php", "python", "rust", "swift", "tsx", "typescript")
)
# Programs whose lines may begin with a dollar sign and a blank.
_APPLIED = ("agda", "coffeescript", "elm", "haskell", "idris", "j", "livescript", "nushell", "purescript", "raku")
_LEADING_DOLLAR = frozenset((*_APPLIED, "markdown", "restructuredtext", "tex", "typst"))
# What is asked of a server, or what it answers, by its first line.
_EXCHANGE = re.compile(r"\s*(?:(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ HTTP/\d|HTTP/\d(?:\.\d)? \d{3}\b)")
_CURL = re.compile(r"\s*curl +(?:--?[A-Za-z]|['\"]?(?:https?://|localhost\b|\$\{?[A-Z]))")
_SHELLS = frozenset(("batchfile", "elvish", "fish", "nushell", "powershell", "shell", "tcsh", "xonsh"))
_PLIST = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE plist|<plist[\s>]"
    r"|(?:<dict>\s*)?<key>[^<\n]*</key>\s*<(?:string|true|false|dict|array|integer|real|date)\b)"
)
# What mdBook puts the text of a file in place of.
_INCLUDES = re.compile(r"\s*(?:\{\{ ?#(?:rustdoc_include|include|playground|title)\b[^}\n]*\}\}\s*)+")
# An action of a template that stands in no string, and what only Go has.
_ACTION = re.compile(
    r"^[^\"`'\n{]*\{\{-? ?(?:[.$/]|(?:if|range|with|define|template|include|end|else|block)\b)", re.MULTILINE
)
_GO = re.compile(
    r"^[^\S\n]*(?:package|import|func|type|var|const|return|go|defer|if|for|switch|case)\b"
    r"|^[^\S\n]*\w+(?:, ?\w+)* :?= |^[^\S\n]*\w+(?:\.\w+)+\(|\bmap\[|\[\]\w",
    re.MULTILINE,
)
# Settings that hold JSON as it is.
_HOLD_JSON = frozenset(("cue", "jq", "jsonnet", "kcl", "nickel"))


def taken_as(fence: Fence) -> str | None:
    """Return the language (folded) that a block is learnt as, or as `resolve` None or the empty string.

    What begins with a command behind a dollar sign, or behind who asks which machine, is ``shellsession``. A
    program is ``diff`` if it begins with a hunk, or if all of its lines begin with a plus, a minus or a blank,
    some with a plus and some with a minus, or all with a plus, or several with a minus; where only some lines
    are said to be new, it is of no use. A program that is one object of JSON is ``json``. What begins as a
    request or an answer of HTTP does is ``http``, as a call of curl ``shell``, as a property list ``xml property
    list``; TypeScript with no element in it is ``typescript``, and a template with no Go around it ``go
    template``. What stands for the text of another file is of no use.
    """
    language = resolve(fence)
    if not language or language == "shellsession":
        return language
    if _INCLUDES.fullmatch(fence.text):
        return ""
    if language not in _LEADING_DOLLAR and _PROMPT.match(fence.text):
        return "shellsession"
    if _HOST_PROMPT.match(fence.text):
        return "shellsession"
    program = _is_program(language)
    if (program or language in _PATCHED or language == "http") and language not in _SHELLS:
        if _EXCHANGE.match(fence.text):
            return "http"
        if _CURL.match(fence.text):
            return "shell"
    if (program or language in _PATCHED) and language not in _LEADING_SIGNS:
        patched = _patched(fence.text, language)
        if patched is not None:
            return "diff" if patched else ""
    if (program or language in ("graphql", "http")) and language not in _HOLD_JSON and _is_object(fence.text):
        return "json"
    return _by_words(language, fence.text)


def _by_words(language: str, text: str) -> str:
    if language == "xml" and _PLIST.match(text):
        return "xml property list"
    if language == "tsx" and not shows("tsx", text):
        return "typescript"
    if language == "go" and _ACTION.search(text) and not _GO.search(text):
        return "go template"
    return language


def _patched(text: str, language: str) -> bool | None:
    """Tell whether `text` is a patch; None if nothing in it is marked as changed."""
    lines = [line for line in text.split("\n") if line.strip()]
    body = next((i for i, line in enumerate(lines) if not _HEADER.match(line)), len(lines))
    if body < len(lines) and _HUNK.match(lines[body]):
        return True
    lines = lines[body:]
    added, removed = (sum(map(bool, map(mark.match, lines))) for mark in (_ADDED, _REMOVED))
    marked = all(line[0] in "-+ \t" for line in lines)
    if added and removed:
        return marked
    if removed > 1 and marked and language in _NO_LEADING_MARK:
        return True
    if added > 1:
        if added == len(lines) and language not in ("ini", "shell"):
            return True
        return False if language in _NO_LEADING_MARK else None
    return None


def _is_program(language: str) -> bool:
    try:
        return find(language).type == "programming"
    except InputError:
        return False


def _is_object(text: str) -> bool:
    return '"' in text and is_json(text, ("{",))
