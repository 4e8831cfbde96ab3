"""From the bytes of a body to what is asked, every value checked; as `/openapi.json` describes it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from whichcode.detector import DEFAULT_CANDIDATES
from whichcode.packaged import names
from whichcode.web.limits import Limits
from whichcode.web.problems import ProblemError

MAX_NAMES = 1000
"""Languages in `among` and `prior`."""

MAX_NAME = 100
"""Characters of a language's name; a longer one is not quoted back."""

DEFAULT_TOP, MAX_TOP = 20, 1000
"""Features that an explanation lists."""


@dataclass(frozen=True, slots=True)
class DetectRequest:
    """What `/v1/detect` is asked; `one` tells whether a single text was given and not a list."""

    texts: list[str]
    one: bool
    k: int
    among: list[str] | None
    prior: dict[str, float] | str | None
    min_confidence: float


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What `/v1/explain` is asked."""

    text: str
    top: int
    among: list[str] | None
    prior: dict[str, float] | str | None


def parse_detect(body: bytes, limits: Limits) -> DetectRequest:
    """Return what the body asks.

    Raises:
        ProblemError: 400, it is not JSON; 422, it asks for what cannot be.
    """
    fields = _fields(body, {"text", "texts", "k", "among", "prior", "min_confidence"})
    if ("text" in fields) == ("texts" in fields):
        raise _wrong("give either 'text', a string, or 'texts', a list of strings")
    one = "text" in fields
    texts = [fields["text"]] if one else fields["texts"]
    if not isinstance(texts, list):
        raise _wrong("'texts' must be a list of strings")
    if len(texts) > limits.texts:
        raise ProblemError(422, "too_many_texts", f"'texts' holds {len(texts)} texts; send {limits.texts} at most")
    for number, text in enumerate(texts):
        _check_text(text, "'text'" if one else f"item {number} of 'texts'")
    return DetectRequest(
        texts,
        one,
        _whole(fields, "k", DEFAULT_CANDIDATES),
        _among(fields),
        _prior(fields),
        _share(fields, "min_confidence"),
    )


def parse_explain(body: bytes) -> ExplainRequest:
    """Return what the body asks; errors as `parse_detect`."""
    fields = _fields(body, {"text", "top", "among", "prior"})
    if "text" not in fields:
        raise _wrong("give 'text', a string")
    _check_text(fields["text"], "'text'")
    top = _whole(fields, "top", DEFAULT_TOP)
    if top > MAX_TOP:
        raise _wrong(f"'top' must be {MAX_TOP} at most")
    return ExplainRequest(fields["text"], top, _among(fields), _prior(fields))


def _wrong(message: str) -> ProblemError:
    return ProblemError(422, "invalid_request", message)


def _fields(body: bytes, known: set[str]) -> dict[str, Any]:
    try:
        fields = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise ProblemError(400, "invalid_json", f"the body is not UTF-8: byte {error.start} is wrong") from error
    except RecursionError as error:
        raise ProblemError(400, "invalid_json", "the body is JSON nested too deeply") from error
    except ValueError as error:
        # A number of thousands of digits ends here too, and Python's sentence on it helps nobody.
        place = f": {error}" if isinstance(error, json.JSONDecodeError) else ""
        raise ProblemError(400, "invalid_json", f"the body is not JSON{place}") from error
    if not isinstance(fields, dict):
        raise _wrong('the body must be an object, such as {"text": "x = 1"}')
    unknown = sorted(set(fields) - known)
    if unknown:
        raise _wrong(f"there is no field {unknown[0][:MAX_NAME]!r}; the fields are {', '.join(sorted(known))}")
    return fields


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_text(text: object, name: str) -> None:
    if not isinstance(text, str):
        raise _wrong(f"{name} must be a string")
    if "\0" in text:
        raise ProblemError(422, "binary", f"{name} is binary: it holds NUL characters")


def _whole(fields: dict[str, Any], name: str, default: int) -> int:
    value = fields.get(name)
    if value is None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(f"'{name}' must be a whole number, 1 or more")
    return value


def _share(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise _wrong(f"'{name}' must be a number from 0 to 1")
    return float(value)


def _among(fields: dict[str, Any]) -> list[str] | None:
    value = fields.get("among")
    if value is None:
        return None
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_NAMES:
        raise _wrong(f"'among' must be a list of 1 to {MAX_NAMES} names of languages")
    return [_name(name, "among") for name in value]


def _prior(fields: dict[str, Any]) -> dict[str, float] | str | None:
    value = fields.get("prior")
    if value is None or (isinstance(value, str) and value in names("priors", ".json")):
        return value
    if not isinstance(value, dict) or len(value) > MAX_NAMES:
        raise _wrong(
            f"'prior' must be one of {', '.join(names('priors', '.json'))}, or an object of {MAX_NAMES} weights "
            'at most, such as {"python": 3}'
        )
    for name, weight in value.items():
        _name(name, "prior")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < math.inf:
            raise _wrong("each weight of 'prior' must be a finite number above 0; 'among' leaves languages out")
    return value


def _name(name: object, field: str) -> str:
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise _wrong(f"'{field}' must name languages by strings of {MAX_NAME} characters at most")
    return name
