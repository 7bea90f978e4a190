"""Short trainings, where it is not the training that is tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fewbytes.audits.reconstruction import agreement, residual_network
from fewbytes.learn import Recipe


@pytest.fixture(autouse=True, scope="module")
def short_trainings(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.module.__name__.endswith("test_learned"):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(residual_network, "LEAST_STEPS", 12)
        patch.setattr(residual_network, "ROUNDS", 4)
        patch.setattr(agreement, "RECIPE", Recipe(epochs=2))
        yield
