"""What notebooks show: answers, explanations, reports and audits as small tables of HTML.

Every text is escaped, there are no scripts, no style sheets and no addresses, and colours are those of the page
with less or more of them, so that a light page and a dark one both suit. Bars repeat numbers that stand beside
them, and are hidden from screen readers. Imported when a notebook asks, and never to detect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whichcode.detection import Detection
    from whichcode.evaluation.audit import AuditReport
    from whichcode.explanation import Explanation

MOST_FEATURES = 20
"""Rows of an explanation; what the others add stands in one more."""

MOST_CONFUSIONS = 10

_CELL = "padding:.15em .6em;border:0;background:none;color:inherit;text-align:"
_BAR_WIDTH = 8.0
"""Of a bar for 1, in widths of the letter m."""


def detection_html(detection: Detection) -> str:
    """Return an answer as a table of its candidates."""
    if not detection.candidates:
        return _paragraph("No answer: the text is blank.")
    if detection.language is None:
        answer = f"No answer: {_percent(detection.confidence)} is less than was asked for"
    else:
        answer = f"{detection.language}, {_percent(detection.confidence)}"
    rows = [[escape(language), _percent(p), _bar(p)] for language, p in detection.candidates]
    return _table(answer, ["language", "probability", ""], rows)


def explanation_html(explanation: Explanation) -> str:
    """Return an explanation as a table of the features that added most, for or against."""
    from whichcode.features.extract import display

    strongest = sorted(explanation.contributions, key=lambda c: (-abs(c.added), c.feature))
    chosen = sorted(strongest[:MOST_FEATURES], key=lambda c: -c.added)
    highest = max([abs(c.added) for c in chosen] + [1e-9])
    rows = [
        [_code(display(c.feature)), str(c.count), f"{c.added:+.2f}", _signed_bar(c.added / highest)]
        for c in chosen
    ]
    others = strongest[MOST_FEATURES:]
    if others:
        name = f"{len(others)} other features" if len(others) > 1 else "1 other feature"
        rows.append([name, "", f"{sum(c.added for c in others):+.2f}", ""])
    rows.append(["before any feature", "", f"{explanation.baseline:+.2f}", ""])
    caption = (
        f"{explanation.language} rather than {explanation.runner_up}: ln odds {explanation.log_odds:+.2f}. "
        "What a feature adds is in ln odds; +0.69 doubles them."
    )
    return _table(caption, ["feature", "count", "adds", ""], rows)


def report_html(report: Mapping[str, Any]) -> str:
    """Return an evaluation's figures by length of text, and more to unfold; see `evaluation.report`."""
    conditions = report["conditions"]
    rows = []
    for c in conditions:
        recall = c["macro_recall"]
        low, high = recall["interval_95"]
        told = _percent(recall["expected"]) if c["headline"] else "refused"
        certain = c["confident"]
        rows.append(
            [
                escape(c["length"]),
                f"{c['texts']:,}",
                told,
                _bar(recall["expected"]) if c["headline"] else "",
                f"{_percent(low)} to {_percent(high)}",
                _percent(c["micro_accuracy"]["expected"]),
                f"{_percent(c['expected_calibration_error'])} ({_percent(c['calibration_error_by_chance'])})",
                "none" if certain["accuracy"] is None else _percent(certain["accuracy"]),
                _percent(1 / c["languages"]),
            ]
        )
    head = ["lines", "texts", "macro recall", "", "95 % interval", "micro accuracy"]
    head += ["calibration error (by chance)", "right at 0.9 and more", "chance"]
    model, corpus = report["model"], report["corpus"]
    caption = (
        f"{model['id']} on {corpus['documents']:,} documents: {corpus['which']}. Macro recall is the mean over "
        "languages, ties credited as if broken at random; it is refused where ties decide it or a predictor that "
        "knows nothing does better than chance."
    )
    parts = [_table(caption, head, rows)]
    longest = conditions[-1]
    languages = [
        [escape(name), f"{s['texts']:,}", _percent(s["recall"]), _bar(s["recall"]), _percent(s["precision"])]
        for name, s in longest["per_language"].items()
    ]
    parts.append(
        _details(
            f"By language, {longest['length']}",
            _table("", ["language", "texts", "recall", "", "precision"], languages),
        )
    )
    confusions = [
        [escape(c["length"]), escape(pair["language"]), escape(pair["answer"]), _percent(pair["share"])]
        for c in conditions
        for pair in c["confusions"][:MOST_CONFUSIONS]
    ]
    if confusions:
        table = _table("", ["lines", "language", "answered", "of its texts"], confusions, texts=3)
        parts.append(_details("What is taken for what", table))
    return f"<div>{''.join(parts)}</div>"


