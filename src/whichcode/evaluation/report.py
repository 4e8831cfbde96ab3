"""An evaluation as a document: JSON for programs, Markdown for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from whichcode.atomic import write_atomically

Report = Mapping[str, Any]


class EvaluationReport(dict[str, Any]):
    """A report's figures, as in ``report.json``; a notebook shows them as a table."""

    def _repr_html_(self) -> str:
        from whichcode.display import report_html

        return report_html(self)


def write_report(report: Report, folder: Path, *, plots: bool = True) -> list[Path]:
    """Write ``report.json``, ``report.md`` and the PNG plots into `folder`; return their paths."""
    paths = [folder / "report.json", folder / "report.md"]
    write_atomically(paths[0], json.dumps(rounded(report), indent=1, ensure_ascii=False) + "\n")
    images: list[Path] = []
    if plots:
        from whichcode.evaluation.plots import draw

        images = draw(report, folder)
    write_atomically(paths[1], render_markdown(report, [image.name for image in images]))
    return paths + images


def rounded(value: Any, digits: int = 6) -> Any:
    """Return `value` with every number in it rounded: more digits would only make reports differ."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, Mapping):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return value


def render_markdown(report: Report, images: Sequence[str] = ()) -> str:
    """Return the report as Markdown."""
    conditions = report["conditions"]
    parts = [
        f"# Evaluation of {report['model']['id']}",
        _about(report),
        "## By length",
        curve_table(conditions),
        *(f"![{Path(name).stem.replace('-', ' ')}]({name})" for name in images),
        "## What chance gets",
        _controls_table(conditions),
        "## By language",
        per_language_table(conditions),
        "## What is taken for what",
        _confusion_table(conditions),
    ]
    if any(c.get("text") for c in conditions):
        parts[-2:-2] = ["## Text that is no code", _text_table(conditions)]
    return "\n\n".join(parts) + "\n"


def curve_table(conditions: Sequence[Mapping[str, Any]]) -> str:
    """Return the Markdown table of all conditions' headline figures; shares are in percent."""
    rows = []
    for c in conditions:
        recall, micro = c["macro_recall"], c["micro_accuracy"]
        low, high = recall["interval_95"]
        headline = f"**{percent(recall['expected'])}**" if c["headline"] else "refused: see below"
        certain = c["confident"]
        rows.append(
            [
                c["length"],
                str(c["texts"]),
                headline,
                f"{percent(low)}-{percent(high)}",
                f"{percent(recall['pessimistic'])}-{percent(recall['optimistic'])}",
                percent(c["within_families"]),
                percent(micro["expected"]),
                percent(c["macro_f1"]),
                f"{c['log_loss']:.3f}",
                f"{c['brier']:.3f}",
                calibration(c),
                "none" if certain["accuracy"] is None else percent(certain["accuracy"]),
                percent(certain["share"]),
            ]
        )
    head = [
        "lines",
        "texts",
        "macro recall",
        "95 % interval",
        "ties wrong-right",
        "within families",
        "micro accuracy",
        "macro F1",
        "log loss",
        "Brier",
        "ECE (by chance)",
        "right at ≥ 0.9",
        "share at ≥ 0.9",
    ]
    return table(head, rows)


def per_language_table(conditions: Sequence[Mapping[str, Any]]) -> str:
    """Return the Markdown table of recall by language and length, with F1 for the longest texts."""
    languages = sorted({language for c in conditions for language in c["per_language"]})
    last = conditions[-1]
    head = ["language", *(f"recall, {c['length']}" for c in conditions)]
    head += [f"precision, {last['length']}", f"F1, {last['length']}"]
    rows = []
    for language in languages:
        row = [language]
        for c in conditions:
            scores = c["per_language"].get(language)
            row.append("" if scores is None else percent(scores["recall"]))
        scores = last["per_language"].get(language)
        row += ["", ""] if scores is None else [percent(scores["precision"]), percent(scores["f1"])]
        rows.append(row)
    return table(head, rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; columns after the first are aligned right."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def calibration(figures: Mapping[str, Any]) -> str:
    """Return a cell with the expected calibration error of `figures`, and in brackets what chance shows of it."""
    by_chance = percent(figures["calibration_error_by_chance"])
    return f"{percent(figures['expected_calibration_error'])} ({by_chance})"


def percent(share: float) -> str:
    """Return a share from 0 to 1 in percent with one digit."""
    return f"{100 * share:.1f}"


def _about(report: Report) -> str:
    model, corpus = report["model"], report["corpus"]
    lines = [
        f"- model: `{model['id']}` ({model['languages']} languages, whichcode {model['version']})",
        f"- texts: {', '.join(corpus['sources'])}; {corpus['which']}; {corpus['documents']} documents",
        f"- windows: {report['draws']} draws a document, un-indented, seed {report['seed']}; mostly empty and "
        "all-comment windows are drawn again",
        "- figures in percent but for log loss (nats) and Brier; macro recall is the mean over languages of the "
        "share answered rightly, with ties credited as if broken at random; within families, a language that the "
        "registry puts in one family with the right one counts as well",
    ]
    if corpus["unknown"]:
        left_out = ", ".join(f"{language} ({n})" for language, n in sorted(corpus["unknown"].items()))
        lines.append(f"- left out, because the model does not know their languages: {left_out}")
    return "\n".join(lines)


def _controls_table(conditions: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for c in conditions:
        for name, control in c["controls"].items():
            rows.append(
                [
                    c["length"],
                    name.replace("_", " "),
                    percent(control["expected"]),
                    percent(control["chance"]),
                    percent(control["standard_error"]),
                    "yes" if control["at_chance"] else "**no**",
                ]
            )
    note = (
        "A headline is refused where ties move it by more than 0.1 points or where a predictor that knows "
        "nothing does better than chance."
    )
    return (
        note
        + "\n\n"
        + table(["lines", "predictor", "macro recall", "chance", "standard error", "as chance"], rows)
    )


def _text_table(conditions: Sequence[Mapping[str, Any]]) -> str:
    told = [(c["length"], c["text"]) for c in conditions if c.get("text")]
    kinds = sorted({kind for _, text in told for kind in text["kinds"]})
    head = ["answered `text`", *(length for length, _ in told)]
    rows = [[kind, *(_answered(text["kinds"].get(kind)) for _, text in told)] for kind in kinds]
    rows.append(["code, wrongly", *(_answered(text["code"]) for _, text in told)])
    rows.append(["code but Markdown and its like, wrongly", *(_answered(text["no_prose"]) for _, text in told)])
    return "In brackets the number of texts asked about.\n\n" + table(head, rows)


def _answered(figures: Mapping[str, Any] | None) -> str:
    return "" if figures is None else f"{percent(figures['answered_text'])} ({figures['texts']})"


def _confusion_table(conditions: Sequence[Mapping[str, Any]], most: int = 10) -> str:
    rows = [
        [c["length"], pair["language"], pair["answer"], f"{pair['texts']:.0f}", percent(pair["share"])]
        for c in conditions
        for pair in c["confusions"][:most]
    ]
    if not rows:
        return "Nothing is taken for anything else."
    return table(["lines", "language", "answered", "texts", "of its texts"], rows)
