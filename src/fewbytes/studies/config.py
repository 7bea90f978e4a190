"""What a study is asked to do, from the command line, Python or a TOML file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from fewbytes.codecs import Codec, expand
from fewbytes.codecs.registry import suggestion
from fewbytes.errors import StudyError
from fewbytes.learn.models import check_model
from fewbytes.learn.recipe import QUICK, Recipe

RAW = "identity | uint8 | raw"
"""The reference of every study: the images as they are."""

DEFAULT_CODECS = (
    "dct:16 | uniform:8 | zstd",
    "projection:256 | uniform:8 | zstd",
    "downsample:16:antialias=true | uint8 | zstd",
    "downsample:16:antialias=true | otsu | zstd",
)
"""The four ways of keeping 256 values an image that the first study compared."""

QUICK_IMAGES = 12_000
VIEWS = ("auto", "code", "image")


@dataclass(frozen=True)
class StudyConfig:
    """A study as asked for. `codecs` may hold sweeps; the raw images need not be named."""

    source: str = "mnist"
    codecs: tuple[str, ...] = DEFAULT_CODECS
    views: tuple[str, ...] = ("auto",)
    models: tuple[str, ...] = ("auto",)
    seeds: int = 3
    train_images: int | None = None
    """Train on the first so many images of each seed's training part; None for all."""
    validation_share: float | None = None
    """Of the training split, held out by each seed to validate on; None for a tenth, 5,000 images
    at most."""
    fingerprint: str = ""
    """Of the images and labels, noted when the study runs."""
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        if not isinstance(self.source, str) or not self.source:
            raise StudyError(f"source must be a text such as 'mnist', not {self.source!r}")
        for name in ("codecs", "views", "models"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(word, str) for word in value):
                raise StudyError(f"{name} must be a list of texts, not {value!r}")
            object.__setattr__(self, name, tuple(value))
            if not value:
                raise StudyError(f"{name} is empty: give at least one")
        for view in self.views:
            if view not in VIEWS:
                hint = suggestion(view, VIEWS)
                raise StudyError(f"no view is named {view!r}{hint}; the views are code and image")
        for model in self.models:
            check_model(model)
        if not isinstance(self.seeds, int) or self.seeds < 1:
            raise StudyError(f"seeds must be a whole number of at least 1, not {self.seeds!r}")
        if self.train_images is not None and (
            not isinstance(self.train_images, int) or self.train_images < 100
        ):
            raise StudyError(f"train_images must be at least 100, not {self.train_images!r}")
        share = self.validation_share
        if share is not None and not (isinstance(share, float) and 0 < share < 1):
            raise StudyError(f"validation_share must lie between 0 and 1, not {share!r}")
        self.all_codecs()

    def all_codecs(self) -> list[Codec]:
        """Every codec, sweeps expanded, without repeats, the raw images first."""
        texts = [RAW, *(text for spec in self.codecs for text in expand(spec))]
        return list({str(codec): codec for codec in map(Codec.parse, texts)}.values())

    def quick(self) -> Self:
        """The same question in under a minute: one seed, fewer images, a short training."""
        return replace(self, seeds=1, train_images=QUICK_IMAGES, recipe=QUICK)

    def to_toml(self) -> str:
        """The resolved configuration, every default written out; `from_toml` reads it back."""
        resolved = asdict(replace(self, codecs=tuple(map(str, self.all_codecs()))))
        recipe = resolved.pop("recipe")
        lines = [f"{key} = {_toml(value)}" for key, value in resolved.items() if value]
        lines += ["", "[recipe]"]
        lines += [f"{key} = {_toml(value)}" for key, value in recipe.items()]
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """The study that a TOML file describes.

        Raises:
            StudyError: unreadable, not TOML, an unknown key, or a value of the wrong kind.
        """
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise StudyError(f"{path}: {error}") from error
        recipe = table.pop("recipe", {})
        _check_keys(table, cls, str(path))
        if not isinstance(recipe, dict):
            raise StudyError(f"{path}: recipe must be a table, written as [recipe]")
        _check_keys(recipe, Recipe, f"{path}: [recipe]")
        try:
            return cls(**table, recipe=Recipe(**recipe))
        except StudyError as error:
            raise StudyError(f"{path}: {error}") from error
        except TypeError as error:
            raise StudyError(f"{path}: a value is of the wrong kind: {error}") from error


def _toml(value: Any) -> str:
    """Texts, numbers and lists of them are written in TOML as in JSON, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _check_keys(table: dict[str, Any], cls: type[Any], where: str) -> None:
    known = [f.name for f in fields(cls)]
    for key in table:
        if key not in known:
            raise StudyError(
                f"{where}: unknown key {key!r}{suggestion(key, known)}; "
                f"the keys are {', '.join(known)}"
            )
