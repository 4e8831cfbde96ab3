"""A configuration: everything that makes one detector differ from another.

The seed's detector and the flagship are one architecture; each is a TOML file in `whichcode/data/configs`
whose comments explain every value, and users write their own the same way. A file that leaves an option out
gets the default here, which is the seed's, or what its ``base`` says.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from whichcode.errors import ConfigError
from whichcode.features.bag import Damping
from whichcode.features.spec import FeatureSpec
from whichcode.packaged import DATA, names


@dataclass(frozen=True, slots=True)
class VocabularyConfig:
    """Which features are counted.

    Attributes:
        selection: ``count`` (as published) or ``distinctive``.
        min_count: with ``count``, occurrences in the training windows that a feature must exceed.
        size: with ``distinctive``, how many are kept.
        min_documents: with ``distinctive``, documents (groups) that a feature must be in.
        max_characters: with ``distinctive``, of each document that are looked at.
        unit_documents: with ``distinctive``, documents of one language that are looked at of each unit: a
            repository, or an author of a collection.
    """

    selection: Literal["count", "distinctive"] = "count"
    min_count: int = 200
    size: int = 20_000
    min_documents: int = 3
    max_characters: int = 32_768
    unit_documents: int = 1_000_000


@dataclass(frozen=True, slots=True)
class WeightConfig:
    """The weight of a feature that occurs c times.

    Attributes:
        damping: ``count`` (as published), ``log``, ``sqrt`` or ``presence``.
        normalise: divide by the Euclidean length of the bag's weights.
    """

    damping: Damping = "count"
    normalise: bool = False


@dataclass(frozen=True, slots=True)
class WindowConfig:
    """The windows of lines that the network is trained on.

    Attributes:
        min_lines: of a window.
        max_lines: of a window.
        length: how a length is drawn: ``uniform`` in lines, or ``log-uniform`` (short ones are likelier).
        coverage: windows drawn from a document for each of its lines ("up to once the file's length").
        per_document: most windows drawn from one document, before `per_language` scales them.
        per_language: windows of a language in an epoch, their mean over languages; 0 leaves them as the
            documents give them.
        breadth: the windows of a language grow with this power of the number of its repositories (documents,
            where there are none); 0 gives all languages as many. What is drawn more often is answered more
            often where a text leaves it open.
        fences: and with this power of the number of its repositories that have blocks of documentation in it, and
            one: what people show each other is what they ask about.
        breadth_limit: repositories beyond which a language's windows grow no more: it is popular enough.
        balance: ``documents``: a document counts for its length, up to `per_document`; ``repositories``: all of
            one repository together for the root of that, and so all of one kind of `text`: prose, mail, logs (with
            `per_language`).
        whole_file: share of windows that are the whole document instead.
        comments: ``skip`` draws a window again that is all comment; ``keep`` takes it: people paste comments, too,
            and their marks narrow the language down.
        signs: ``required`` draws a window again that does not show its language where files of it hold
            others (`whichcode.corpus.signs.SIGNS`), and leaves out documents that nowhere do; ``ignored`` takes
            them.
        bare: ``skip`` draws a window again that has hardly a word (`whichcode.text.snippets.is_informative`);
            ``keep`` takes it: a lone bracket says how little is known.
        text: texts that are not code are drawn so many times as often as `breadth` and `fences` say.
        blocks: blocks of documentation, but those of collections (`Document.author`), are drawn so many times as
            often as the rest of a language (with `per_language`): they are what people paste.
    """

    min_lines: int = 5
    max_lines: int = 20
    length: Literal["uniform", "log-uniform"] = "uniform"
    coverage: float = 1.0
    per_document: int = 500
    per_language: int = 0
    breadth: float = 0.0
    fences: float = 0.0
    breadth_limit: int = 1_000_000
    balance: Literal["documents", "repositories"] = "documents"
    whole_file: float = 0.0
    comments: Literal["skip", "keep"] = "skip"
    signs: Literal["required", "ignored"] = "ignored"
    bare: Literal["skip", "keep"] = "skip"
    text: float = 1.0
    blocks: float = 1.0


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The layers.

    Attributes:
        width: of the bag layer (ELU).
        hidden: widths of the dense layers (ELU) after it; the seed has none.
        dropout: before the head, while training.
        feature_dropout: share of a bag's features left out, while training.
        head: activation of the logits: ``linear``, or ``relu``, the published mistake.
        bits: in which a number of the bag layer's rows is stored: 8, or 4, which halves the file
            (`whichcode.model.rows`).
    """

    width: int = 96
    hidden: tuple[int, ...] = ()
    dropout: float = 0.2
    feature_dropout: float = 0.0
    head: Literal["linear", "relu"] = "linear"
    bits: Literal[4, 8] = 8


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """The loop.

    Attributes:
        epochs: over the windows.
        batch_size: windows.
        learning_rate: of Adam.
        schedule: ``constant``, or ``cosine`` down to a twentieth.
        l2: coefficient of half the squared weights of every layer, added to the loss (0.01 in the script,
            which created the term but never added it: 0 reproduces what was published).
        l2_bag_layer: whether the term covers the bag layer too.
        label_smoothing: share of the target that all languages are given alike (Szegedy et al. 2016, "Rethinking
            the Inception architecture for computer vision", section 7).
        start_share: where the training started from a model: the share of the start's weights in the mean of those
            and the trained ones that is kept; of the temperatures too (Wortsman et al. 2022, "Robust fine-tuning
            of zero-shot models").
        last_batch: ``keep`` it short; ``pad`` it with zero rows of class 0, as published; ``drop`` it.
        log_every: iterations between two log lines.
        checkpoint_every: iterations between two checkpoints, besides one at the end of each epoch.
        calibration: ``none``, or ``evidence``: a temperature that depends on the features found.
        calibration_power: a language counts in fitting it as often as it is drawn, to this power. Drawing is
            damped, so that rare languages are learnt; people ask about popular ones more often than that, and
            over 1 the confidence fits what they ask.
    """

    epochs: int = 50
    batch_size: int = 1024
    learning_rate: float = 1e-3
    schedule: Literal["constant", "cosine"] = "constant"
    l2: float = 0.01
    l2_bag_layer: bool = True
    label_smoothing: float = 0.0
    start_share: float = 0.0
    last_batch: Literal["keep", "pad", "drop"] = "keep"
    log_every: int = 5
    checkpoint_every: int = 200
    calibration: Literal["none", "evidence"] = "none"
    calibration_power: float = 1.0


