"""What a stage is: the contract every selection, transform, quantizer and coder keeps.

A codec is a row `selection? transform* quantizer? coder?`:

    selection   training images -> which of them are kept; it changes none
    transform   images or real coefficients -> real coefficients
    quantizer   real coefficients -> symbols (integers of a finite alphabet, or float32)
    coder       symbols -> bytes, exactly invertible unless it is a `lossy` image format

A stage is a frozen dataclass: its fields are its configuration, checked once, in `__post_init__`,
and its class variables declare its kind. Nothing is guessed from behaviour. What a stage learns is
its *state*, a mapping of tensors that lives outside it and is handed to every call.

Learning is a sum over chunks, so that a set may be larger than memory, or be spread over
processes, and still be fitted exactly: `statistic(chunk)` is what one chunk contributes, `combine`
joins two contributions (by default it adds), `finish` turns the total into the state. Contributions
are of bounded size, whatever the number of images, and sums in them are int64 or float64.

Every method works on a batch, never on one record, and on the device its tensors lie on.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import CodecError
from fewbytes.types import Images, Labels, Shape, State

if TYPE_CHECKING:
    import torch


class Domain(enum.Enum):
    """The range that values are known to lie in before any data is seen."""

    PIXEL = "pixel values (0 to 255)"
    UNIT = "mask values (0 to 1)"
    REAL = "real coefficients"

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value; infinite for REAL."""
        return {"PIXEL": (0.0, 255.0), "UNIT": (0.0, 1.0)}.get(self.name, (-np.inf, np.inf))


@dataclass(frozen=True)
class Signal:
    """What flows between two stages: the shape of one record, its domain, and whether the first
    two axes are rows and columns of a picture.
    """

    shape: Shape
    domain: Domain = Domain.PIXEL
    spatial: bool = True

    @property
    def size(self) -> int:
        """Values per record."""
        return int(np.prod(self.shape))


