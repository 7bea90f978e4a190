"""Small networks, chosen by the shape of what they are fed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from fewbytes.codecs.registry import suggestion
from fewbytes.errors import InputError, StudyError
from fewbytes.types import Shape

SMALLEST_PICTURE = 8
"""Rows and columns below which a picture is fed to an MLP."""

LARGE_PICTURE = 24
"""Rows and columns from which on a picture's first convolution has a stride."""


class Block(nn.Sequential):
    """Convolution, optional 2x2 max-pooling, batch normalisation, ReLU.

    Pooling comes before the normalisation, which then has a quarter of the values to touch.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, pool: bool = False
    ) -> None:
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        pooling = [nn.MaxPool2d(2)] if pool else []
        super().__init__(convolution, *pooling, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class ConvNet(nn.Module):
    """Four convolutions of 16, 32, 64 and 64 channels and a linear layer.

    The first halves pictures of 24 rows and columns or more by a stride; the second and the third
    halve every picture by pooling.
    """

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__()
        if len(shape) != 3 or min(shape[:2]) < SMALLEST_PICTURE:
            raise InputError(
                f"cnn needs pictures of at least {SMALLEST_PICTURE}x{SMALLEST_PICTURE}, "
                f"not inputs of shape {shape}; use mlp"
            )
        channels = shape[2]
        large = min(shape[:2]) >= LARGE_PICTURE
        self.features = nn.Sequential(
            Block(channels, 16, kernel=5, stride=2) if large else Block(channels, 16),
            Block(16, 32, pool=True),
            Block(32, 64, pool=True),
            Block(64, 64),
            nn.Flatten(),
        )
        self.head = nn.Linear(_outputs(self.features, (channels, *shape[:2])), classes)

    def forward(self, x: Tensor) -> Tensor:
        """Standardised pictures (n, channels, height, width) to logits (n, classes)."""
        logits: Tensor = self.head(self.features(x))
        return logits


def _outputs(features: nn.Module, shape: Shape) -> int:
    """How many values `features` makes of one input."""
    features.eval()
    with torch.no_grad():
        values: Tensor = features(torch.zeros(1, *shape))
    return values.numel()


class MLP(nn.Module):
    """Noise, then linear, batch normalisation, GELU, twice, then the classes.

    The noise is Gaussian, of half the inputs' standard deviation, in training only: it does for
    coefficients what shifts do for pictures.
    """

    def __init__(
        self, shape: Shape, classes: int, units: Sequence[int] = (512, 256), noise: float = 0.5
    ) -> None:
        super().__init__()
        self.noise = noise
        inputs = int(torch.Size(shape).numel())
        layers: list[nn.Module] = [nn.Flatten()]
        for outputs in units:
            layers += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.GELU()]
            inputs = outputs
        self.layers = nn.Sequential(*layers, nn.Linear(inputs, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Standardised values (n, ...) to logits (n, classes)."""
        if self.training:
            x = x + self.noise * torch.randn_like(x)
        logits: Tensor = self.layers(x)
        return logits


class Linear(nn.Module):
    """Multinomial logistic regression."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(int(torch.Size(shape).numel()), classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Standardised values (n, ...) to logits (n, classes)."""
        logits: Tensor = self.layers(x)
        return logits


MODELS: dict[str, Callable[[Shape, int], nn.Module]] = {
    "linear": Linear,
    "mlp": MLP,
    "cnn": ConvNet,
}


def default_model(shape: Shape, picture: bool) -> str:
    """The model for such inputs: a `cnn` for pictures that are not tiny, else an `mlp`."""
    return "cnn" if is_picture(shape, picture) else "mlp"


def is_picture(shape: Shape, picture: bool) -> bool:
    """Whether inputs are pictures large enough to be treated as such: convolved, shifted."""
    return picture and min(shape[:2]) >= SMALLEST_PICTURE


def check_model(name: str) -> Callable[[Shape, int], nn.Module] | None:
    """What builds the model `name`; None for `auto`, which the inputs decide.

    A name with a colon is an import path, `package.module:Class`; the class is called with the
    shape of one input, (height, width, channels) for pictures, and the number of classes. Pictures
    reach it as (n, channels, height, width).

    Raises:
        StudyError: no such model, or the import fails.
    """
    if name == "auto":
        return None
    if name in MODELS:
        return MODELS[name]
    module, colon, attribute = name.partition(":")
    if not colon:
        hint = suggestion(name, MODELS)
        raise StudyError(
            f"no model is named {name!r}{hint}; give {', '.join(MODELS)} or package.module:Class"
        )
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise StudyError(f"the model {name} cannot be imported: {error}") from error
    if not callable(found):
        raise StudyError(f"the model {name} is not a class or function")
    return found  # type: ignore[no-any-return]


def build(name: str, shape: Shape, classes: int, seed: int) -> nn.Module:
    """The model `name` with weights drawn from `seed`; the global generator is left as it was."""
    factory = check_model(name)
    assert factory is not None, "auto is decided by the caller"
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        return factory(tuple(shape), classes)
