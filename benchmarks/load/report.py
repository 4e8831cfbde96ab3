"""The report of a load test: JSON, Markdown and a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from whichcode.atomic import save_figure, write_atomically


def write_report(report: dict[str, Any], out: Path) -> None:
    """Write ``report.json``, ``report.md`` and ``load.png`` into the folder `out`."""
    write_atomically(out / "report.json", json.dumps(report, indent=1) + "\n")
    write_atomically(out / "report.md", as_markdown(report))
    save_figure(draw(report), out / "load.png")


def as_markdown(report: dict[str, Any]) -> str:
    """Return the report as a page."""
    machine, memory, overload = report["machine"], report["memory"], report["overload"]
    lines = [
        "# Load on `whichcode serve`",
        "",
        f"Model {report['model']}, whichcode {report['version']}, compiled core: "
        f"{'yes' if report['compiled'] else 'no'}; {machine['cores']} cores of {machine['processor']}, "
        f"Python {machine['python']}. Clients and service share the machine, over the loopback interface: "
        f"what the clients need is missing to the service. The load average of one minute before the run, by what "
        f"else ran, was {machine['load_before']}. Command: `{report['command']}`.",
        "",
        f"Each client asks its next request when the last one is answered. A text has {report['lines']} lines, "
        f"{report['mean_characters']} characters on average. Latencies are those of answers with status 200, as "
        "the clients see them; processor time is the service's own, for each request: what is left of the machine "
        "goes to the clients and to what else ran.",
        "",
        "| request | clients | requests | answers/s | texts/s | p50, ms | p99, ms | processor, ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {run['what']} | {run['concurrency']} | {run['requests']:,} | {run['answers_per_second']:,.0f} | "
        f"{run['texts_per_second']:,.0f} | {run['p50_ms']:.1f} | {run['p99_ms']:.1f} | "
        f"{run['processor_ms_per_request']:.2f} |"
        for run in report["runs"]
    ]
    statuses = ", ".join(f"{n:,} with {status}" for status, n in overload["statuses"].items())
    asked = sum(run["requests"] for run in report["runs"])
    lost = sum(sum(run["lost"].values()) for run in [*report["runs"], overload])
    wrong = sum(run["wrong"] for run in [*report["runs"], overload])
    lines += [
        "",
        "![throughput, latency and memory](load.png)",
        "",
        f"**Overload.** {overload['concurrency']} clients with {overload['texts_per_request']} texts a "
        f"request, against `{overload['options']}`: {overload['requests']:,} requests, "
        f"answered {statuses}; p99 of those with 200: {overload['p99_ms']:.0f} ms; "
        f"{overload['without_retry_after']} of those with 503 lack Retry-After.",
        "",
        f"**Nothing lost.** Of {asked + overload['requests']:,} requests {lost} got no answer, and {wrong} an "
        f"answer that is not the library's own. The service counted {report['counted']:,} of the {asked:,} "
        f"requests of the table, and {overload['counted']:,} of the {overload['requests']:,} of the overload.",
        "",
        f"**Memory.** Resident after the first step: {memory['first_mib']} MiB; before the last step: "
        f"{memory['before_last_mib']} MiB; after its {report['runs'][-1]['requests']:,} requests: "
        f"{memory['last_mib']} MiB; at most: {memory['most_mib']} MiB. The step up is the first explanation's, "
        "which unpacks the model for plain Python, once.",
        "",
    ]
    return "\n".join(lines)


def draw(report: dict[str, Any]) -> Figure:
    """Return the plot: throughput and latency by clients, memory by time."""
    figure = Figure(figsize=(10.5, 3.6), layout="constrained")
    throughput, latency, memory = figure.subplots(1, 3)
    single = [run for run in report["runs"] if run["what"] == "one text"]
    clients = [run["concurrency"] for run in single]
    throughput.plot(clients, [run["answers_per_second"] for run in single], "o-", color="#0072B2")
    throughput.set(title="Throughput, one text a request", xlabel="clients", ylabel="answers a second")
    for name, line, colour in (("p50_ms", "o-", "#0072B2"), ("p99_ms", "s--", "#D55E00")):
        latency.plot(clients, [run[name] for run in single], line, color=colour, label=name[:3])
    latency.set(title="Latency, one text a request", xlabel="clients", ylabel="milliseconds", yscale="log")
    latency.legend()
    for axes in (throughput, latency):
        axes.set_xscale("log", base=2)
        axes.set_xticks(clients, [str(n) for n in clients])
    throughput.set_ylim(bottom=0)
    memory.plot(
        [second for second, _ in report["memory"]["samples"]],
        [size / 2**20 for _, size in report["memory"]["samples"]],
        color="#009E73",
    )
    memory.set(title="Memory of the service", xlabel="seconds", ylabel="resident, MiB")
    memory.set_ylim(bottom=0)
    for axes in (throughput, latency, memory):
        axes.grid(alpha=0.3)
    return figure
