from __future__ import annotations

import json
import tomllib
from importlib import resources

import pytest

from whichcode.errors import InputError
from whichcode.languages import comment_markers, families, find, languages, resolve

CODE_INSPECTOR = (
    "c", "c#", "c++", "clojure", "coffeescript", "css", "erlang", "f#", "go", "html", "java", "javascript",
    "lua", "matlab", "objective-c", "pascal", "perl", "php", "python", "r", "ruby", "scala", "shell", "sql",
    "swift", "typescript", "visual basic .net",
)  # fmt: skip

OTHERS = (
    "abap", "ada", "agda", "asciidoc", "asp.net", "assembly", "awk", "batchfile", "bibtex", "bnf", "cairo",
    "cap'n proto", "classic asp", "cmake", "cobol", "common lisp", "crystal", "csv", "cypher", "dart", "diff",
    "dockerfile", "e-mail", "elixir", "elm", "emacs lisp", "f*", "fish", "fortran", "gettext catalog",
    "git attributes", "gleam", "glsl", "go template", "gradle", "graphql", "groovy", "handlebars", "haskell",
    "hcl", "html+erb", "http", "ignore list", "ini", "java properties", "jinja", "json", "json with comments",
    "jsonnet", "julia", "jupyter notebook", "kotlin", "latte", "lean 4", "less", "liquid", "llvm", "luau",
    "makefile", "markdown", "mdx", "mermaid", "nginx", "nim", "nix", "nushell", "objective-c++", "ocaml",
    "open policy agent", "powershell", "prolog", "protocol buffer", "protocol buffer text format",
    "public key", "puppet", "q#", "raku", "restructuredtext", "rust", "scheme", "scss", "solidity",
    "subrip text", "svelte", "systemverilog", "tcl", "tex", "text",
    "toml", "tsx", "unison", "vba", "vbscript", "verilog", "vhdl", "vim script", "visual basic 6.0", "vue",
    "windows registry entries", "wolfram language", "xml", "xml property list", "yaml", "zig",
)  # fmt: skip


def text_of(name: str) -> str:
    return (resources.files("whichcode") / "data" / name).read_text(encoding="utf-8")


def test_languages_are_in_the_order_of_their_ids_and_unchangeable() -> None:
    known = languages()
    assert len(known) > 800
    assert [language.id for language in known] == sorted(language.id for language in known)
    assert languages() is known
    with pytest.raises(AttributeError):
        known[0].id = "other"  # type: ignore[misc]


def test_ids_are_the_names_in_lower_case() -> None:
    for language in languages():
        assert language.id == language.name.lower()
        assert language.type in {"programming", "markup", "data", "prose"}
        assert all(alias == alias.lower() for alias in language.aliases)
        assert all(extension.startswith(".") for extension in language.extensions)


@pytest.mark.parametrize("name", CODE_INSPECTOR + OTHERS)
def test_an_id_finds_its_language(name: str) -> None:
    assert find(name).id == name


def test_every_id_name_and_alias_finds_its_language() -> None:
    for language in languages():
        for name in (language.id, language.name, language.name.upper(), *language.aliases):
            assert find(name) is language, name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cpp", "c++"),
        ("C++", "c++"),
        ("js", "javascript"),
        ("jsx", "javascript"),
        ("node", "javascript"),
        ("ts", "typescript"),
        ("typescriptreact", "tsx"),
        ("py", "python"),
        ("c#", "c#"),
        ("csharp", "c#"),
        ("cs", "c#"),
        ("fsharp", "f#"),
        ("vb", "visual basic .net"),
        ("VB.NET", "visual basic .net"),
        ("Visual-Basic-.NET", "visual basic .net"),
        ("visual   basic .net", "visual basic .net"),
        (" python ", "python"),
        ("golang", "go"),
        ("sh", "shell"),
        ("bash", "shell"),
        ("zsh", "shell"),
        ("objc", "objective-c"),
        ("objectivec", "objective-c"),
        ("delphi", "pascal"),
        ("octave", "matlab"),
        ("yml", "yaml"),
        ("docker", "dockerfile"),
        ("terraform", "hcl"),
        ("latex", "tex"),
        ("elisp", "emacs lisp"),
        ("plaintext", "text"),
        ("postgresql", "sql"),
        ("common-lisp", "common lisp"),
    ],
)
def test_aliases(name: str, expected: str) -> None:
    assert find(name).id == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".py", "python"),
        (".PY", "python"),
        ("kt", "kotlin"),
        (".rb", "ruby"),
        (".h", "c"),
        (".cs", "c#"),
        (".fs", "f#"),
        (".pl", "perl"),
        (".rs", "rust"),
        (".ts", "typescript"),
        (".md", "markdown"),
        (".u", "unison"),
        ("md", "markdown"),
    ],
)
def test_extensions(name: str, expected: str) -> None:
    assert find(name).id == expected


