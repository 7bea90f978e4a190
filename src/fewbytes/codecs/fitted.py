"""A codec that knows the shape of its images and what was learned from them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

from fewbytes.codecs.chunks import empty, map_chunks
from fewbytes.codecs.codec import Codec
from fewbytes.codecs.labelled import LabelCoder
from fewbytes.codecs.stage import Signal, Symbols
from fewbytes.errors import CorruptError, InputError
from fewbytes.types import Labels, Shape, State, as_images

Batch = TypeVar("Batch", NDArray[Any], torch.Tensor)
"""NumPy array or torch tensor: what goes in decides what comes out."""


def as_image_tensor(images: NDArray[Any] | torch.Tensor) -> torch.Tensor:
    """A batch of images as a uint8 tensor (n, h, w, c), where it lies. Raises InputError."""
    if not isinstance(images, torch.Tensor):
        return _from_numpy(as_images(np.asarray(images)))
    if images.dtype != torch.uint8 or images.ndim not in (3, 4):
        as_images(images.detach().cpu().numpy())
    return images if images.ndim == 4 else images.unsqueeze(-1)


@dataclass(frozen=True)
class FittedCodec:
    """`codec` fitted to images of `image_shape` (h, w, c); `states` by place of the stage.

    Every method takes and returns a whole batch. Between images, codes and coefficients, NumPy
    arrays in give NumPy arrays out, and tensors stay tensors, on their device.
    """

    codec: Codec
    image_shape: Shape
    states: Mapping[int, State] = field(repr=False)

    def __str__(self) -> str:
        return str(self.codec)

    @cached_property
    def signals(self) -> list[Signal]:
        """What enters each transform, and last what enters the quantizer."""
        return self.codec.signals(self.image_shape)

    @cached_property
    def symbols(self) -> Symbols:
        """What the coder codes."""
        return self.codec.symbols(self.image_shape)

    @property
    def code_shape(self) -> Shape:
        """Shape of one code."""
        return self.symbols.shape

    @property
    def coefficient_shape(self) -> Shape:
        """Shape of one dequantized code: `code_shape`, unless one symbol names several values."""
        return self.signals[-1].shape

    @property
    def values_per_image(self) -> int:
        """Symbols in one code."""
        return self.symbols.size

    def encode(self, images: Batch) -> Batch:
        """Images (n, h, w, c) uint8 to codes (n, *code_shape): symbols, or float32.

        Raises:
            InputError: images of another shape or type, or coefficients that are not finite.
        """
        x = self._checked_images(images)
        codes = empty((len(x), *self.code_shape), self._tensor_type, x.device)
        states = self._states_on(x.device)
        return self._like(images, map_chunks(lambda chunk: self._encode(chunk, states), x, codes))

    def transform(self, images: Batch) -> Batch:
        """Images to the coefficients that the quantizer is given, (n, *coefficient_shape) float32.
        Raises InputError as `encode` does.
        """
        x = self._checked_images(images)
        out = empty((len(x), *self.coefficient_shape), torch.float32, x.device)
        states = self._states_on(x.device)
        return self._like(images, map_chunks(lambda c: self._transform(c, states).float(), x, out))

    def dequantize(self, codes: Batch) -> Batch:
        """Codes to float32 coefficients (n, *coefficient_shape): the `code` view."""
        symbols = self._as_code_tensor(codes)
        out = empty((len(symbols), *self.coefficient_shape), torch.float32, symbols.device)
        state = self._states_on(symbols.device)[len(self.codec.transforms)]
        quantizer, signal = self.codec.quantizer, self.signals[-1]
        return self._like(
            codes, map_chunks(lambda c: quantizer.dequantize(c, signal, state), symbols, out)
        )

    def decode(self, codes: Batch) -> Batch:
        """Codes to images (n, h, w, c) uint8: the `image` view."""
        symbols = self._as_code_tensor(codes)
        images = empty((len(symbols), *self.image_shape), torch.uint8, symbols.device)
        states = self._states_on(symbols.device)
        return self._like(
            codes, map_chunks(lambda chunk: self._decode(chunk, states), symbols, images)
        )

    def reconstruct(self, images: Batch) -> Batch:
        """Images (n, h, w, c) as they come back, coded in one block where the coder is lossy.
        Raises InputError as `encode` does.
        """
        codes = self.encode(images)
        if self.codec.coder.lossy:
            given = self.unpack(self.pack(codes), len(codes))
            codes = self._like(images, self._as_code_tensor(given))
        return self.decode(codes)

    def pack(self, codes: Batch) -> bytes:
        """Codes as bytes. `unpack` is the exact inverse, unless the coder is `lossy`."""
        symbols = self._as_code_tensor(codes).cpu().numpy().astype(self.symbols.dtype, copy=False)
        return self.codec.coder.pack(symbols, self.symbols, self._coder_state)

    def unpack(self, blob: bytes, n: int) -> NDArray[Any]:
        """The `n` codes that `blob` holds, of the type that `encode` gives for NumPy images: those
        that were packed, or near them where the coder is `lossy`.

        Raises:
            CorruptError: the bytes do not hold n codes.
        """
        return self._checked(self.codec.coder.unpack(blob, n, self.symbols, self._coder_state))

    def pack_block(self, codes: NDArray[Any], labels: Labels) -> tuple[bytes, Labels]:
        """Codes and labels (n,) of a block as the coder likes them best: their bytes, which suppose
        that the labels are known, and the labels in the order in which the codes now stand.
        """
        coder, free = self.codec.coder, not self.keeps_order
        if not isinstance(coder, LabelCoder):
            return self.pack(codes), labels
        self._as_code_tensor(codes)
        if free:
            order = self.order(codes, labels)
            codes, labels = codes[order], labels[order]
        packed = coder.pack_labelled(codes, labels, self.symbols, self._coder_state, free)
        return packed, labels

    @property
    def coder_state_bytes(self) -> int:
        """Bytes of what the coder learned: what it takes, beside a blob, to read codes again."""
        return sum(tensor.nbytes for tensor in self._coder_state.values())

    @property
    def keeps_order(self) -> bool:
        """Whether `pack_block` leaves records where they are."""
        coder = self.codec.coder
        return not (isinstance(coder, LabelCoder) and coder.order == "free")

    def order(self, codes: NDArray[Any], labels: Labels) -> NDArray[np.int64]:
        """The permutation (n,) that `pack_block` brings records into."""
        coder = self.codec.coder
        if self.keeps_order or not isinstance(coder, LabelCoder):
            return np.arange(len(codes))
        return coder.sort(codes, labels, self.symbols, self._coder_state)

    def unpack_block(self, blob: bytes, labels: Labels) -> NDArray[Any]:
        """The codes of `pack_block`, in the order of the labels it gave. Raises CorruptError."""
        coder = self.codec.coder
        if not isinstance(coder, LabelCoder):
            return self.unpack(blob, len(labels))
        return self._checked(
            coder.unpack_labelled(blob, len(labels), labels, self.symbols, self._coder_state)
        )

    def save_state(self) -> bytes:
        """What was learned, as safetensors; no bytes at all where nothing was."""
        tensors = {
            f"{place}.{key}": tensor.cpu().contiguous()
            for place, state in self.states.items()
            for key, tensor in state.items()
        }
        return save_safetensors(tensors) if tensors else b""

    @classmethod
    def load(cls, codec: Codec, image_shape: Shape, state: bytes) -> FittedCodec:
        """The inverse of `save_state`.

        Raises:
            CorruptError: the bytes are not such a state.
        """
        states: dict[int, dict[str, torch.Tensor]] = {i: {} for i in range(len(codec.stages))}
        try:
            for name, tensor in load_safetensors(state).items() if state else ():
                place, _, key = name.partition(".")
                states[int(place)][key] = tensor
        except (SafetensorError, ValueError, KeyError) as error:
            raise CorruptError(f"the state of {codec} does not load: {error}") from error
        for stage, state_of_stage in zip(codec.stages, states.values(), strict=True):
            if stage.learned and not state_of_stage:
                raise CorruptError(f"the state of {codec} lacks what {stage.name} learned")
        return cls(codec, tuple(image_shape), states)

    def _transform(self, x: torch.Tensor, states: Mapping[int, State]) -> torch.Tensor:
        for place, transform in enumerate(self.codec.transforms):
            x = transform.forward(x, self.signals[place], states[place])
        return x

    def _encode(self, x: torch.Tensor, states: Mapping[int, State]) -> torch.Tensor:
        x = self._transform(x, states)
        if x.dtype != torch.uint8 and not torch.isfinite(x.sum()):
            raise InputError(f"{self}: the coefficients hold NaN or infinite values")
        return self.codec.quantizer.quantize(x, self.signals[-1], states[len(self.signals) - 1])

    def _decode(self, symbols: torch.Tensor, states: Mapping[int, State]) -> torch.Tensor:
        y = self.codec.quantizer.dequantize(
            symbols, self.signals[-1], states[len(self.codec.transforms)]
        )
        for place in reversed(range(len(self.codec.transforms))):
            y = self.codec.transforms[place].inverse(y, self.signals[place], states[place])
        low, high = self.signals[0].domain.bounds
        return y.round().clamp(low, high).to(torch.uint8)

    def _checked_images(self, images: Batch) -> torch.Tensor:
        x = as_image_tensor(images)
        if tuple(x.shape[1:]) != self.image_shape:
            raise InputError(
                f"images are {_by(x.shape[1:])}, but this codec was fitted to "
                f"{_by(self.image_shape)}"
            )
        return x

    def _checked(self, codes: NDArray[Any]) -> NDArray[Any]:
        alphabet = self.symbols.alphabet
        if alphabet is not None and codes.size and int(codes.max()) >= alphabet:
            raise CorruptError(f"a symbol is {codes.max()}, but there are only {alphabet}")
        return codes

    @property
    def _coder_state(self) -> State:
        return self.states.get(len(self.codec.stages) - 1, {})

    @property
    def _tensor_type(self) -> torch.dtype:
        kinds = {"f4": torch.float32, "u1": torch.uint8, "u2": torch.int32}
        return kinds[self.symbols.dtype.str[1:]]

    def _states_on(self, device: torch.device) -> dict[int, State]:
        return {
            place: {key: t.to(device) for key, t in self.states.get(place, {}).items()}
            for place in range(len(self.codec.stages))
        }

    def _as_code_tensor(self, codes: NDArray[Any] | torch.Tensor) -> torch.Tensor:
        if not isinstance(codes, torch.Tensor):
            array = np.asarray(codes)
            codes = _from_numpy(array.astype(np.int32) if array.dtype == np.uint16 else array)
        if tuple(codes.shape[1:]) != self.code_shape or codes.dtype != self._tensor_type:
            raise InputError(
                f"codes of {self} are {self._tensor_type} (n, {_by(self.code_shape, ', ')}), "
                f"not {codes.dtype} {tuple(codes.shape)}"
            )
        alphabet = self.symbols.alphabet
        if len(codes) == 0:
            return codes
        if alphabet is None:
            if not torch.isfinite(codes.sum()):
                raise InputError("the codes hold NaN or infinite values")
        elif not 0 <= int(codes.min()) <= int(codes.max()) < alphabet:
            raise InputError(f"a code holds a symbol outside 0 to {alphabet - 1}")
        return codes

    def _like(self, given: Batch, result: torch.Tensor) -> Batch:
        if isinstance(given, torch.Tensor):
            return result
        array = result.numpy()
        return array.astype(np.uint16) if array.dtype == np.int32 else array


def _from_numpy(array: NDArray[Any]) -> torch.Tensor:
    """The array as a tensor that is only read, without a copy where torch can share it."""
    if not array.flags.c_contiguous or min(array.strides, default=0) < 0:
        array = array.copy()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array)


def _by(shape: Shape | torch.Size, joiner: str = " x ") -> str:
    return joiner.join(map(str, shape))
