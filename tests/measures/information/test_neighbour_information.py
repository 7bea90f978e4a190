"""Gaussian pairs and channels, scikit-learn and infomeasure beside, and what must be doubted."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from fewbytes.errors import InputError
from fewbytes.measures.information.neighbour_information import neighbour_information
from fewbytes.measures.measurement import Means, Measurement, Verdict, named


def pairs(seed: int, n: int, d: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    return x, rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(n, d))


def channel(seed: int, n: int, d: int, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """A label of two kinds, and Gaussians whose means are `gap` apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return y[:, None] * gap / math.sqrt(d) + rng.normal(size=(n, d)), y


def of_channel(gap: float) -> float:
    def surprise(x: float) -> float:
        p = (norm.pdf(x) + norm.pdf(x - gap)) / 2
        return float(-p * math.log2(p))

    entropy: float = quad(surprise, -9, 9 + gap)[0]
    return entropy - math.log2(2 * math.pi * math.e) / 2


def scores(x: np.ndarray) -> np.ndarray:
    """Normal scores of values without ties."""
    ranks = x.argsort(0).argsort(0)
    found: np.ndarray = norm.ppf((ranks + 0.5) / len(x))
    return found


def main(found: list[Measurement]) -> Measurement:
    return named(found)["neighbours.information"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9])
def test_correlated(rho: float, seed: int) -> None:
    found = neighbour_information(*pairs(seed, 1500, 1, rho), discrete=False, seed=seed)
    truth = -math.log2(1 - rho**2) / 2
    assert all(one.verdict is Verdict.RELIABLE for one in found)
    assert main(found).covers(truth)
    assert not main(found).covers(truth + 0.4)
    assert named(found)["neighbours.copies"].covers(truth)
    assert named(found)["neighbours.half"].covers(truth)
    assert named(found)["neighbours.shuffled"].covers(0)
    assert {one.unit for one in found} == {"bits"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("d", [1, 4])
def test_channel(d: int, seed: int) -> None:
    found = main(neighbour_information(*channel(seed, 1500, d, 2), discrete=True, seed=seed))
    assert found.verdict is Verdict.RELIABLE
    assert found.covers(of_channel(2))
    assert not found.covers(of_channel(2) + 0.4)
    assert found.high is not None
    assert found.high <= 1


@pytest.mark.parametrize("seed", range(3))
def test_lattice(seed: int) -> None:
    """The sign of a channel's output: a binary symmetric channel, all ties."""
    z, y = channel(seed, 1500, 1, 2)
    wrong = norm.cdf(-1)
    truth = 1 + wrong * math.log2(wrong) + (1 - wrong) * math.log2(1 - wrong)
    found = main(neighbour_information((z > 1).astype(np.uint8), y, discrete=True, seed=seed))
    assert found.verdict is Verdict.RELIABLE
    assert found.covers(truth)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("d", "rho"), [(5, 0.6), (8, 0.8)])
def test_what_falls_short_is_doubted(d: int, rho: float, seed: int) -> None:
    found = neighbour_information(*pairs(seed, 1000, d, rho), discrete=False, seed=seed)
    assert main(found).verdict is Verdict.UNRELIABLE
    assert any("two copies give" in warning for warning in main(found).warnings)


def test_dense_pairs_of_25_dimensions_give_a_lower_end() -> None:
    rho = math.sqrt(1 - math.exp(-2 * 1.29 / 25))
    found = main(neighbour_information(*pairs(0, 2000, 25, rho), discrete=False))
    assert found.means is Means.BOUNDS
    assert found.covers(1.29 / math.log(2))
    assert not found.covers(-0.01)
    z, y = channel(0, 2000, 30, 3)
    found = main(neighbour_information(z, y, discrete=True))
    assert found.means is Means.BOUNDS
    assert found.high == 1


def test_the_lower_end_can_fail() -> None:
    """Four strong components of labels, among many: pairs torn apart tell nothing."""
    z, y = channel(0, 2000, 30, 20)
    found = main(neighbour_information(z, y, discrete=True))
    assert found.low is not None
    assert found.low > 0.5


def test_scikit_learn() -> None:
    selection = pytest.importorskip("sklearn.feature_selection")
    z, y = channel(4, 900, 1, 2)
    y[:200] = 2
    found = main(neighbour_information(z, y, discrete=True))
    theirs = selection.mutual_info_classif(scores(z), y, random_state=0)[0] / math.log(2)
    assert found.value == pytest.approx(theirs, abs=1e-9)


