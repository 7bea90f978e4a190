"""Arithmetic that quantizers share."""

from __future__ import annotations

import pytest
import torch

from fewbytes.codecs.rounding import narrowest

ONE = torch.ones(())


@pytest.mark.parametrize(
    ("values", "error", "kind"),
    [
        ([0.0, 255.0], 0.0, torch.uint8),
        ([0.0, 256.0], 0.0, torch.float16),
        ([-1.0, 0.5], 0.0, torch.float16),
        ([0.1], 0.0, torch.float32),
        ([0.1, 200.4], 0.0, torch.float32),
        ([0.1, 200.4], 100.0, torch.uint8),
        ([0.1, -200.4], 100.0, torch.float16),
        ([70000.0], 1.0, torch.float32),
        ([70000.0], 1e10, torch.float16),
    ],
)
def test_a_table_takes_the_shortest_numbers_that_do_no_harm(
    values: list[float], error: float, kind: torch.dtype
) -> None:
    table = torch.tensor(values, dtype=torch.float64)
    found = narrowest(table, ONE, error)
    assert found.dtype == kind
    assert float((found.double() - table).square().sum()) <= max(0.01 * error, 1e-9)
