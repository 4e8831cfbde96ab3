"""The service's description of itself, in OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from whichcode import __version__
from whichcode.detector import DEFAULT_CANDIDATES
from whichcode.languages import languages
from whichcode.packaged import names
from whichcode.web.limits import MAX_EXPLAINED, Limits
from whichcode.web.requests import DEFAULT_TOP, MAX_NAMES, MAX_TOP

_PROBLEMS = {
    "400": "The body is not JSON, or did not arrive whole.",
    "408": "The body did not arrive in time.",
    "413": "The body is too large.",
    "415": "The body is not announced as application/json.",
    "422": "The body is JSON, and asks for what cannot be.",
    "503": "Too many requests at once, or no answer in time; the header Retry-After says how long to wait.",
}


def describe(known: tuple[str, ...], limits: Limits) -> dict[str, Any]:
    """Return the description of a service whose model knows the languages `known`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "whichcode",
            "version": __version__,
            "summary": "Tells which programming language a text is written in, from the content alone.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "./"}],
        "paths": {
            "/v1/detect": {
                "post": _post(
                    "detect",
                    "The language of one text, or of each of a list.",
                    {"oneOf": [_ref("Detection"), _ref("Detections")]},
                )
            },
            "/v1/explain": {
                "post": _post(
                    "explain", "The features of a text, and what each added for the answer.", "Explanation"
                )
            },
            "/v1/languages": {
                "get": _get("languages", "The languages that the model can answer, and the limits.", "Languages")
            },
            "/healthz": {"get": _get("health", "Answers as long as the service runs.", "Health")},
            "/metrics": {
                "get": {
                    "operationId": "metrics",
                    "summary": "Figures in the text format of Prometheus.",
                    "responses": {
                        "200": {
                            "description": "The figures.",
                            "content": {"text/plain": {"schema": {"type": "string"}}},
                        }
                    },
                }
            },
        },
        "components": {"schemas": _schemas(known, limits), "responses": _problem_responses()},
    }


def accepted_names(known: Iterable[str]) -> list[str]:
    """Return every name, alias and extension, in lower case, that means one of the languages `known`."""
    from whichcode.errors import InputError
    from whichcode.languages import find

    model = set(known)
    accepted = set(model)
    for language in languages():
        for name in (language.id, language.id.replace(" ", "-"), *language.aliases, *language.extensions):
            for spelling in (name.lower(), name.lower().removeprefix(".")):
                try:
                    if spelling and find(spelling).id in model:
                        accepted.add(spelling)
                except InputError:
                    continue
    return sorted(accepted)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _get(identity: str, summary: str, answer: str) -> dict[str, Any]:
    return {
        "operationId": identity,
        "summary": summary,
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": _ref(answer)}}}
        },
    }


def _post(identity: str, summary: str, answer: str | dict[str, Any]) -> dict[str, Any]:
    schema = _ref(answer) if isinstance(answer, str) else answer
    return {
        "operationId": identity,
        "summary": summary,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _ref("DetectRequest" if identity == "detect" else "ExplainRequest")}
            },
        },
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": schema}}},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _PROBLEMS},
        },
    }


def _problem_responses() -> dict[str, Any]:
    responses: dict[str, Any] = {
        status: {"description": text, "content": {"application/json": {"schema": _ref("Problem")}}}
        for status, text in _PROBLEMS.items()
    }
    responses["503"]["headers"] = {
        "Retry-After": {"required": True, "description": "Seconds to wait.", "schema": {"type": "integer"}}
    }
    return responses


