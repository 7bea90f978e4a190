"""The data set named from codes: found where there is a way, and not where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.attack import Attack, Settings
from fewbytes.audits.exposure import Exposure, as_identity
from fewbytes.audits.finding import Outcome
from fewbytes.audits.identification.bag_attack import BAGS, SIZES
from fewbytes.audits.identification.comparison import Comparison, Points, Scores
from fewbytes.audits.identification.data_sets import coded_sets, whole_codes
from fewbytes.audits.identification.halves import ALPHA, HALVES, as_random_numbers
from fewbytes.audits.identification.keyed_attack import KEYED
from fewbytes.codecs import Codec
from fewbytes.data import open_source
from fewbytes.data.source import Source
from fewbytes.errors import InputError
from fewbytes.types import Dataset, Split
from tests.audits.making import exposure_of


@pytest.fixture(scope="module")
def exposure(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Exposure:
    return exposure_of(tiny, "dct:8 | uniform:6 | zstd", tmp_path_factory.mktemp("attacked"))


def shifted(data: Dataset, name: str, by: int) -> Source:
    """Digits that lie elsewhere: their sets have the same spectrum, lengths and distances."""
    parts = [
        Split(np.roll(split.images, by, axis=2), split.labels) for split in (data.train, data.test)
    ]
    return open_source(Dataset(name, *parts))


def darker(data: Dataset, name: str) -> Source:
    parts = [Split(split.images // 2, split.labels) for split in (data.train, data.test)]
    return open_source(Dataset(name, *parts))


@pytest.fixture(scope="module")
def others(mnist: Dataset) -> tuple[Source, ...]:
    """Of digits that the exposure has not."""
    chosen = np.random.default_rng(100).permutation(60_000)[:3000]
    rest = Dataset("rest", mnist.train.take(chosen), mnist.test)
    return shifted(rest, "shifted", 5), darker(rest, "darker")


@pytest.fixture(scope="module")
def fast(module_patch: pytest.MonkeyPatch) -> None:
    module_patch.setattr("fewbytes.audits.identification.keyed_attack.LEARNED_BAGS", 40)
    module_patch.setattr("fewbytes.audits.identification.keyed_attack.JUDGED_BAGS", 30)
    module_patch.setattr("fewbytes.audits.identification.halves.TRIALS", 60)


@pytest.fixture(scope="module")
def module_patch() -> pytest.MonkeyPatch:
    return pytest.MonkeyPatch()


@pytest.fixture(scope="module", autouse=True)
def undone(module_patch: pytest.MonkeyPatch) -> object:
    yield
    module_patch.undo()


def outcomes(attack: Attack, exposure: Exposure, *among: Source) -> dict[str, Outcome]:
    found = attack.findings(exposure, Settings(seed=3, among=among))
    assert [one.attack for one in found] == list(attack.claims)
    for one in found:
        assert "{" not in one.words
        assert one.row()["outcome"] == str(one.outcome)
    return {one.attack.rsplit("_", 1)[-1]: one.outcome for one in found}


def test_bags(exposure: Exposure, others: tuple[Source, ...]) -> None:
    """600 targets make 6 bags of 100 of each of three sets: 18 in all, enough."""
    found = outcomes(BAGS, exposure, *others)
    assert set(found.values()) == {Outcome.DISCLOSED}
    assert list(found) == [str(size) for size in SIZES]


def test_the_curve(exposure: Exposure, others: tuple[Source, ...]) -> None:
    trials = BAGS.run(exposure, Settings(among=others))
    for place, trial in enumerate(trials):
        curve = trial.exhibit
        assert curve["sizes"].tolist() == list(SIZES)
        assert curve["success"][place] == trial.figure.value
        assert (curve["low"][place], curve["high"][place]) == (trial.figure.low, trial.figure.high)
        assert curve["chance"].tolist() == [1 / 3] * 5
        assert trial.chance is not None
        assert trial.chance.value == 1 / 3
    assert trials[0].figure.n == 1800


def test_more_codes_tell_more(exposure: Exposure, others: tuple[Source, ...]) -> None:
    success = BAGS.run(exposure, Settings(among=others))[0].exhibit["success"]
    assert success[0] < success[2]
    assert success[0] > 0.8
    assert success[-1] == 1


def test_secret_projections(exposure: Exposure, others: tuple[Source, ...], fast: None) -> None:
    """Lengths give the darker digits away; a shift is nothing that a rotation keeps."""
    found = outcomes(KEYED, exposure, others[1])
    assert {found["30"], found["100"]} == {Outcome.DISCLOSED}
    trials = KEYED.run(as_identity(exposure), Settings(among=others[:1]))
    assert not any(trial.beyond_chance for trial in trials)


@pytest.mark.parametrize("attack", [BAGS, KEYED])
@pytest.mark.parametrize("seed", range(2))
def test_codes_that_say_nothing(
    attack: Attack, seed: int, exposure: Exposure, others: tuple[Source, ...], fast: None
) -> None:
    nothing = whole_codes(replace(exposure, seed=seed))
    for trial in attack.run(nothing, Settings(seed=seed, among=others)):
        assert not trial.beyond_chance
        if trial.figure.available:
            assert trial.figure.covers(1 / 3)


def test_whole_codes_are_those_of_the_store(exposure: Exposure) -> None:
    nothing = whole_codes(exposure)
    there = {code.tobytes() for code in exposure.codes}
    drawn = nothing.encode(exposure.images[:200], seed=1)
    assert {code.tobytes() for code in (*nothing.codes, *drawn)} <= there
    assert (drawn != nothing.encode(exposure.images[:200], seed=2)).any()
    assert (nothing.codes != exposure.codes).any()


def test_the_stores_own_set_is_no_other(
    exposure: Exposure, tiny: Dataset, others: tuple[Source, ...]
) -> None:
    """Nor is one that is named twice."""
    own = open_source(tiny)
    assert len(coded_sets(exposure, Settings(among=(own, *others, others[0])))) == 3
    with pytest.raises(InputError, match="the store's own"):
        coded_sets(exposure, Settings(among=(own,)))


def test_no_target_is_learned_from(exposure: Exposure, others: tuple[Source, ...]) -> None:
    before = coded_sets(exposure, Settings(among=others))
    codes = exposure.codes.copy()
    codes[exposure.targets] = 0
    after = coded_sets(replace(exposure, codes=codes), Settings(among=others))
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a.learned, b.learned)
    assert (before[0].judged != after[0].judged).any()


def test_false_alarms(exposure: Exposure, fast: None) -> None:
    finding = HALVES.findings(exposure, Settings(seed=1))[0]
    assert finding.outcome is Outcome.DESCRIBED
    assert finding.trial.figure.covers(ALPHA)


def test_false_alarms_of_codes_with_few_values(exposure: Exposure, fast: None) -> None:
    """Ties never speak against the set: even codes of one value keep the level."""
    for spec in ("downsample:1 | threshold", "threshold", "downsample:2 | uint8"):
        few = Codec.parse(spec).fit(exposure.images)
        codes = few.encode(exposure.images)
        trial = HALVES.run(replace(exposure, codes=codes, fitted=few), Settings(seed=2))[0]
        assert trial.as_expected


def test_a_test_that_alarms_too_often_is_found(
    exposure: Exposure, fast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bag that is not drawn as its reference is: every bag one step brighter."""
    right = Scores.compared

    def wrong(self: Scores, bag: Points, rest: Points, **more: Any) -> Comparison:
        return right(self, bag * np.float32(1.3), rest, **more)

    monkeypatch.setattr(Scores, "compared", wrong)
    finding = HALVES.findings(exposure, Settings(seed=2))[0]
    assert not finding.trial.as_expected
    assert finding.outcome is Outcome.CONTROL_FAILED


