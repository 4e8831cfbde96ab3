"""The report on labelling and on making training windows."""

from __future__ import annotations

from typing import Any

from whichcode.evaluation.report import table

STACK_BYTES = 3e12
"""Of source code in a corpus like The Stack, which is what the figures are extrapolated to."""

WINDOWS = 1_000_000


def labelling_table(report: dict[str, Any]) -> str:
    """Return megabytes a second of labelling, and the hours that follow for a large corpus."""
    rows = []
    for part, name in (("label", "`whichcode label`, {}"), ("spark", "Spark on one machine, {}")):
        for how, found in report.get(part, {}).items():
            hours = STACK_BYTES / (found["median"] * 1e6) / 3600
            rows.append([name.format(how), f"{found['median']:.1f}", f"{hours:,.0f}", f"{hours / 64:,.1f}"])
    return table(["how", "MB/s", "hours for 3 TB", "hours on 64 such machines"], rows).rstrip("\n")


def render(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    about = report["about"]
    speed = report["windows"]["windows a second"]["median"]
    return (
        "\n\n".join(
            [
                "# Labelling and training windows at scale",
                f"Processor: {about['processor']}, {about['cores']} cores; Python {about['python']}; whichcode "
                f"{about['version']}. {about['rows']:,} texts, {about['bytes'] / 1e6:,.0f} MB; medians of "
                f"{about['rounds']} rounds; load at the start {about['load']:.2f}.",
                labelling_table(report),
                "The last two columns are extrapolated: bytes divided by the measured speed, as if reading and "
                "writing cost there what they cost here, and machines shared the work evenly.",
                f"Windows to train on: {report['windows']['windows']:,} drawn and counted at {speed:,.0f} a "
                f"second in all cores; a million would take {WINDOWS / speed:,.0f} s.",
            ]
        )
        + "\n"
    )