@dataclass(frozen=True, slots=True)
class Config:
    """One detector's configuration; see the sections' classes. Models' ids begin with its `name`."""

    name: str = "custom"
    features: FeatureSpec = field(default_factory=FeatureSpec)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    weights: WeightConfig = field(default_factory=WeightConfig)
    windows: WindowConfig = field(default_factory=WindowConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable():
            raise ConfigError(f"option name is {self.name!r}; it must be printable and not blank")
        for option, (lowest, highest) in _RANGES.items():
            section, name = option.split(".")
            value = getattr(getattr(self, section), name)
            for number in value if isinstance(value, tuple) else (value,):
                # Written so that NaN, which is neither less nor more, is refused.
                if not lowest <= number <= highest:
                    raise ConfigError(f"option {option} is {value}; it must be from {lowest} to {highest}")
        if self.windows.max_lines < self.windows.min_lines:
            raise ConfigError("option windows.max_lines is less than windows.min_lines")
        if self.network.bits == 4 and self.network.width % 2:
            raise ConfigError("option network.width is odd; with network.bits = 4 two columns share a byte")

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries, lists, strings and numbers, as in a TOML or JSON file."""
        plain: dict[str, Any] = dataclasses.asdict(self)
        plain["network"]["hidden"] = list(self.network.hidden)
        return plain

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Config:
        """Check and build a configuration; raises `ConfigError` naming the option that is wrong."""
        config: Config = _build(cls, data, "")
        return config


_MANY = 10**9
_RANGES: dict[str, tuple[float, float]] = {
    "features.ngrams": (1, 16),
    "features.shapes": (0, 16),
    "vocabulary.min_count": (0, _MANY),
    "vocabulary.size": (1, 10**8),
    "vocabulary.min_documents": (1, _MANY),
    "vocabulary.max_characters": (1, _MANY),
    "vocabulary.unit_documents": (1, _MANY),
    "windows.min_lines": (1, 10**6),
    "windows.max_lines": (1, 10**6),
    "windows.coverage": (0, 1000),
    "windows.per_document": (1, 10**6),
    "windows.per_language": (0, 10**8),
    "windows.breadth": (0, 1),
    "windows.fences": (0, 1),
    "windows.breadth_limit": (1, _MANY),
    "windows.text": (0.01, 100),
    "windows.blocks": (0.01, 100),
    "windows.whole_file": (0, 0.99),
    "network.width": (1, 1 << 16),
    "network.hidden": (1, 1 << 16),
    "network.dropout": (0, 0.99),
    "network.feature_dropout": (0, 0.99),
    "training.epochs": (1, 10**6),
    "training.batch_size": (1, 10**8),
    "training.learning_rate": (1e-12, 100),
    "training.l2": (0, 10**6),
    "training.label_smoothing": (0, 0.99),
    "training.start_share": (0, 0.99),
    "training.calibration_power": (0, 4),
    "training.log_every": (1, _MANY),
    "training.checkpoint_every": (1, _MANY),
}
"""What each number of a configuration may be, both ends included."""


def packaged_configs() -> list[str]:
    """Return the names of the configurations that come with the package."""
    return names("configs", ".toml")


def load_config(name: str) -> Config:
    """Return the packaged configuration called `name`, or the one in the TOML file at that path.

    A file may begin with ``base = "compact"``: what it leaves out is as in that packaged configuration.

    Raises:
        ConfigError: there is neither, the file is not TOML, or an option is unknown or impossible.
    """
    if name in packaged_configs():
        text = (DATA / "configs" / f"{name}.toml").read_text("utf-8")
    elif name.endswith(".toml"):
        try:
            text = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name}: the configuration cannot be read ({error})") from error
    else:
        raise ConfigError(
            f"there is no configuration {name!r}; give {', '.join(packaged_configs())} or a .toml file"
        )
    try:
        return Config.from_dict({"name": Path(name).stem} | _with_base(text))
    except (ValueError, RecursionError) as error:  # tomllib's errors are ValueErrors
        raise ConfigError(f"{name}: not TOML: {error}") from error
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error


def _with_base(text: str) -> dict[str, Any]:
    """Return the options of a TOML text, over those of its base."""
    import tomllib  # not needed to detect: a model file brings its configuration

    plain = tomllib.loads(text)
    base = plain.pop("base", None)
    if base is None:
        return plain
    if base not in packaged_configs():
        raise ConfigError(f"option base is {base!r}; it must be one of {', '.join(packaged_configs())}")
    merged = load_config(base).to_dict() | {"name": plain.pop("name", None)}
    for section, options in plain.items():
        known = merged.get(section)
        merged[section] = known | options if isinstance(known, dict) and isinstance(options, dict) else options
    return {key: value for key, value in merged.items() if value is not None}


def _build(cls: type[Any], data: Any, prefix: str) -> Any:
    if not isinstance(data, dict):
        raise ConfigError(f"{prefix.rstrip('.') or 'the configuration'} must be a table of options")
    hints = get_type_hints(cls)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise ConfigError(f"unknown option {prefix}{unknown[0]}; there are {', '.join(sorted(hints))}")
    values = {name: _value(hints[name], value, f"{prefix}{name}") for name, value in data.items()}
    return cls(**values)


def _value(hint: Any, value: Any, option: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value, f"{option}.")
    origin = get_origin(hint)
    if origin is Literal:
        choices = get_args(hint)
        if value not in choices or type(value) is not type(choices[0]):  # 8.0 and True are numbers, too
            raise ConfigError(f"option {option} is {value!r}; it must be one of {', '.join(map(str, choices))}")
        return value
    if origin is tuple:
        if not isinstance(value, list | tuple) or not all(type(item) is int for item in value):
            raise ConfigError(f"option {option} must be a list of whole numbers")
        return tuple(value)
    if hint is float and type(value) is int:
        try:
            return float(value)
        except OverflowError as error:
            raise ConfigError(
                f"option {option} is a number of {len(str(value))} digits, which is too large"
            ) from error
    if type(value) is not hint:
        raise ConfigError(f"option {option} is {value!r}; it must be of type {hint.__name__}")
    return value
