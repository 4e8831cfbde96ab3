"""Options that several commands have, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from whichcode import packaged
from whichcode.text.decode import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    from whichcode.detector import Detector

F = TypeVar("F", bound=Callable[..., Any])


def comma_separated(ctx: click.Context, parameter: click.Parameter, value: str | None) -> list[str] | None:
    """Read ``python,c++`` as a list; used as a click callback."""
    if value is None:
        return None
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names:
        raise click.BadParameter("name at least one language", ctx, parameter)
    return names


def weights(ctx: click.Context, parameter: click.Parameter, value: str | None) -> dict[str, float] | str | None:
    """Read ``python=3,nim=0.1`` as a mapping, or the name of a packaged prior; used as a click callback."""
    if value in packaged.names("priors", ".json"):
        return value
    names = comma_separated(ctx, parameter, value)
    if names is None:
        return None
    result = {}
    for item in names:
        name, _, number = item.rpartition("=")
        try:
            result[name.strip()] = float(number)
        except ValueError as error:
            raise click.BadParameter(
                f"{item!r} is not a weight; write python=3,nim=0.1 or documentation", ctx, parameter
            ) from error
    return result


def detection_options(function: F) -> F:
    """Add the options that say which model answers, among which languages, on how much of the text."""
    for option in reversed(
        [
            click.option(
                "--model",
                default="default",
                show_default=True,
                help="A packaged model's name or a model file.",
            ),
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
