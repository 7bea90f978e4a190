"""Fixtures that the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import fewbytes as fb
from fewbytes.types import Dataset

# How long a test takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-golden", action="store_true", help="write golden files that do not exist yet"
    )


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """The built-in MNIST, whole."""
    return fb.load("mnist")


@pytest.fixture(scope="session")
def tiny(mnist: Dataset) -> Dataset:
    """1,200 training and 300 test images of MNIST."""
    rng = np.random.default_rng(0)
    train = rng.permutation(len(mnist.train))[:1200]
    test = rng.permutation(len(mnist.test))[:300]
    return Dataset("tiny", mnist.train.take(train), mnist.test.take(test))


@pytest.fixture
def tiny_npz(tiny: Dataset, tmp_path: Path) -> Path:
    """`tiny` as an .npz file."""
    path = tmp_path / "tiny.npz"
    np.savez(
        path,
        train_images=tiny.train.images,
        train_labels=tiny.train.labels,
        test_images=tiny.test.images,
        test_labels=tiny.test.labels,
    )
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data sets of whoever works on fewbytes."""
    folder = os.environ.get("FEWBYTES_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("FEWBYTES_DATA names no folder of data sets")
    return Path(folder)
