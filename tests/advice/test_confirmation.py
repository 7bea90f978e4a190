"""What is begun only where it can end."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewbytes.advice.budget import Budget
from fewbytes.advice.confirmation import Confirmation, TooLongError
from fewbytes.advice.watch import SilentAdvice
from fewbytes.codecs import Codec
from fewbytes.data import open_source
from fewbytes.learn import Recipe
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.results import RunFolder
from fewbytes.types import Dataset, Split

SEEDED = str(Codec.parse("subset:0.5 | downsample:5 | lloyd:4:shared=true | context:steps=1"))


def test_a_coder_is_not_fitted_where_it_would_not_end(tiny: Dataset, tmp_path: Path) -> None:
    """Neither for the store that is weighed nor for those of other seeds; others go on."""
    parts = [
        Split(s.images[:n, 2::4, 2::4], s.labels[:n])
        for s, n in ((tiny.train, 200), (tiny.test, 50))
    ]
    source = open_source(Dataset("small", *parts))
    config = StudyConfig("small", (RAW,), seeds=3, recipe=Recipe(epochs=1))
    minute, whenever = Budget(60.0).deadline(1.0), Budget(None).deadline(1.0)
    with RunFolder.open(tmp_path, config.to_toml()) as folder:
        found = Confirmation(source, folder, config, SilentAdvice(), tmp_path / "stores")
        found.begin(config)
        found.fitting = 1000.0
        with pytest.raises(TooLongError, match="fitting its coder takes about 1000 s"):
            found.weigh(SEEDED, minute)
        assert found.weigh(RAW, minute).total_bytes > 0
        assert found.weigh(SEEDED, whenever).total_bytes > 0
        assert found.fitting < 60, "as long as it took"
        found.fitting = 1000.0
        found.train(SEEDED, 0, minute)
        with pytest.raises(TooLongError, match="s were left"):
            found.train(SEEDED, 1, minute)
