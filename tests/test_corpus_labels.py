"""Labels of files from names and rules, what is filtered, and what sort of text a text is."""

import re

import pytest

from whichcode.corpus import filters
from whichcode.corpus.labels import Label, by_content, by_name, majority, rules
from whichcode.corpus.prose import MOST_LINES, passages, text_kind
from whichcode.languages import find, fold, languages

TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1\n'
PROSE = "We went down to the harbour in the morning, and the boats were gone.\nNobody had told us about it.\n"


def label(path, text=""):
    named = by_name(path)
    return None if named.ignored else by_content(named, path, text)


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src/tool.py", "python"),
        ("Makefile", "makefile"),
        ("a/GNUmakefile.am", "makefile"),
        ("lib/dune", "dune"),
        ("main.tf", "hcl"),
        ("page.blade.php", "blade"),
        ("deploy.yaml.j2", "jinja"),
        ("show.html.erb", "html+erb"),
        ("pom.xml", "xml"),
        ("types.d.ts", "typescript"),
        (".gitignore", "ignore list"),
        ("CMakeLists.txt", "cmake"),
        ("kcl.mod", "toml"),
        ("show.gsp", "groovy server pages"),
        ("main.kcl", None),
        ("photo.unheard-of", None),
        ("package.js.erb", None),
    ],
)
def test_what_a_name_settles(path, language):
    text = "<project/>" if language == "xml" else "anything\n"
    assert label(path, text) == (Label(language) if language else None)


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("a.h", "#import <Foundation/Foundation.h>\n@interface Duck : NSObject\n@end\n", "objective-c"),
        ("a.h", "namespace pond {\nclass Duck final : public Bird {\n};\n}\n", "c++"),
        ("a.h", "#include <vector>\nint count();\n", "c++"),
        ("a.h", "typedef struct {\n  int legs;\n} duck_t;\n", "c"),
        ("a.h", "int count_ducks(void);\n", None),
        ("a.inc", "subroutine feed(duck)\n  select case (duck)\n", "fortran"),
        ("a.inc", "  integer, intent(in) :: ducks\n", "fortran"),
        ("a.inc", "SELECT name FROM ducks;\n", "sql"),
        ("a.tab", "CREATE TABLE ducks (name TEXT);\n", "sql"),
        ("a.inc", "<?php\ninterface Duck {}\n", "php"),
        ("a.inc", "interface GigabitEthernet0/1\n", None),
        ("a.inc", "      COMMON /POND/ DUCKS\n", "fortran"),
        ("a.tab", "<CustomTab>\n", ""),
        ("a.tab", "Create a new table of ducks.\n", ""),
        ("a.tag", '<%@ tag body-content="empty" %>\n', "java server pages"),
        ("a.tag", "charges :real:2:4\n", ""),
        ("a.m", "% count ducks\nn = numel(ducks);\n", "matlab"),
        ("a.m", "@implementation Duck\n@end\n", "objective-c"),
        ("a.m", "(* ducks *)\nduck[x_] := x + 1\n", "wolfram language"),
        ("a.m", ":- module ducks.\n:- interface.\n", "mercury"),
        ("a.pl", "use strict;\nmy $duck = 1;\n", "perl"),
        ("a.pl", ":- use_module(library(lists)).\nduck(donald).\n", "prolog"),
        ("a.pl", "use v6;\nsay 'duck';\n", "raku"),
        ("a.ts", '<?xml version="1.0"?>\n<TS version="2.1"></TS>\n', "xml"),
        ("a.ts", "export const duck: number = 1;\n", "typescript"),
        ("a.v", "module duck(input clk);\nendmodule\n", "verilog"),
        ("a.v", "Require Import List.\nLemma duck : True.\nProof. trivial. Qed.\n", "rocq prover"),
        ("a.v", "module main\n\nfn main() {\n\tprintln('duck')\n}\n", "v"),
        ("a.r", "duck <- function(x) x + 1\n", "r"),
        ("a.r", "REBOL [Title: {duck}]\nprint 1\n", "rebol"),
        ("a.d", "module duck;\nimport std.stdio;\n", "d"),
        ("a.d", "duck.o: duck.c duck.h\n", ""),
        ("a.cls", "\\NeedsTeXFormat{LaTeX2e}\n\\ProvidesClass{duck}\n", "tex"),
        ("a.cls", "public with sharing class Duck {\n}\n", "apex"),
        ("a.cls", 'VERSION 1.0 CLASS\nPersistable = 0\nAttribute VB_Name = "D"\n', "visual basic 6.0"),
        ("a.cls", 'VERSION 1.0 CLASS\nAttribute VB_Name = "D"\nSet x = ThisWorkbook\n', "vba"),
        ("pages/a.1", ".TH DUCK 1\n.SH NAME\nduck\n", "roff"),
        ("notes/2.1", "nothing\n", ""),
        ("a.conf", "server {\n  port = 80\n}\n", None),
        ("a.tpl", "{{ for duck in ducks }}{{ duck }}{{ end }}\n", None),
        ("a.fs", "module Duck\nlet quack x = x + 1\n", "f#"),
        ("a.fs", "#version 330\nvoid main() { }\n", "glsl"),
        ("a.sc", "object Duck {\n  def quack = 1\n}\n", "scala"),
        ("a.gd", "extends Node\nfunc _ready():\n\tpass\n", "gdscript"),
        ("a.inc", "<?php\n$duck = 1;\n", "php"),
        ("a.mod", "MODULE Duck;\nEND Duck.\n", "modula-2"),
        ("a.ru", "PREFIX : <http://ducks.example/>\nINSERT DATA { :daisy :lays 3 }\n", "sparql"),
        ("a.ru", "require_relative 'pond'\nrun Pond.new\n", "ruby"),
        ("a.pp", "class duck {\n  package { 'duck': ensure => present }\n}\n", "puppet"),
        ("a.pp", "unit Duck;\ninterface\nend.\n", "pascal"),
        ("a.pp", "unit Duck;\ninterface\nuses\n{$IFDEF POND}\n  Pond;\n{$ENDIF}\nend.\n", "pascal"),
        ("a.frag", "float4 main(float4 at : SV_POSITION) : SV_TARGET\n{\n  return at;\n}\n", "hlsl"),
        ("a.frag", "out vec4 colour;\nvoid main() { colour = vec4(1.0); }\n", "glsl"),
        ("a.p", "set title 'ducks'\nplot sin(x)\n", "gnuplot"),
        ("a.q", "ducks:{x+1}\n\\l ducks.q\n", "q"),
        ("a.q", "SELECT name FROM ducks;\n", "hiveql"),
        ("a.sol", "pragma solidity ^0.8.0;\ncontract Duck {}\n", "solidity"),
        ("a.st", "duck := Duck new.\n^ self\n", "smalltalk"),
        ("a.e", "class\n\tDUCK\nfeature\n\tlegs: INTEGER\nend\n", "eiffel"),
        ("a.ex", "defmodule Duck do\nend\n", "elixir"),
        ("a.md", '(define_insn "duck")\n', "gcc machine description"),
        ("a.md", "# Ducks\n", "markdown"),
        ("a.sql", "SELECT 1;\n", "sql"),
        ("a.sql", "CREATE FUNCTION f() RETURNS int AS $$ BEGIN END $$ LANGUAGE plpgsql;\n", "plpgsql"),
        ("a.sql", "DECLARE @duck int;\nGO\n", "tsql"),
        ("a.cfg", "[ducks]\nlegs = 2\n", "ini"),
        ("a.cfg", "frontend web\n  bind *:80\n", "haproxy"),
        ("a.cs", "using System;\n", "c#"),
        ("a.as", "package ducks {\n  public class Duck {}\n}\n", "actionscript"),
        ("a.b", "++++++++[>++++[>++>+++<<-]]\n", "brainfuck"),
        ("a.bas", "10 PRINT 1\n20 GOTO 10\n", "basic"),
        ("a.bas", 'Attribute VB_Name = "D"\nPublic Sub Q()\n  ActiveSheet.Calculate\nEnd Sub\n', "vba"),
        ("a.bas", 'Attribute VB_Name = "D"\nSub Q()\n  ChDir App.Path\nEnd Sub\n', "visual basic 6.0"),
        ("a.bas", 'Attribute VB_Name = "D"\nSub Q()\nEnd Sub\n', None),
        ("a.cl", "__kernel void duck(__global int *x) {}\n", "c"),
        ("a.cl", "(defun duck (x) x)\n", "common lisp"),
        ("a.ls", "duck = -> 1\n", "livescript"),
        ("a.ml", "let rec duck x = match x with 0 -> 1 | n -> duck (n - 1)\n", "ocaml"),
        ("a.ml", "structure Duck = struct\n  fun quack x = x\nend\n", "standard ml"),
        ("a.n", "using System;\nnamespace Ducks { }\n", "nemerle"),
        ("a.nl", "(set 'duck 1)\n", "newlisp"),
        ("a.rs", "fn main() {}\n", "rust"),
        ("a.tst", "gap> 1 + 1;\n2\n", "gap"),
        ("a.x", "program DUCK {\n  version V { } = 1;\n} = 2;\n", "rpc"),
        ("a.y", "%token DUCK\n%%\n", "yacc"),
        ("a.u", "use base Nat\nduck : Nat -> Nat\nduck n = n + 1\n", "unison"),
        ("a.yml", "duck: 1\n", "yaml"),
        ("templates/a.yml", "{{- if .Values.duck }}\nduck: 1\n{{- end }}\n", "go template"),
        ("a.yml", "run: ${{ matrix.duck }}\n", "yaml"),
        ("a.yml", "{% if duck %}\nduck: 1\n{% endif %}\n", "jinja"),
        ("a.tmpl", "{{ range .Ducks }}{{ .Name }}{{ end }}\n", "go template"),
        ("a.tpl", "{foreach $ducks as $duck}{$duck.name}{/foreach}\n", "smarty"),
        ("a.html", "<p>duck</p>\n", "html"),
        ("a.html", "{% extends 'base.html' %}<p>duck</p>\n", "jinja"),
        ("a.html", "no markup at all\n", ""),
        ("a.json", '{\n  // ducks\n  "legs": 2\n}\n', "json with comments"),
        ("a.json", '{"legs": 2}\n', "json"),
        ("tsconfig.json", '{"legs": 2}\n', "json"),
        ("tsconfig.json", '{"legs": [2, 3,],}\n', "json with comments"),
        ("Dockerfile.dev", "FROM scratch\n", "dockerfile"),
        ("a.conf", "server {\n  listen 80;\n}\n", "nginx"),
        ("quack", "#!/usr/bin/env -S python3.12 -u\nprint(1)\n", "python"),
        ("quack", "#!/bin/bash\necho 1\n", "shell"),
        ("quack", "#!/usr/bin/perl -w\nprint 1;\n", "perl"),
        ("quack", "#!/usr/bin/env lua\nprint(1)\n", "lua"),
        ("quack", "nothing that tells\n", None),
        ("a.k", "schema Duck:\n    legs: int = 2\n", "kcl"),
        ("a.mo", "model Duck\n  Real x;\nend Duck;\n", "modelica"),
        ("a.mo", 'import Nat "mo:base/Nat";\nactor { }\n', "motoko"),
        ("a.ncl", "let duck = { legs | Number = 2 } in duck\n", "nickel"),
        ("a.lean", "import Mathlib.Data\ntheorem duck : True := trivial\n", "lean 4"),
        ("a.asm", "mov ax, 1\n", "assembly"),
        ("a.scm", "(define (duck x) x)\n", "scheme"),
        ("a.scm", "(call_expression) @function.call\n", "tree-sitter query"),
    ],
)
def test_what_content_settles(path, text, language):
    told = label(path, text)
    assert (told.language if told else None) == language


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("CHANGELOG.md", "# 1.0\n", "markdown"),
        ("changelog.rst", "1.0\n===\n", "restructuredtext"),
        ("changelog.yml", "duck: 1\n", "yaml"),
        ("changelog.py", "duck = 1\n", "python"),
        ("ChangeLog.tsx", "export const Duck = () => <p>duck</p>;\n", "tsx"),
        ("history.3", ".TH HISTORY 3\n", "roff"),
        ("script/release", "#!/bin/sh\necho duck\n", "shell"),
        ("release", "#!/usr/bin/duck\nquack\n", None),
        ("release", "#!/usr/bin/env escript\nmain(_) -> duck.\n", "erlang"),
        ("a.html", "<p>{% comment %}2{% endcomment %}{% load ducks %}{{ site.title }}</p>\n", "jinja"),
        ("a.html", "---\nlegs: 2\n---\n{% extends 'duck.html' %}<p>{% include 'pond.html' %}</p>\n", "jinja"),
        ("a.html", '<p>{% if not duck %}{% include "pond.html" %}{% endif %}</p>\n', "jinja"),
        ("a.html", '<p>{% include "pond.html" %}</p>\n', "jinja"),
        ("a.html", "<p>{% if duck %}{{ _('quack') }}{% endif %}</p>\n", "jinja"),
        ("a.html", "---\nlayout: pond\n---\n<p>{% if duck %}quack{% endif %}</p>\n", "liquid"),
        ("a.html", "<p>{% include pond/duck.html legs=2 %}</p>\n", "liquid"),
        ("a.html", "<p>{% if duck %}{{ site.baseurl }}{% elsif goose %}{% endif %}</p>\n", "liquid"),
        ("a.html", '<p>{{ "/ducks" | relative_url }}</p>\n', "liquid"),
        ("a.html", '<p>{% if duck %}{{ page.day | date: "%Y" }}{% endif %}</p>\n', "liquid"),
        ("a.html", "<p>{% if duck %}{{ duck.name }}{% endif %}</p>\n", ""),
        ("a.html", "{{ with site.Params.ducks }}<p>{{ . }}</p>{{ end }}\n", "go template"),
        ("a.html", "<p>{{ duck.legs | number: '1.2' }}</p>\n", "html"),
        ("a.dfm", "object Pond: TPond\n  Left = 2\nend\n", None),
        ("a.pm", "use v5.38;\nuse experimental 'class';\nmethod quack ($loud) {\n}\n", "perl"),
        ("a.pm", "package Duck;\nuse Moo;\nmethod quack($loud) {\n  $self->say;\n}\n", "perl"),
        ("a.pm", "class Duck {\n  method quack($loud) {\n    say $loud;\n  }\n}\n", "raku"),
        ("a.yml", 'pond: "{{ range(1, 3) | list }} and {{ duck if duck else 2 }}"\n', "yaml"),
        ("a.yml", "duck: '{{ if .Loud }}quack{{ end }}'\n", "yaml"),
        ("a.yml", "ducks:\n  {{- range .Ducks }}\n  - {{ . }}\n  {{- end }}\n", "go template"),
        ("a.yml", 'name: {{ include "duck.name" . }}\n', "go template"),
        ("a.yml", "legs: {{ .Values.duck.legs }}\n", "go template"),
        ("values.yaml", "legs: 2\n# as in {{ .Values.duck.legs }}\n", "yaml"),
        (".goreleaser.yml", "body: |\n  {{ if .Duck }}\n  quack\n  {{ end }}\n", "yaml"),
        ("a.fs", "module Ducks\n\nlet feed\n    (duck: string)\n    : int =\n    2\n", "f#"),
        ("a.fs", ': quack ( n -- ) 0 do ." quack" loop ;\n', "forth"),
        ("a.sql", "CREATE TYPE duck AS ENUM ('tame', 'wild');\n", "sql"),
        ("a.sql", "CREATE TYPE duck AS (legs int);\n", "sql"),
        ("a.sql", "SELECT name FROM ducks WHERE name LIKE '%type';\n", "sql"),
        ("a.sql", "CREATE OR REPLACE TYPE duck AS OBJECT (legs NUMBER);\n", "plsql"),
        ("a.sql", "DECLARE\n  legs ducks.legs%TYPE;\n", "plsql"),
        ("a.ml", "(* fun of ducks *)\nlet duck =\n  fun x -> x\n", "ocaml"),
        ("a.ml", "open Pond\n\ntype duck = Duck\n(* as in\n  fun quack x = x *)\n", "ocaml"),
        ("a.ml", "fun quack x = x + 1\nval ducks = map quack [1, 2]\n", "standard ml"),
        ("a.q", "\\d .pond\nselect legs from ducks\n", "q"),
        ("a.q", "feed:{[duck]\n  select from ducks where name=duck}\n", "q"),
        ("a.q", "PREFIX : <http://ducks.example/>\nSELECT ?duck WHERE { ?duck a :Duck }\n", "sparql"),
        ("a.lean", "import all duck.basic\n", "lean 4"),
        ("a.lean", "import pond\n\ndef quack := fun x => x + 1\n", "lean 4"),
        ("a.lean", "import data.duck\nlemma quack : true :=\nbegin\n  trivial\nend\n", "lean"),
        ("a.cls", 'VERSION 1.0 CLASS\nAttribute VB_Name = "Duck"\nPublic Enum Bird\nEnd Enum\n', None),
        ("a.cls", 'Attribute VB_Name = "Duck"\nPublic Enum Bird\nEnd Enum\nSet x = ThisWorkbook\n', "vba"),
        ("duck.o.do", "#!/usr/bin/env bash\nredo-ifchange duck.c\n", "shell"),
        ("duck.do", "use ducks, clear\nregress legs weight\n", "stata"),
        ("duck.app", '%% the pond\n{application, duck, [{vsn, "1"}]}.\n', "erlang"),
        ("duck.app", "<application><duck/></application>\n", None),
        ("etc/profile", "Ducks are shown here.\n", None),
        ("etc/profile", "#!/bin/sh\nexport DUCK=1\n", "shell"),
        ("duck.cmp", "<duck:component><p>duck</p></duck:component>\n", None),
        ("duck.cmp", "G75*\n%MOIN*%\n%ADD10C,0.0100*%\nD10*\n", "gerber image"),
        ("duck.sig", "-----BEGIN PGP SIGNATURE-----\n\nducks\n", None),
        ("duck.sig", "signature DUCK =\nsig\n  val legs : int\nend\n", "standard ml"),
        ("duck.ctl", "LOAD DATA INFILE 'ducks.dat'\n", None),
        ("duck.ctl", "VERSION 5.00\nBegin VB.UserControl Duck\nEnd\n", "visual basic 6.0"),
        ("duck.m", "%duck ; feeds the ducks\n ; twice a day\n quit\n", "m"),
        ("duck.m", "% feed the ducks\nfigure(1) ; clf ;\nhold on ; plot(ducks) ;\n", "matlab"),
    ],
)
def test_what_was_taken_for_something_else(path, text, language):
    told = label(path, text)
    assert (told.language if told else None) == language