def test_infomeasure() -> None:
    infomeasure = pytest.importorskip("infomeasure")
    x, y = pairs(4, 500, 3, 0.6)
    theirs = infomeasure.mutual_information(
        scores(x), scores(y), approach="ksg", k=3, base=2, noise_level=0
    )
    found = main(neighbour_information(x, y, discrete=False))
    assert found.value == pytest.approx(theirs, abs=1e-3)  # ties of |x| under symmetric scores


@pytest.mark.parametrize("stretch", [lambda x: np.exp(5 * x), lambda x: x**9, lambda x: 1e9 + x])
def test_increasing_maps_change_nothing(stretch: Callable[[np.ndarray], np.ndarray]) -> None:
    x, y = pairs(0, 1000, 1, 0.9)
    plain, mapped = (main(neighbour_information(z, y, discrete=False)) for z in (x, stretch(x)))
    assert mapped.value == pytest.approx(plain.value, abs=1e-3)
    assert mapped.covers(-math.log2(1 - 0.81) / 2)


@pytest.mark.parametrize("d", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("n", [200, 1000])
def test_parity_is_covered_or_doubted(d: int, n: int) -> None:
    for seed in range(3):
        z = np.random.default_rng(seed).normal(size=(n, d))
        found = main(neighbour_information(z, (z > 0).sum(1) % 2, discrete=True, seed=seed))
        assert found.covers(1.0) or found.verdict is Verdict.UNRELIABLE
        assert d <= 4 or found.means is Means.BOUNDS


def test_components_of_rounding_are_dropped() -> None:
    y = np.random.default_rng(0).integers(0, 2, 1000)
    for z in (np.stack([y, 1 - y] * 5, 1), (y[:, None] + np.full(20, 1e3)).astype(np.float32)):
        found = main(neighbour_information(z, y, discrete=True))
        assert "one principal component" in found.warnings[0]
        assert found.value == pytest.approx(1, abs=0.01)


def test_more_dimensions_than_records_and_idle_ones() -> None:
    z, y = channel(0, 300, 600, 10)
    z[:, 7] = 1
    assert main(neighbour_information(z, y, discrete=True)).covers(0.9)


def test_copies_of_many_classes_cannot_be_had() -> None:
    y = np.random.default_rng(0).integers(0, 40, 800)
    found = named(neighbour_information(y + 0.1, y, discrete=True))
    assert not found["neighbours.copies"].available
    assert found["neighbours.information"].verdict is Verdict.UNRELIABLE


@pytest.mark.parametrize(
    ("z", "y", "discrete", "message"),
    [
        (np.arange(300.0), np.zeros(300, int), True, "one class only"),
        (np.arange(300.0), np.arange(300), True, "300 records of 300 classes"),
        (np.arange(300.0), np.zeros((300, 2)), True, "shape"),
        (np.arange(300.0), np.zeros(200), True, "300 values, but 200 labels"),
        (np.arange(100.0), np.zeros(100), True, "100 records; neighbours need at least 200"),
        (np.ones(300), np.arange(300.0), False, "the values do not vary"),
        (np.arange(300.0), np.ones(300), False, "the others do not vary"),
        (np.full(300, np.nan), np.arange(300), False, "NaN"),
        (np.array(["a"] * 300), np.arange(300), False, "not numbers"),
        (np.empty((0, 2)), np.arange(300), False, "empty"),
        (np.arange(300.0), np.where(np.arange(300) % 2, 1, np.nan), True, "labels hold NaN"),
        (np.arange(300.0), np.array([None, 1] * 150, dtype=object), True, "labels are object"),
        (np.arange(300.0), 3, True, "labels have the shape"),
        (np.arange(300.0), 3, False, "others are empty"),
        (np.arange(300.0), [[1], [1, 2]] * 150, True, "their lengths differ"),
        (np.arange(300.0) * 1e200, np.arange(300) % 2, True, "values reach"),
    ],
)
def test_bad_input(z: np.ndarray, y: np.ndarray, discrete: bool, message: str) -> None:
    with pytest.raises(InputError, match=message):
        neighbour_information(z, y, discrete=discrete)


def test_neighbours_in_range() -> None:
    with pytest.raises(InputError, match="0 neighbours"):
        neighbour_information(np.arange(300), np.arange(300), discrete=False, neighbours=0)