def test_a_test_that_never_alarms_is_found(
    exposure: Exposure, fast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its statistics are 0: the rate of false alarms is as it may be, and the power is none."""

    def nothing(_: object, points: Points) -> NDArray[np.float64]:
        return np.zeros(len(points))

    place = "fewbytes.audits.identification.comparison"
    monkeypatch.setattr(f"{place}.energy_distances", nothing_of_subsets)
    monkeypatch.setattr(f"{place}.Gaussian.log_density", nothing)
    finding = HALVES.findings(exposure, Settings(seed=2))[0]
    assert finding.trial.as_expected
    assert finding.outcome is Outcome.CONTROL_FAILED


def nothing_of_subsets(_: object, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.zeros(len(chosen))


def test_codes_of_another_codec_than_the_originals_are_found(
    exposure: Exposure, fast: None
) -> None:
    """A store whose codes are not those of its originals is told from them."""
    other = replace(exposure, codes=exposure.fitted.encode(255 - exposure.images))
    assert HALVES.findings(other, Settings(seed=2))[0].outcome is Outcome.CONTROL_FAILED


@pytest.mark.parametrize("spec", ["downsample:1 | uint8 | raw", "pca:4", "otsu"])
def test_both_controls_of_false_alarms(
    spec: str, exposure: Exposure, tiny: Dataset, tmp_path: Path, fast: None
) -> None:
    """Of few or unrelated values, too."""
    other = exposure_of(tiny, spec, tmp_path)
    assert as_random_numbers(other).values.shape == other.values.shape
    assert HALVES.findings(other, Settings(seed=4))[0].outcome is Outcome.DESCRIBED


@pytest.mark.parametrize("attack", [BAGS, KEYED])
def test_what_cannot_be_had(
    attack: Attack, exposure: Exposure, tiny: Dataset, others: tuple[Source, ...], tmp_path: Path
) -> None:
    colour = Dataset(
        "colour",
        Split(np.repeat(tiny.train.images, 3, 3), tiny.train.labels),
        Split(np.repeat(tiny.test.images, 3, 3), tiny.test.labels),
    )
    few = Dataset("few", Split(255 - tiny.train.images[:9], tiny.train.labels[:9]), tiny.test)
    for among, said in (
        ((), "--among SOURCE"),
        ((open_source(colour),), "colour has images"),
        ((shifted(few, "few", 1),), "few has 9 images"),
    ):
        with pytest.raises(InputError, match=said):
            attack.run(exposure, Settings(among=among))
    small = exposure_of(
        Dataset("small", tiny.train.take(np.arange(100)), tiny.test), "dct:4", tmp_path
    )
    with pytest.raises(InputError, match="100 records; telling data sets apart needs"):
        attack.run(small, Settings(among=others))
    finding = attack.findings(exposure, Settings())[0]
    assert finding.outcome is Outcome.UNAVAILABLE


def test_halves_of_too_few(tiny: Dataset, tmp_path: Path) -> None:
    small = exposure_of(
        Dataset("small", tiny.train.take(np.arange(140)), tiny.test), "dct:4", tmp_path
    )
    with pytest.raises(InputError, match="140 records; dealing it into bags and references needs"):
        HALVES.run(small, Settings())