def audit_html(report: AuditReport) -> str:
    """Return an audit's verdict, its figures and its findings."""
    bounds = report.accuracy
    figure = "accuracy" if report.reported_accuracy is None else "reported accuracy"
    verdict = f"Nothing speaks against the {figure}." if report.trustworthy else f"Do not trust the {figure}."
    rows = [
        ["ties broken at random", _percent(bounds.expected), _bar(bounds.expected)],
        ["ties wrong", _percent(bounds.pessimistic), _bar(bounds.pessimistic)],
        ["ties right", _percent(bounds.optimistic), _bar(bounds.optimistic)],
    ]
    if report.reported_accuracy is not None:
        rows.append(["reported", _percent(report.reported_accuracy), _bar(report.reported_accuracy)])
    table = _table(f"{verdict} {report.rows:,} rows, {report.classes:,} classes.", ["accuracy", "", ""], rows)
    findings = "".join(
        f"<li><strong>{escape(f.severity)}</strong> {escape(f.name)}: {escape(f.sentence)}</li>"
        for f in report.findings
    )
    return f"<div>{table}{f'<ul>{findings}</ul>' if findings else ''}</div>"


def _percent(share: float) -> str:
    """Return a share from 0 to 1 in percent with one digit."""
    return f"{100 * share:.1f} %"


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """Return a table; cells are HTML already, the first `texts` columns are aligned left, the others right."""

    def cell(tag: str, column: int, content: str, scope: str = "") -> str:
        side = "left" if column < texts or content.startswith("<span") else "right"
        wrap = "" if tag == "th" else ";white-space:nowrap"
        return f'<{tag}{scope} style="{_CELL}{side}{wrap}">{content}</{tag}>'

    columns = [
        cell("th", i, escape(name), ' scope="col"') if name else cell("td", i, "") for i, name in enumerate(head)
    ]
    lines = [
        "<tr>"
        + cell("th", 0, row[0], ' scope="row"')
        + "".join(cell("td", i, content) for i, content in enumerate(row[1:], start=1))
        + "</tr>"
        for row in rows
    ]
    title = (
        f'<caption style="caption-side:top;text-align:left;color:inherit;padding:.15em .6em">'
        f"{escape(caption)}</caption>"
        if caption
        else ""
    )
    return (
        f'<table style="border-collapse:collapse;color:inherit;background:none">{title}'
        f"<thead><tr>{''.join(columns)}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _bar(share: float, opacity: float = 0.5) -> str:
    """Return a bar in the colour of the text, as long as `share` of the longest."""
    width = _BAR_WIDTH * min(max(share, 0.0), 1.0)
    return (
        f'<span aria-hidden="true" style="display:inline-block;vertical-align:middle;height:.6em;'
        f'width:{width:.2f}em;background:currentColor;opacity:{opacity}"></span>'
    )


def _signed_bar(share: float) -> str:
    """Return a bar to the right of the middle for what is positive, a paler one to its left for the rest."""
    half = _BAR_WIDTH / 2
    length = half * min(abs(share), 1.0)
    left, right = (half - length, length) if share < 0 else (half, length)
    return (
        f'<span aria-hidden="true" style="display:inline-block;width:{_BAR_WIDTH:.2f}em">'
        f'<span style="display:inline-block;width:{left:.2f}em"></span>'
        f'<span style="display:inline-block;vertical-align:middle;height:.6em;width:{right:.2f}em;'
        f'background:currentColor;opacity:{0.25 if share < 0 else 0.6}"></span></span>'
    )


def _code(text: str) -> str:
    return f'<code style="color:inherit;background:none;white-space:pre-wrap">{escape(text)}</code>'


def _paragraph(text: str) -> str:
    return f'<p style="color:inherit">{escape(text)}</p>'


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"