def _object(properties: dict[str, Any], required: Iterable[str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
        **more,
    }


def _schemas(known: tuple[str, ...], limits: Limits) -> dict[str, Any]:
    text = {
        "type": "string",
        "pattern": "^[^\\u0000]*$",
        "description": "Of a longer text the first 1,048,576 characters are looked at. U+0000 is refused.",
    }
    share = {"type": "number", "minimum": 0, "maximum": 1}
    language = {"type": "string", "enum": list(known)}
    either = {"type": ["string", "null"], "enum": [*known, None]}
    candidates = {
        "type": "array",
        "description": "[language, probability] of the most likely languages, best first.",
        "items": {"type": "array", "items": {"anyOf": [language, share]}, "minItems": 2, "maxItems": 2},
    }
    options = {
        "among": {
            "description": "Only these languages are possible.",
            "type": ["array", "null"],
            "items": _ref("LanguageName"),
            "minItems": 1,
            "maxItems": MAX_NAMES,
        },
        "prior": {
            "description": "Weights of languages, those left out weigh 1; or the name of a packaged prior.",
            "anyOf": [
                {"type": "null"},
                {"type": "string", "enum": names("priors", ".json")},
                {
                    "type": "object",
                    "propertyNames": _ref("LanguageName"),
                    "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
                    "maxProperties": MAX_NAMES,
                },
            ],
        },
    }
    detect_options = {
        "k": {
            "description": "Candidates to name.",
            "type": ["integer", "null"],
            "minimum": 1,
            "default": DEFAULT_CANDIDATES,
        },
        **options,
        "min_confidence": {
            "description": "Below this probability the language is null.",
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "default": 0,
        },
    }
    texts = {"type": "array", "items": text, "maxItems": limits.texts}
    answer = {"language": either, "confidence": share, "candidates": candidates}
    model = {"type": "string", "description": "The identity of the model that answered."}
    return {
        "LanguageName": {
            "description": "A language's id, alias or extension. Upper case is taken for lower.",
            "type": "string",
            "enum": accepted_names(known),
        },
        "DetectRequest": {
            "oneOf": [
                _object({"text": text, **detect_options}, ["text"]),
                _object({"texts": texts, **detect_options}, ["texts"]),
            ]
        },
        "ExplainRequest": _object(
            {
                "text": text,
                "top": {
                    "description": "Features to list, strongest first.",
                    "type": ["integer", "null"],
                    "minimum": 1,
                    "maximum": MAX_TOP,
                    "default": DEFAULT_TOP,
                },
                **options,
            },
            ["text"],
        ),
        "Detection": _object({"model": model, **answer}),
        "Detections": _object({"model": model, "results": {"type": "array", "items": _object(answer)}}),
        "Explanation": _object(
            {
                "model": model,
                "language": either,
                "runner_up": {
                    **either,
                    "description": "What the language is compared with; null: nothing to explain.",
                },
                "candidates": candidates,
                "log_odds": {
                    "description": "ln of the two probabilities' ratio: baseline + features + others.",
                    "type": ["number", "null"],
                },
                "baseline": {"description": "What was there before any feature.", "type": ["number", "null"]},
                "features": {
                    "type": "array",
                    "items": _object(
                        {
                            "feature": {"type": "string"},
                            "shown": {"description": "The feature as people read it.", "type": "string"},
                            "count": {"type": "integer", "minimum": 1},
                            "added": {"description": "Natural-log odds; 0.69 doubles them.", "type": "number"},
                        }
                    ),
                },
                "others": {"description": "What the features that are not listed added.", "type": "number"},
                "spans": {
                    "description": "[start, end, added] of tokens, in characters (code points) of the text.",
                    "type": "array",
                    "items": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
                },
                "characters": {
                    "description": f"Characters, from the text's start, looked at; {MAX_EXPLAINED} at most.",
                    "type": "integer",
                },
            }
        ),
        "Languages": _object(
            {
                "model": model,
                "languages": {
                    "type": "array",
                    "items": _object(
                        {
                            "id": {"type": "string"},
                            "name": {"type": "string"},
                            "aliases": {"type": "array", "items": {"type": "string"}},
                            "extensions": {"type": "array", "items": {"type": "string"}},
                        }
                    ),
                },
                "limits": _object(
                    {
                        name: {"type": "number"}
                        for name in ("body_bytes", "texts", "seconds", "explained_characters")
                    }
                ),
            }
        ),
        "Health": _object(
            {"status": {"type": "string", "enum": ["ok"]}, "model": model, "version": {"type": "string"}}
        ),
        "Problem": _object({"error": _object({"code": {"type": "string"}, "message": {"type": "string"}})}),
    }
