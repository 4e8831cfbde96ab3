"""Options that several commands have, and how their values are read."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from whichcode import packaged
from whichcode.text.decode import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    from whichcode.detector import Detector

F = TypeVar("F", bound=Callable[..., Any])


model_option = click.option(
    "--model", default="default", show_default=True, help="A packaged model's name or a model file."
)


def comma_separated(ctx: click.Context, parameter: click.Parameter, value: str | None) -> list[str] | None:
    """Read ``python,c++`` as a list; used as a click callback."""
    if value is None:
        return None
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names:
        raise click.BadParameter("name at least one language", ctx, parameter)
    return names


def not_nan(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    """Refuse NaN, which no range of `click` does; used as a click callback."""
    if math.isnan(value):
        raise click.BadParameter("nan is no number", ctx, parameter)
    return value


def ending(*suffixes: str) -> Callable[[click.Context, click.Parameter, Path | None], Path | None]:
    """Return a click callback that refuses a file whose name does not end in one of `suffixes`."""

    def check(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
        if value is not None and value.suffix not in suffixes:
            raise click.BadParameter(f"{value} must end in {' or '.join(suffixes)}", ctx, parameter)
        return value

    return check


def weights(ctx: click.Context, parameter: click.Parameter, value: str | None) -> dict[str, float] | str | None:
    """Read ``python=3,nim=0.1`` as a mapping, or the name of a packaged prior; used as a click callback."""
    if value in packaged.names("priors", ".json"):
        return value
    names = comma_separated(ctx, parameter, value)
    if names is None:
        return None
    result: dict[str, float] = {}
    for item in names:
        name, _, weight = item.rpartition("=")
        if name.strip() in result:
            raise click.BadParameter(f"{name.strip()} has two weights", ctx, parameter)
        try:
            result[name.strip()] = float(weight)
        except ValueError as error:
            raise click.BadParameter(
                f"{item!r} is not a weight; write python=3,nim=0.1 or documentation", ctx, parameter
            ) from error
    return result


def detection_options(function: F) -> F:
    """Add the options that say which model answers, among which languages, on how much of the text."""
    for option in reversed(
        [
            model_option,
            click.option(
                "--among", callback=comma_separated, help="Only these languages are possible: python,c++"
            ),
            click.option(
                "--prior",
                callback=weights,
                help="Weights of languages, others weigh 1: python=3,nim=0.1; or 'documentation'.",
            ),
            click.option(
                "--max-bytes",
                type=click.IntRange(min=1, max=1 << 30),
                default=DEFAULT_MAX_BYTES,
                show_default=True,
                help="Bytes of each text, from its start, that are looked at.",
            ),
        ]
    ):
        function = option(function)
    return function


def load(model: str) -> Detector:
    """Return the detector that ``--model`` names."""
    from whichcode.detector import Detector, default_detector

    return default_detector() if model == "default" else Detector.load(model)