@pytest.mark.parametrize(
    "name",
    ["ChangeLog", "CHANGES.txt", "ChangeLog.old", "ChangeLog-5.2", "ChangeLog.1", "ChangeLog-pond", "NEWS-2.0rc1"],
)
def test_changelogs_without_markup(name):
    assert label(name, "1.0: the first duck\n") == Label("text", "changelog")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("LICENSE", "Do as you like.\n", ("text", "licence")),
        ("LICENSE-MIT", "Do as you like.\n", ("text", "licence")),
        ("ChangeLog", "1.0: the first\n", ("text", "changelog")),
        ("ChangeLog-2019.old", "1.0: the first\n", ("text", "changelog")),
        ("changelog-5.0.rst", "1.0\n===\n", ("restructuredtext", "file")),
        ("README", PROSE, ("text", "prose")),
        ("CITATION", PROSE, ("text", "prose")),
        ("docs/harbour.txt", PROSE, ("text", "prose")),
        ("docs/港.txt", "我们早上去了港口所有的船都不见了没有人告诉过我们这件事\n", ("text", "prose")),
        ("data.txt", "a.b.c\nd.e.f\ng.h.i\n", ("", "file")),
        ("data.txt", "int main() { return 0; }\n", ("", "file")),
        ("requirements.txt", "click>=8\n", None),
        ("run.log", "2024-01-02 03:04:05 INFO started\n", ("text", "log")),
        ("errors.stderr", "error: no ducks\n", ("text", "output")),
        ("letter.eml", "From: a@b.c\nTo: d@e.f\nSubject: ducks\n\nThey are gone.\n", ("text", "mail")),
        (
            "crash.txt",
            'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1\n',
            ("text", "traceback"),
        ),
    ],
)
def test_text_and_what_sort_it_is(path, text, expected):
    told = label(path, text)
    assert (told and (told.language, told.kind)) == expected