def test_an_id_comes_before_an_extension() -> None:
    assert find("m").id == "m"
    assert find("d").id == "d"
    with pytest.raises(InputError, match=r"'\.m' is an extension of several languages .*matlab.*objective-c"):
        find(".m")


@pytest.mark.parametrize(
    ("name", "close"),
    [("pyhton", "'python'"), ("javascrip", "'javascript'"), ("Visual-Basic", "'visual basic .net'")],
)
def test_an_unknown_name_is_told_the_close_ones(name: str, close: str) -> None:
    with pytest.raises(InputError) as caught:
        find(name)
    message = str(caught.value)
    assert repr(name) in message
    assert "did you mean" in message
    assert close in message
    assert "`whichcode languages`" in message


@pytest.mark.parametrize("name", ["", " ", ".", "zzzqqqxxx"])
def test_an_unknown_name_like_no_other(name: str) -> None:
    with pytest.raises(InputError, match="is not the name of a language") as caught:
        find(name)
    assert "did you mean" not in str(caught.value)


def test_resolve_names_each_language_once_in_order() -> None:
    assert resolve(["js", "Python", "py", ".rb"]) == ["javascript", "python", "ruby"]
    assert resolve([]) == []
    with pytest.raises(InputError, match="klingon"):
        resolve(["python", "klingon"])


def test_resolve_refuses_a_single_string() -> None:
    with pytest.raises(InputError, match="single string 'python'"):
        resolve("python")


def test_no_two_languages_share_a_name() -> None:
    owners: dict[str, str] = {}
    for language in languages():
        for name in (language.id, *language.aliases):
            assert owners.setdefault(name, language.id) == language.id, name


def test_groups_and_families_name_languages() -> None:
    ids = {language.id for language in languages()}
    for language in languages():
        assert language.group is None or language.group in ids
        assert language.group != language.id
    assert families()
    for family in families():
        assert family.reason.endswith(".")
        assert len(set(family.languages)) == len(family.languages) >= 2
        assert set(family.languages) <= ids


def test_a_family_holds_what_shares_headers() -> None:
    assert any({"c", "c++", "objective-c"} <= set(family.languages) for family in families())


@pytest.mark.parametrize("name", CODE_INSPECTOR)
def test_comment_markers_are_known(name: str) -> None:
    markers = find(name).comments
    assert markers
    assert all(marker and marker == marker.lstrip() for marker in markers)


def test_comment_markers_of_some() -> None:
    assert find("python").comments == ("#",)
    assert find("matlab").comments == ("%",)
    assert set(find("c").comments) == {"//", "/*", "*"}
    assert "'" in find("vb").comments
    assert set(find("pascal").comments) == {"//", "{", "(*"}


def test_comment_markers_allow_labels_of_ones_own() -> None:
    assert comment_markers(["py", "our own"]) == {"py": ("#",), "our own": ()}


def test_the_registry_holds_what_the_additions_say() -> None:
    extra = tomllib.loads(text_of("languages-extra.toml"))
    stored = json.loads(text_of("languages.json"))
    for canonical, entry in extra["new"].items():
        assert find(canonical).name == entry["name"]
    for canonical, aliases in extra["aliases"].items():
        assert set(aliases) <= set(find(canonical).aliases)
    for group in extra["comments"]:
        for canonical in group["languages"]:
            assert find(canonical).comments == tuple(group["markers"])
    assert stored["owners"] == extra["owners"]
    assert stored["families"] == extra["families"]
    for extension, canonical in extra["owners"].items():
        assert find(extension).id == canonical


def test_the_registry_is_written_one_language_a_line() -> None:
    lines = text_of("languages.json").splitlines()
    entries = [line for line in lines if line.startswith('"') and '"type":' in line]
    assert len(entries) == len(languages())
