"""What the tables and plots call the systems that are compared, and the colours of their lines."""

from __future__ import annotations

TITLES = {
    "whichcode": "whichcode",
    "whichcode-pure": "whichcode, plain Python",
    "magika": "Magika",
    "magika-rust": "Magika's program in Rust",
    "vscode": "VS Code's model",
    "highlightjs": "highlight.js, all grammars",
    "highlightjs-common": "highlight.js, common",
    "flourite": "flourite",
    "pygments": "Pygments",
    "python": "Python itself",
}

COLOURS = {
    "whichcode": "#000000",
    "whichcode-pure": "#7f7f7f",
    "magika": "#0072B2",
    "vscode": "#D55E00",
    "highlightjs": "#009E73",
    "highlightjs-common": "#009E73",
    "flourite": "#CC79A7",
    "pygments": "#E69F00",
}
"""Colours that remain apart for the colour-blind (Okabe and Ito, 2008); one library, one colour."""


def in_table(system: str) -> str:
    """Return what a Markdown table calls a system: ours stands out."""
    return TITLES[system].replace("whichcode", "**whichcode**")