def test_prose_about_generated_code_is_prose():
    text = PROSE + "The parser is generated by a tool from the grammar.\n"
    assert not filters.generated_text(text, "text")
    assert filters.generated_text("# generated by duckgen 1.0\nx = 1\n", "python")
    assert filters.generated_text("<!-- DO NOT EDIT -->\n# Ducks\n", "markdown")


def test_log_lines():
    lines = [f"[2024-01-02 03:04:{i:02}] worker {i} is done" for i in range(5)]
    assert text_kind("\n".join(lines)) == "log"
    assert text_kind("") is None


def test_plain_paragraphs_are_passages_of_prose():
    plain = "The ducks of the village pond are fed twice a day, and they know the hour well.\n"
    document = (
        f"# Ducks\n\n{plain}{plain}\n\n{plain}\n- {plain}\n{plain}\n```\n\n{plain}```\n\n"
        f"They are fed by `feed(duck)`, which everybody calls who passes by the pond.\n\nToo short.\n\n    {plain}"
    )
    found = list(passages(document))
    assert found[:2] == [(3, f"{plain}{plain}\n{plain}"), (11, plain)]
    lines = document.split("\n")
    assert all(text.startswith(lines[number - 1]) for number, text in found)
    assert all("feed(" not in text and "short" not in text for _, text in found)
    assert list(passages("")) == []
    assert list(passages(plain.rstrip("\n"))) == [(1, plain)]


