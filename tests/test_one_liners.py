"""What people paste first: single lines that a person who knows the language would name at once.

They are for reading as much as for testing: the share that must be right is that of a model that has learnt
its languages, and no line here was used to train or tune one.
"""

import pytest

import whichcode

ONE_LINERS = [
    ("c", "#include <stdlib.h>"),
    ("c", 'fprintf(stderr, "no memory for %zu items\\n", count);'),
    ("c#", "public string Name { get; set; }"),
    ("c#", 'Console.WriteLine($"{total} of {count}");'),
    ("c++", "#include <vector>"),
    ("c++", "for (const auto& item : items) std::cout << item << std::endl;"),
    ("clojure", "(defn square [x] (* x x))"),
    ("clojure", "(let [total (reduce + prices)] (println total))"),
    ("coffeescript", "square = (x) -> x * x"),
    ("coffeescript", "sum += n for n in numbers when n > 0"),
    ("css", "body { margin: 0; font-family: sans-serif; }"),
    ("css", "@media (max-width: 600px) { .menu { display: none; } }"),
    ("erlang", "-module(counter)."),
    ("erlang", 'io:format("~p items~n", [length(List)]),'),
    ("f#", 'let square x = x * x |> printfn "%d"'),
    ("f#", "[<EntryPoint>]"),
    ("go", "package main"),
    ("go", "if err != nil { return nil, err }"),
    ("html", "<!DOCTYPE html>"),
    ("html", '<a href="/about" class="link">About us</a>'),
    ("java", "public static void main(String[] args) {"),
    ("java", "import java.util.ArrayList;"),
    ("javascript", "console.log(items.map(x => x.length));"),
    ("javascript", "var self = this; $('#menu').on('click', function () { self.open(); });"),
    ("lua", "local total = 0 for i, v in ipairs(prices) do total = total + v end"),
    ("lua", "if not ok then error('cannot open ' .. name) end"),
    ("matlab", "x = linspace(0, 2*pi, 100); plot(x, sin(x));"),
    ("matlab", "fprintf('%d of %d\\n', k, numel(A));"),
    ("objective-c", "#import <Foundation/Foundation.h>"),
    ("objective-c", '[self.items addObject:@"first"];'),
    ("pascal", "procedure TForm1.ButtonClick(Sender: TObject);"),
    ("pascal", "begin WriteLn('Total: ', Total); end."),
    ("perl", "#!/usr/bin/perl -w"),
    ("perl", "my ($self, %args) = @_;"),
    ("php", "<?php echo $title; ?>"),
    ("php", "$total = array_sum(array_map(function ($x) { return $x['price']; }, $items));"),
    ("python", "def greet(name): return 'Hello, ' + name"),
    ("python", "for index, item in enumerate(items):"),
    ("r", "fit <- lm(height ~ weight, data = people)"),
    ("r", "library(ggplot2)"),
    ("ruby", "items.each { |item| puts item.name }"),
    ("ruby", "attr_accessor :name, :age"),
    ("scala", "case class Point(x: Int, y: Int)"),
    ("scala", "def total(prices: List[Double]): Double = prices.foldLeft(0.0)(_ + _)"),
    ("shell", "#!/bin/bash"),
    ("shell", 'for f in *.txt; do echo "$f"; done'),
    ("sql", "SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3;"),
    ("sql", "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL);"),
    ("swift", "guard let name = person?.name else { return nil }"),
    ("swift", "override func viewDidLoad() {"),
    ("typescript", "export interface Person { name: string; age?: number; }"),
    ("typescript", "private readonly items: Map<string, number> = new Map();"),
    ("visual basic .net", "Dim total As Integer = 0"),
    ("visual basic .net", "Public Sub New(ByVal name As String)"),
    ("batchfile", "@echo off"),
    ("cmake", "target_link_libraries(pond PRIVATE ducks)"),
    ("common lisp", "(defun square (x) (* x x))"),
    ("cython", "cdef int total = 0"),
    ("dart", "Widget build(BuildContext context) {"),
    ("diff", "@@ -12,7 +12,9 @@ def feed(duck):"),
    ("dockerfile", "RUN apt-get update && apt-get install -y curl"),
    ("elixir", "def handle_call(:count, _from, state), do: {:reply, state.count, state}"),
    ("fortran", "subroutine feed(ducks, n)"),
    ("graphql", "query { pond(id: 7) { ducks { name } } }"),
    ("groovy", "def ducks = ['Ada', 'Bob'].collect { it.toUpperCase() }"),
    ("haskell", "square :: Int -> Int"),
    ("hcl", 'resource "aws_instance" "pond" {'),
    ("html", "<p>Feed the <b>ducks</b> twice a day.</p>"),
    ("ini", "[database]"),
    ("json", '{"name": "Ada", "age": 3, "tags": ["duck", "white"]}'),
    ("julia", "function square(x::Float64)::Float64"),
    ("kotlin", "val names = ducks.map { it.name }.filter { it.isNotBlank() }"),
    ("makefile", "$(CC) $(CFLAGS) -o $@ $<"),
    ("markdown", "## How to feed the [ducks](ducks.md)"),
    ("nginx", "proxy_pass http://backend;"),
    ("nix", "{ pkgs ? import <nixpkgs> {} }:"),
    ("ocaml", 'let () = List.iter (fun d -> Printf.printf "%s\\n" d) ducks'),
    ("powershell", "Get-ChildItem -Recurse | Where-Object { $_.Length -gt 1MB }"),
    ("prolog", "member(X, [X|_])."),
    ("protocol buffer", "repeated string names = 4;"),
    ("rust", "let mut names: Vec<String> = Vec::new();"),
    ("rust", "impl fmt::Display for Duck {"),
    ("scss", "@include button-variant($primary, $hover: darken($primary, 8%));"),
    ("shellsession", "$ git status"),
    ("solidity", "mapping(address => uint256) public balances;"),
    ("tex", "\\begin{equation} a^2 + b^2 = c^2 \\end{equation}"),
    ("text", "The ducks of the village pond are fed twice a day, and they know the hour."),
    ("text", "Dear all, the meeting is moved to Thursday, since the room is taken on Tuesday."),
    ("toml", 'requires-python = ">=3.11"'),
    ("vim script", "nnoremap <leader>w :write<CR>"),
    ("xml", '<dependency groupId="org.pond" artifactId="ducks" version="1.2"/>'),
    ("yaml", "- name: Install the packages"),
    ("zig", 'const std = @import("std");'),
]

MOST_WRONG = 9


def test_one_liners():
    wrong = [
        f"{text!r} is {language}, not {answer}"
        for language, text in ONE_LINERS
        if (answer := whichcode.detect(text).language) != language
    ]
    assert len(wrong) <= MOST_WRONG, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "def greet(name):\n    return f'Hello, {name}!'",
        "def greet(name):\n    print('Hello, ' + name)",
        "import os\nprint(os.getcwd())",
    ],
)
def test_two_lines_of_python_are_python(text):
    # The pages of manuals are HTML files that hold such lines.
    assert whichcode.detect(text).language == "python"
