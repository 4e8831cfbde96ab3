"""``whichcode serve``: detection over HTTP, and a page that shows it."""

from __future__ import annotations

import os

import click

from whichcode.cli.options import load, model_option, not_nan
from whichcode.errors import MissingExtraError


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes any free one."
)
@model_option
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    help="Requests worked at at the same time.  [default: the number of processors]",
)
@click.option(
    "--queue", type=click.IntRange(0), default=64, show_default=True, help="Requests that may wait; more get 503."
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    default=10.0,
    show_default=True,
    callback=not_nan,
    help="Seconds for a request's headers, again for its body, and again for the answer to it.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1024),
    default=4 << 20,
    show_default=True,
    help="Bytes of a request's body; more get 413.",
)
@click.option(
    "--max-texts",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Texts in a request; more get 422.",
)
def command(
    host: str,
    port: int,
    model: str,
    threads: int | None,
    queue: int,
    timeout: float,
    max_body: int,
    max_texts: int,
) -> None:
    """Answer over HTTP, and show a page to try it on, until Ctrl-C or SIGTERM.

    Texts are neither kept nor logged. There is no access control: whoever reaches the address may ask.
    """
    try:
        from whichcode.web.app import create_app
        from whichcode.web.limits import Limits
        from whichcode.web.server import listen, run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("starlette", "uvicorn", "prometheus_client"):
            raise
        raise MissingExtraError(error.name.partition(".")[0].replace("_", "-"), "serve") from error
    detector = load(model)
    limits = Limits(
        body=max_body,
        texts=max_texts,
        seconds=timeout,
        body_seconds=timeout,
        threads=threads or os.cpu_count() or 1,
        queue=queue,
    )
    app = create_app(detector, limits)
    with listen(host, port) as listening:
        address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"
        click.echo(f"whichcode: {address} answers with {detector.model.id}; Ctrl-C stops it", err=True)
        run(app, listening, timeout)
