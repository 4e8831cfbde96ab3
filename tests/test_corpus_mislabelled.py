"""Blocks whose form shows another language than their label."""

from __future__ import annotations

import pytest

from whichcode.corpus.fences import Fence
from whichcode.corpus.mislabelled import taken_as


def taken(label, text):
    return taken_as(Fence(label, text, 1))


def test_what_agrees_with_its_label():
    assert taken("js", "let ducks = 2;\n") == "javascript"
    assert taken("duckscript", "+ duck\n") is None
    assert taken("math", "+ duck\n") == ""
    assert taken("diff", "+ duck\n") == "diff"


@pytest.mark.parametrize("label", ["js", "rust", "yaml", "json"])
def test_patches_of_programs_and_settings(label):
    assert taken(label, "-old: duck\n+new: duck\n context: 1\n") == "diff"
    assert taken(label, "+ duck: 1\n\n+ more: 2\n") == "diff"
    assert taken(label, "@@ -1,2 +1,3 @@ ducks\nduck: 1\n") == "diff"
    assert taken(label, "--- a/duck\n+++ b/duck\n@@ -1 +1 @@\nduck: 1\n") == "diff"
    # Partly marked.
    assert taken(label, "duck: 1\n+ more: 2\n- less: 3\n") == ""


def test_programs_in_which_lines_are_said_to_be_new_are_of_no_use():
    assert taken("ts", "quack() {\n+  // duck\n+  feed();\n}\n") == ""
    assert taken("r", "duck\n+ pond\n+ drake\n") == "r"
    assert taken("js", "duck\n+ pond\n") == "javascript"
    assert taken("sql", "- duck\n- drake\n") == "sql"


def test_lines_that_may_begin_with_a_plus_or_a_minus():
    for label, text in [
        ("markdown", "+ duck\n+ drake\n"),
        ("text", "+ duck\n"),
        ("brainfuck", "++[>+<-]\n"),
        ("toml", "+++\nduck = 1\n+++\n"),
        ("c", "++duck;\n"),
        ("lua", "-- duck\n-- drake\n"),
        ("erlang", "-module(duck).\n-export([quack/1]).\n"),
        ("yaml", "- duck\n- drake\n"),
        ("objective-c", "+ (instancetype)duck;\n- (void)quack;\n"),
        ("shell", "+ feed duck\n+ feed drake\n"),
        ("ini", "+Duck=1\n+Drake=2\n"),
        ("sql", "SELECT duck;\n+------+\n| duck |\n+------+\n"),
        ("fortran", " CALL QUACK(A,\n+  B,\n+  C)\n"),
        ("python", 'patch = """\n@@ -1,2 +1,2 @@\n-duck\n"""\n'),
    ]:
        assert taken(label, text) == label
    assert taken("js", "  quack\n  + duck\n") == "javascript"


def test_answers_shown_as_their_question():
    answer = '{\n  "data": {"ducks": [{"id": 1}]}\n}\n'
    for label in ("graphql", "js", "http", "python"):
        assert taken(label, answer) == "json"
    assert taken("jsonc", answer) == "json with comments"
    assert taken("yaml", answer) == "yaml"
    assert taken("js", "[1, 2]\n") == taken("js", '{ "duck": quack() }\n') == taken("js", "{}\n") == "javascript"


def test_sessions_with_any_label():
    assert taken("json", "$ duck --json\n{}\n") == "shellsession"
    assert taken("python", "$ python duck.py\nquack\n") == "shellsession"
    assert taken("console", "$ git diff\n@@ -1 +1 @@\n-duck\n+drake\n") == "shellsession"
    assert taken("console", "$ bash -x duck.sh\n+ echo quack\n") == "shellsession"


@pytest.mark.parametrize(
    "prompt",
    [
        "ada@pond:~$ ls",
        "root@pond:/etc# cat hosts",
        "[root@pond ~]# ls",
        "[ada@pond:~/ducks]$ make",
        "(venv) ada@pond ~ % ./quack",
        "pi@pond:~ $ ls",
        "root@1a2b3c4d:/# ls",
        "ada@pond:~$ PATH=ducks ls",
        "ada@pond:ducks$ ls",
    ],
)
def test_who_asks_which_machine_begins_a_session(prompt: str) -> None:
    assert taken("text", f"{prompt}\nhello\n") == "shellsession"
    assert taken("bash", f"{prompt}\nhello\n") == "shellsession"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("r", "pond@ducks$name"),
        ("r", "pond@ducks # all of them"),
        ("julia", "pond@duck % c"),
        ("haskell", "pond@duck $ quack"),
        ("yaml", "ada@pond.example: 3"),
        ("yaml", "ada@pond.example # leads"),
        ("text", "ada@pond.example is hers."),
        ("text", "duck@latest # newest"),
        ("yaml", "ada@pond:duck# comment"),
    ],
)
def test_a_sign_between_names_is_no_prompt(label: str, text: str) -> None:
    assert taken(label, text + "\n") == label