@dataclass(frozen=True)
class Symbols:
    """What a coder codes: the shape of one code, and how many different symbols there are
    (None: float32 numbers, which have no finite alphabet worth naming).
    """

    shape: Shape
    alphabet: int | None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The little-endian type that one symbol takes in bytes: uint8, uint16 or float32."""
        if self.alphabet is None:
            return np.dtype("<f4")
        return np.dtype("u1") if self.alphabet <= 1 << 8 else np.dtype("<u2")

    @property
    def bits(self) -> int:
        """Bits that one symbol takes when packed tightly."""
        return 32 if self.alphabet is None else max(1, (self.alphabet - 1).bit_length())

    @property
    def size(self) -> int:
        """Symbols per record."""
        return int(np.prod(self.shape))


def argument(help: str, default: Any = MISSING) -> Any:
    """A configuration field that is written by its place alone, as in `dct:16`."""
    return field(default=default, metadata={"help": help, "positional": True})


def option(default: Any, help: str, choices: Sequence[str] | None = None) -> Any:
    """A configuration field that is written with its name, as in `antialias=true`; where
    `choices` are given, one of them.
    """
    extra = {} if choices is None else {"choices": tuple(choices)}
    return field(default=default, metadata={"help": help, **extra})


def as_size(size: int | Sequence[int], owner: str) -> tuple[int, int]:
    """(rows, columns) from 16 or (12, 16). Raises CodecError in the name of `owner`."""
    rows, columns = (size, size) if isinstance(size, int) else size
    if min(rows, columns) < 1:
        raise CodecError(f"{owner}: size must be at least 1, not {rows}x{columns}")
    return (int(rows), int(columns))


@dataclass(frozen=True)
class Stage(ABC):
    """One step of a codec. See the module's docstring for the contract."""

    name: ClassVar[str]
    """The word users type."""
    lossy: ClassVar[bool] = True
    learned: ClassVar[bool] = False
    """Needs `fit`: `finish` returns a state."""
    linear: ClassVar[bool] = False
    """Output is a linear (or affine) function of the input."""
    spatial: ClassVar[bool] = False
    """Rows and columns of the input are rows and columns of the output."""
    seeded: ClassVar[bool] = False
    """What is learned, or chosen, depends on the seed."""
    keyed: ClassVar[bool] = False
    """Encoding and decoding need a secret key that is not stored; the field `key` is its name."""
    supervised: ClassVar[bool] = False
    """Looks at labels to choose codes or records. (A coder that uses labels changes no code.)"""

    def config(self) -> dict[str, Any]:
        """The configuration as plain JSON values, the stage's name first."""
        return {"name": self.name, **{f.name: getattr(self, f.name) for f in fields(self)}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The inverse of `config`. Raises CodecError for an option the stage does not have."""
        options = {key: value for key, value in config.items() if key != "name"}
        unknown = sorted(options.keys() - {f.name for f in fields(cls)})
        if unknown:
            raise CodecError(f"{cls.name} has no option {unknown[0]!r}")
        return cls(**options)

    def require(self, ok: bool, what: str) -> None:
        """Raise CodecError naming this stage unless `ok`."""
        if not ok:
            raise CodecError(f"{self.name}: {what}")

    def statistic(self, x: torch.Tensor, signal: Any, seed: int) -> State:
        """What one chunk of inputs, (n, *shape), contributes to what is learned."""
        raise NotImplementedError(f"{self.name} learns nothing")

    def labelled_statistic(
        self, x: torch.Tensor, labels: torch.Tensor | None, signal: Any, seed: int
    ) -> State:
        """`statistic`, for a stage that reads labels: (n,) int64, or None where there are none."""
        return self.statistic(x, signal, seed)

    def combine(self, a: State, b: State) -> State:
        """Two contributions joined. Associative."""
        return {key: a[key] + b[key] for key in a}

    def finish(self, total: State, signal: Any, seed: int) -> State:
        """The state, from the contributions of all chunks."""
        return total


class Selection(Stage):
    """Chooses which training records are kept; the other splits stay whole.

    A set may be larger than memory: what is kept of each image is a description of bounded size,
    made of it alone. When all have passed by, the choice is made from the descriptions.

    It is not `lossy`: that speaks of decoded images, and those that are kept do not change. It is
    `supervised` where it looks at labels, and `seeded` where another seed makes another choice.
    """

    lossy: ClassVar[bool] = False
    spatial: ClassVar[bool] = True

    @abstractmethod
    def describe(self, images: Images) -> NDArray[Any]:
        """Images (n, h, w, c) uint8 to descriptions (n, values), as few bytes as will do."""

    @abstractmethod
    def choose(self, descriptions: NDArray[Any], labels: Labels, seed: int) -> NDArray[np.int64]:
        """Places of the records kept, (k,), ascending; k is at least 1. What is described is all
        training records in order: descriptions (n, values), labels (n,), n at least 1.
        """


class Transform(Stage):
    """Images or coefficients to coefficients."""

    needs_picture: ClassVar[bool] = False
    """The input must have rows and columns."""
    accepts: ClassVar[frozenset[Domain]] = frozenset(Domain)
    produces: ClassVar[Domain | None] = Domain.REAL
    """The output's domain; None where it is the input's."""

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Shape of one output record. Raises CodecError where the input does not fit."""

    @abstractmethod
    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        """(n, *shape) -> (n, *output_shape).

        Images are uint8; what is made of them is float32, or uint8 where that holds it exactly.
        `x` must not be changed.
        """

    @abstractmethod
    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        """(n, *output_shape) float32 -> (n, *shape) float32, the best the stage can do.
        `signal` describes the input of `forward`.
        """

    def output(self, signal: Signal) -> Signal:
        """What comes out when `signal` goes in."""
        return Signal(
            self.output_shape(signal.shape),
            self.produces or signal.domain,
            self.spatial and signal.spatial,
        )


class Quantizer(Stage):
    """Coefficients to symbols: one symbol for one coefficient, unless `symbol_shape` says else."""

    spatial: ClassVar[bool] = True
    accepts: ClassVar[frozenset[Domain]] = frozenset(Domain)
    exact_on_pixels: ClassVar[bool] = False
    """Whole numbers from 0 to 255 come back unchanged."""

    @property
    @abstractmethod
    def alphabet(self) -> int | None:
        """How many symbols there are, at most 65,536; None for float32."""

    def symbol_shape(self, shape: Shape) -> Shape:
        """Shape of the symbols of one record of coefficients of `shape`. Raises CodecError where
        the coefficients do not fit.
        """
        return shape

    @abstractmethod
    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        """(n, *shape) -> symbols (n, *symbol_shape): uint8 up to 256 symbols, int32 above, or
        float32. Values outside what was fitted go to the nearest symbol.
        """

    @abstractmethod
    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        """Symbols (n, *symbol_shape) -> float32 coefficients (n, *shape)."""


class Coder(Stage):
    """Symbols to bytes. Works on NumPy arrays of a whole block. Exactly invertible, unless it is an
    image format that declares itself `lossy`: then `unpack` gives symbols that are near.
    """

    lossy: ClassVar[bool] = False
    spatial: ClassVar[bool] = True

    def check(self, symbols: Symbols) -> None:
        """Raise CodecError where this coder cannot code such symbols."""

    @abstractmethod
    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        """Codes (n, *shape) of type `symbols.dtype` to bytes."""

    @abstractmethod
    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        """The inverse of `pack`. Raises CorruptError where the bytes are not n codes."""
