"""What shows the language of a text."""

import pytest

from whichcode.corpus.signs import SIGNS, shows


@pytest.mark.parametrize(
    ("language", "signs", "none"),
    [
        (
            "markdown",
            [
                "## Ducks",
                "- a duck",
                "a *fat* duck",
                "see [the pond](pond.md)",
                "| a | b |",
                "> quack",
                "call `feed`",
            ],
            ["The ducks are fed twice a day, and they know the hour.", "It rains; nobody (but ducks) is out."],
        ),
        (
            "restructuredtext",
            [".. note:: ducks", "as follows::", "=====", "see :ref:`pond`", "call ``feed``", "the pond_ is"],
            ["The ducks are fed twice a day, and they know the hour.", "It rains: nobody (but ducks) is out."],
        ),
        (
            "http",
            [
                "POST /ducks",
                "PATCH /ducks/1",
                "HTTP/1.1 200 OK",
                "x: 1\nContent-Type: text/plain",
                "Accept:",
                "host: pond.example",
            ],
            ['{"duck": 1}', "Quack, said she.", "  key: value", "else:", "duck: 1"],
        ),
        (
            "shellsession",
            [
                "$ feed duck",
                "quack\n> more",
                "pond@farm:~$ ls",
                r"C:\> dir",
                "# halt",
                "[duck@pond ~]# ls",
                "(v) $ ls",
            ],
            ["quack", "total 3\ndrwxr-xr-x 2 duck duck 4096 May  1 12:00 pond", "$", "a@1.2\nfed 57\n100% done"],
        ),
        (
            "diff",
            [
                "+quack",
                " a\n-b",
                "@@ -1 +1 @@",
                "3c4\n< duck",
                "index 0a1b2c..3d4e5f",
                "*** 1,3 ****",
                "* a",
                "diff a b",
                "Index: a",
                "new file mode 100644",
                "rename from duck",
            ],
            [" def quack():\n     pass", "duck = 1"],
        ),
        ("gherkin", ["Given a duck", "  | a | b |\n  Then it quacks", "@slow"], ["| a | b |\n  | 1 | 2 |"]),
        (
            "json with comments",
            ["// ducks", '{"a": 1, // one\n}', "/* pond */", '["a",\n]', '{"a": 1,}'],
            ['{"pond": "https://pond.example"}', '{"a/b": [1, 2]}'],
        ),
        (
            "jinja",
            ["{{ duck }}", "{% if duck %}", "{# quack", "length }}", "endif %}", "quack #}"],
            ["<p>duck</p>", "{duck}"],
        ),
        (
            "twig",
            ["{{ duck", "{% if duck", "{# quack", "duck }}", "duck %}", "quack #}"],
            ["<p>duck</p>", "{duck}"],
        ),
        ("liquid", ["{{ duck", "{% if duck", "duck }}", "duck %}"], ["<p>duck</p>", "{duck}"]),
        ("handlebars", ["{{#if duck", "duck }}"], ["<p>duck</p>", "{duck}", "}}"]),
        ("go template", ["{{- if .Duck", ".Duck }}", '"duck" -}}'], ["duck: pond", "{duck}"]),
        ("html+erb", ["<%= duck", "<% end", "duck %>"], ["<p>duck</p>"]),
        (
            "tsx",
            [
                "return <Duck />;",
                "<p>",
                "  <Pond size={3}",
                "</Pond>",
                "<>",
                "{wet && <Rain",
                "(<b>quack</b>)",
                "  className={wet}",
                "const a = [<Duck key={1}",
                "wet ||<Duck size",
                "const id = <T,>(x: T) => x",
            ],
            [
                "const id = <T>(x: T) => x;",
                "const ducks: Array<string> = [];",
                "if (a < b) return;",
                "useState<Duck | null>(null)",
                "a = b << 2",
            ],
        ),
        (
            "vue",
            ["<template>", '  :size="3"', "@click=", "{{ duck }}", 'v-if="wet"', "defineProps<{ duck: Duck }>()"],
            ["const duck = ref<Duck>(null)", ".duck { color: red; }", "import Duck from './Duck.vue'"],
        ),
        (
            "svelte",
            ["{#if wet}", "{/each}", "$: twice = 2 * n", "let n = $state(0)", "<p>", "  on:click={quack}"],
            ["let n = 0;", ".duck { color: red; }", "import Duck from './Duck.svelte'"],
        ),
        ("astro", ["---", "<Duck />", "Astro.props"], ["const ducks = await fetch(url);"]),
        (
            "blade",
            [
                "@if ($wet)",
                "{{ $duck }}",
                "{!! $html !!}",
                "<x-duck",
                "<livewire:duck />",
                'wire:click="quack"',
                "[@js($ducks)]",
                "$wire.quack()",
                "@endforeach",
            ],
            ["<p>duck</p>", "a@pond.example", "@media print {", " * @return Duck"],
        ),
        ("smarty", ["{$duck}", "{if $wet}", "{* quack *}", "{/foreach}"], ["<p>duck</p>", "{ }"]),
        (
            "mdx",
            [
                "import Duck from './duck'",
                "export const n = 3",
                "<Duck",
                "</Pond>",
                "{/* quack */}",
                ":::note",
                "{n}",
            ],
            ["# Ducks", "The ducks are fed twice a day.", "```sh\nfeed duck\n```", "cost ${price}"],
        ),
        (
            "asciidoc",
            [
                "== Ducks",
                ".Pond",
                "* one",
                "----",
                "|===",
                "call `feed`",
                "image::duck.png[]",
                ":toc:",
                "NOTE: quack",
            ],
            ["The ducks are fed twice a day, and they know the hour.", "It rains: nobody (but ducks) is out."],
        ),
        ("tex", [r"\section{Ducks}", "$x$", "a & b", "% quack"], ["The ducks are fed twice a day. It rains!"]),
        (
            "typst",
            ["#set page()", "= Ducks", "*duck*", "- one", "$x$"],
            ["The ducks are fed twice a day. It rains!"],
        ),
        ("subrip text", ["00:00:01,000 --> 00:00:02,000", "12"], ["The ducks are fed.", "12 ducks"]),
        ("webvtt", ["WEBVTT", "00:01.000 --> 00:02.000", "<i>quack</i>"], ["The ducks are fed.", "NOTED"]),
        (
            "csv",
            ["duck,3", "duck;3", "p, duck, pond, feed"],
            ["duck", "It rains, and the duck, who knows, is out."],
        ),
        ("tsv", ["duck\t3"], ["duck, 3"]),
    ],
)
def test_signs_of(language, signs, none):
    assert [sign for sign in signs if not SIGNS[language].search(sign)] == []
    assert [text for text in none if SIGNS[language].search(text)] == []


def test_a_language_without_a_sign_is_shown_by_anything():
    assert shows("python", "")
    assert shows("html", "<p>")
    assert not shows("html", "duck")