def test_long_passages_are_parted():
    document = "\n\n".join(
        f"The number of this paragraph is the number {i} of many of them, all alike." for i in range(50)
    )
    found = list(passages(document))
    assert len(found) > 1
    assert all(text.count("\n") <= MOST_LINES for _, text in found)


def test_a_majority_must_be_clear():
    from collections import Counter

    assert majority(".pl", Counter({"perl": 9, "prolog": 1}), {}) == "perl"
    assert majority(".pl", Counter({"perl": 7, "prolog": 3}), {}) is None
    assert majority(".pl", Counter({"perl": 3}), {"perl": 100}) is None
    assert majority(".h", Counter(), {"c": 10, "python": 50}) == "c"
    assert majority(".h", Counter({"c++": 5}), {"c": 5}) is None


def test_dialects_are_folded():
    assert fold("opencl") == "c"
    assert fold("tsx") == "tsx"
    assert fold("python traceback") == "text"
    assert all(fold(fold(language.id)) == fold(language.id) for language in languages())


def test_every_rule_names_a_language_and_compiles():
    told = rules()
    named = [entry["language"] for entry in told["name"] + told["require"]]
    named += [rule["language"] for entry in told["content"] for rule in entry["rules"]]
    named += [entry["default"] for entry in told["content"] if "default" in entry]
    named += [language for entry in told["content"] for language in entry.get("vote", ())]
    named += list(told["fences"]["labels"].values())
    named += [language for language in told["extensions"].values() if language != "?"]
    assert {name for name in named if name not in ("", "?") and find(name).id != name} == set()
    extensions = [extension for entry in told["content"] for extension in entry["extensions"]]
    assert len(extensions) == len(set(extensions))
    patterns = [
        pattern
        for rule in told["require"] + [rule for entry in told["content"] for rule in entry["rules"]]
        for key in ("any", "all", "none")
        for pattern in rule.get(key, ())
    ]
    assert all(re.compile(pattern, re.MULTILINE) for pattern in patterns)


@pytest.mark.parametrize(
    ("path", "vendored", "generated"),
    [
        ("node_modules/duck/index.js", True, False),
        ("src/Vendor/duck.c", True, False),
        ("static/jquery-3.1.min.js", True, True),
        ("package-lock.json", False, True),
        ("api/duck.pb.go", False, True),
        ("api/duck_pb2.py", False, True),
        ("src/duck.py", False, False),
        ("src/vendoring.py", False, False),
        ("docs/react.md", False, False),
    ],
)
def test_paths_that_are_left_out(path, vendored, generated):
    assert (filters.vendored(path), filters.generated_name(path)) == (vendored, generated)


def test_sizes_and_lines():
    assert filters.least_bytes("python") == 60
    assert filters.least_bytes("dockerfile") == 20
    assert filters.minified("x" * 500 + "\n", "javascript")
    assert not filters.minified("x" * 500 + "\n", "markdown")
    assert not filters.minified('["' + "x" * 50_000 + '"]\n', "json")
    assert filters.clean_text(b"a\0b\0c\0") is None
    assert filters.clean_text("é".encode("latin-1") * 50) is None
    assert filters.clean_text(b"duck\r\n") == "duck\n"
