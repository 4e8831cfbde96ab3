"""What a text may be before it is read: the languages that are possible, and how likely each is."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import TYPE_CHECKING

from whichcode.errors import InputError
from whichcode.packaged import names, read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whichcode.model.artefact import Model


class Possible:
    """The languages of a model, found by any of their names.

    Args:
        model: whose languages can be answered.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._row = {language: i for i, language in enumerate(model.languages)}

    def restriction(
        self, among: Iterable[str] | None, prior: Mapping[str, float] | str | None
    ) -> list[float] | None:
        """Return what is added to each logit: ln of the prior, minus infinity for what is impossible.

        Args:
            among: as for `whichcode.Detector.detect`.
            prior: as for `whichcode.Detector.detect`.

        Returns:
            [languages], or None where neither is given.

        Raises:
            InputError: one of them names a language that the model does not know, or leaves none; a weight is
                negative or not finite, or the prior names a language twice.
        """
        if among is None and prior is None:
            return None
        languages = self._model.languages
        if isinstance(among, str):
            raise InputError(f"among must be a list of languages, not one text: write [{among!r}]")
        extra = [0.0] * len(languages) if among is None else [-math.inf] * len(languages)
        for name in among or ():
            extra[self._find(name)] = 0.0
        if isinstance(prior, str):
            prior = packaged_prior(prior, languages)
        if prior is not None and not hasattr(prior, "items"):
            raise InputError(f"prior must map languages to weights, not be a {type(prior).__name__}")
        named: dict[int, str] = {}
        for name, weight in (prior or {}).items():
            if not 0 <= weight < math.inf:
                raise InputError(f"the prior of {name!r} is {weight}; a weight must be 0 or more and finite")
            row = self._find(name)
            if named.setdefault(row, name) != name:
                raise InputError(f"the prior names {languages[row]} twice, as {named[row]!r} and as {name!r}")
            extra[row] += math.log(weight) if weight else -math.inf
        if max(extra) == -math.inf:
            raise InputError("no language is left to choose from: name at least one with a weight above 0")
        return extra

    def _find(self, name: str) -> int:
        if not isinstance(name, str):
            raise InputError(f"a language is named by a text, not by {name!r}")
        row = self._row.get(name)
        if row is None:
            from whichcode.languages import find, suggestion

            try:
                row = self._row.get(find(name).id)
            except InputError:
                row = None
        if row is None:
            near = suggestion(name.lower(), {known: known for known in self._row})
            others = f"; it knows {len(self._row)} others"
            raise InputError(f"the model {self._model.id} does not know the language {name!r}{near or others}")
        return row


@cache
def packaged_prior(name: str, languages: tuple[str, ...]) -> dict[str, float]:
    """Return the packaged prior called `name`: a weight above 0 for each of `languages`.

    Raises:
        InputError: there is none of that name.
    """
    if name not in names("priors", ".json"):
        raise InputError(f"there is no prior {name!r}; give {', '.join(names('priors', '.json'))}, or weights")
    stored = json.loads(read_data(f"priors/{name}.json"))
    return {language: stored["weights"].get(language, stored["others"]) for language in languages}