def test_dollar_signs_that_are_no_prompt():
    for label, text in [
        ("php", "$duck = 1;\n"),
        ("haskell", "$ duck 1\n"),
        ("typst", "$ sum_(k=1)^n k $\n"),
        ("markdown", "$ e = m $ is a duck\n"),
        ("coffeescript", "$ ->\n  $('.duck').hide()\n"),
        ("javascript", "$ (document).ready(quack)\n"),
        ("ruby", "$ duck $\n"),
    ]:
        assert taken(label, text) == label


def test_settings_that_hold_json():
    for label in ("cue", "jsonnet", "jq"):
        assert taken(label, '{"duck": 1}\n') == label


@pytest.mark.parametrize("label", ["json", "js", "yaml", "python"])
def test_requests_answers_and_calls(label):
    assert taken(label, 'POST /ducks HTTP/1.1\n\n{"name": "Ada"}\n') == "http"
    assert taken(label, "HTTP/1.1 200 OK\nContent-Type: text/plain\n") == "http"
    assert taken(label, "HTTP/2 204\n") == "http"
    assert taken(label, "curl -X POST https://pond.example/ducks\n") == "shell"
    assert taken(label, "\ncurl 'https://pond.example/ducks'\n") == "shell"


def test_what_is_no_request_and_no_call():
    assert taken("js", "POST(ducks)\n") == "javascript"
    assert taken("sql", "DELETE FROM ducks;\n") == "sql"
    assert taken("python", "curl = 3\n") == "python"
    assert taken("powershell", "curl https://pond.example\n") == "powershell"
    assert taken("markdown", "HTTP/1.1 200 OK\n") == "markdown"


def test_property_lists():
    assert taken("xml", "<key>Duck</key>\n<string>Ada</string>\n") == "xml property list"
    assert taken("xml", '<plist version="1.0"><dict/></plist>\n') == "xml property list"
    assert taken("xml", "<key>Duck</key>\n<value>Ada</value>\n") == "xml"


def test_typescript_without_an_element_is_no_tsx():
    assert taken("tsx", "const ducks: Array<string> = [];\n") == "typescript"
    assert taken("tsx", "const duck = <Duck />;\n") == "tsx"


def test_templates_that_are_called_what_they_are_for():
    assert taken("go", "{{ range .Ducks }}{{ .Name }}{{ end }}\n") == "go template"
    assert taken("go", "const page = `{{ .Name }}`\n") == "go"
    assert taken("go", "pond := [][]int{{1, 2}}\n") == "go"


def test_what_stands_for_another_file_is_of_no_use():
    assert taken("rust", "{{#include ../duck.rs}}\n") == ""
    assert taken("rust", "{{ #rustdoc_include ../duck.rs:8:12 }}\n{{#include a.rs}}\n") == ""
    assert taken("handlebars", "{{#if duck}}quack{{/if}}\n") == "handlebars"


def test_what_goes():
    assert taken("js", "-feed(1);\n-feed(2);\n") == "diff"
    assert taken("js", "  a();\n- b();\n- c();\n  d();\n") == "diff"
    assert taken("js", "--- a/x.js\n+++ b/x.js\n-foo();\n-bar();\n") == "diff"
    # Chains, numbers and lists in a string.
    assert taken("php", "->where('duck', 1)\n->orderBy('name')\n->get();\n") == "php"
    assert taken("python", "-1.5\n-2.5\n") == "python"
    assert taken("python", 'PLAN = """\n- one\n- two\n"""\n') == "python"
    assert taken("js", "price\n- discount\n- tax\n") == "javascript"
    assert taken("sql", "- duck\n- drake\n") == "sql"


def test_go_with_a_template_in_it():
    for text in (
        'template.Must(template.New("x").Parse("{{.Name}}"))\n',
        'opts.Pairs([]Pair{{"a", 1}, {"b", 2}})\n',
        'if err != nil {\n\tpanic("{{.Name}}")\n}\n',
    ):
        assert taken("go", text) == "go"


def test_calls_of_curl_whose_options_stand_below_each_other():
    assert taken("js", "curl 'https://pond.example' \\\n-H 'A: b' \\\n-H 'C: d'\n") == "shell"
    assert taken("http", "curl -i https://pond.example\n") == "shell"
    assert taken("haskell", "curl f = f\n") == "haskell"


def test_xml_that_holds_keys():
    assert taken("xml", '<config-file target="*.plist"><dict><key>a</key><string>b</string></dict>\n') == "xml"
    assert taken("xml", "<entry><key>color</key><string>red</string></entry>\n") == "xml"
    assert taken("xml", "<dict>\n  <key>a</key>\n  <true/>\n</dict>\n") == "xml property list"


def test_openings_of_blocks_are_no_includes():
    assert taken("handlebars", "{{#each ducks as |duck|}}\n") == "handlebars"
    assert taken("handlebars", "{{#if a}}\n{{#each b}}\n") == "handlebars"
