"""What a network is fed of codes: symbols, coefficients or pixels, made a batch at a time."""

from __future__ import annotations

import torch
from numpy.typing import NDArray

from fewbytes.codecs.registry import suggestion
from fewbytes.errors import InputError
from fewbytes.store.layout import Layout
from fewbytes.store.trial import check_state
from fewbytes.types import Shape

VIEWS = ("code", "image", "symbols")


class View:
    """Rows (n, row_bytes) to tensors on `device`: `code`, dequantised coefficients, float32;
    `image`, decoded pixels, uint8 (n, h, w, c); `symbols`, the codes as they are.
    """

    def __init__(self, layout: Layout, name: str, device: str | torch.device | None = None) -> None:
        if name not in VIEWS:
            hint = suggestion(name, VIEWS)
            raise InputError(f"no view is named {name!r}{hint}; the views are {', '.join(VIEWS)}")
        if name != "symbols":
            check_state(layout.fitted, pixels=name == "image")
        self.name, self._layout = name, layout
        self._device = torch.device(device or "cpu")

    @property
    def shape(self) -> Shape:
        """Of one record."""
        fitted = self._layout.fitted
        return fitted.image_shape if self.name == "image" else fitted.coefficient_shape

    @property
    def record_bytes(self) -> int:
        """Of one record, viewed."""
        return int(torch.Size(self.shape).numel()) * (4 if self.name == "code" else 1)

    def __call__(self, rows: NDArray) -> torch.Tensor:  # type: ignore[type-arg]
        """(n, row_bytes) uint8 to (n, *shape)."""
        codes = self._layout.to_codes(rows)
        tensor = torch.from_numpy(codes.astype("i4") if codes.dtype == "u2" else codes)
        tensor = tensor.to(self._device, non_blocking=True)
        if self.name == "symbols":
            return tensor
        fitted = self._layout.fitted
        return fitted.decode(tensor) if self.name == "image" else fitted.dequantize(tensor)
