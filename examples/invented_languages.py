"""Writes small programs in three invented languages, so that there is something to train a detector on.

    python invented_languages.py texts

makes one folder a language, in it one folder a project, in it one file a program. Brook says how tables flow,
Kettle what a house does by itself, Tally is arithmetic on names. A project has names of its own, as real ones
have, and some hold a file that another project wrote, as real ones do. The same seed gives the same files.
"""

import random
import sys
from pathlib import Path

PROJECTS = 8
PROGRAMS = 6
"""Of one project."""


def names(rng, count):
    """Return `count` words that can be said."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    return ["".join(rng.choice(syllables) for _ in range(rng.randint(2, 3))) for _ in range(count)]


def comment(rng, words):
    """Return a remark, which looks alike in all three languages."""
    return "# " + " ".join(rng.choice(words) for _ in range(rng.randint(3, 6)))


def assignment(rng, words):
    """Return a line that says nothing about its language: all three have it."""
    return f"{rng.choice(words)} = {rng.randint(0, 99)}"


def brook(rng, words):
    """Return one statement: a table, and what is done to it on its way."""

    def w():
        return rng.choice(words)

    steps = [
        f"keep {w()} {rng.choice(['>', '<', 'is', 'not'])} {rng.randint(1, 500)}",
        f"sum {w()} by {w()}",
        f"join {w()} on {w()}",
        f"sort {w()} down",
        f"rename {w()} to {w()}",
        f"first {rng.randint(2, 50)}",
    ]
    flow = rng.sample(steps, rng.randint(1, 4))
    return [f'from "{w()}.tab"', *(f"  ~> {step}" for step in flow), f"  ~> into {w()}"]


def kettle(rng, words):
    """Return one statement: an event, and what then happens."""

    def w():
        return rng.choice(words)

    actions = [
        f"set {w()} to {rng.randint(1, 100)}%",
        f"wait {rng.randint(1, 59)} {rng.choice(['sec', 'min'])}",
        f'tell {w()} "{w()} {w()}"',
        f"turn {w()} {rng.choice(['on', 'off'])}",
        f"repeat until {w()} closes",
    ]
    event = f"when {w()} {rng.choice(['opens', 'closes', 'rings'])}"
    hour = f"hour {rng.choice(['>', '<'])} {rng.randint(0, 23)}"
    return [f"{event} and {hour}:", *(f"    {action}" for action in rng.sample(actions, rng.randint(1, 4)))]


def tally(rng, words):
    """Return one statement: a rule with its cases."""

    def w():
        return rng.choice(words)

    cases = [
        f"  | {w()} >= {rng.randint(1, 50)} => {w()} * {w()} - {rng.randint(1, 9)}",
        f"  | {w()} = {rng.randint(1, 50)} => [{w()}, {w()}]",
        f"  | {w()} in {w()} => #{w()} / 2",
    ]
    return [
        f"rule {w()} <{w()}; {w()}> ::",
        *rng.sample(cases, rng.randint(1, 3)),
        f"  | else => {w()}",
        f"! {w()}[{rng.randint(0, 9)}]",
    ]


LANGUAGES = {"brook": brook, "kettle": kettle, "tally": tally}


def program(language, rng, words):
    """Return the text of one program."""
    lines = []
    for _ in range(rng.randint(4, 10)):
        kind = rng.random()
        if kind < 0.15:
            lines.append(comment(rng, words))
        elif kind < 0.3:
            lines.append(assignment(rng, words))
        else:
            lines += [*LANGUAGES[language](rng, words), ""]
    return "\n".join(lines).rstrip() + "\n"


def write(folder, projects=PROJECTS, programs=PROGRAMS, seed=0):
    """Write all programs below `folder` and return how many there are."""
    written = 0
    for language in LANGUAGES:
        rng = random.Random(f"{seed} {language}")
        borrowed = None
        for number in range(projects):
            words = names(rng, 12)
            place = Path(folder) / language / f"{words[0]}-{words[1]}"
            place.mkdir(parents=True)
            texts = {f"{words[2 + i % 10]}{i}.txt": program(language, rng, words) for i in range(programs)}
            if borrowed is not None and number % 3 == 0:
                # A file of the project before, with one line more: a copy to whoever reads both.
                texts["borrowed.txt"] = borrowed + comment(rng, words) + "\n"
            for name, text in texts.items():
                (place / name).write_text(text, "utf-8")
            written += len(texts)
            borrowed = max(texts.values(), key=len)
    return written


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else "texts"
    print(f"wrote {write(target)} programs into {target}")
