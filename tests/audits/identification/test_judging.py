"""Data sets and codecs named from codes: rightly, not at all, or as one of several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.audits.identification.identified import Identified, Outcome, Verdict
from fewbytes.errors import CorruptError, InputError, SourceError
from fewbytes.store.manifest import MANIFEST
from fewbytes.types import Dataset, Split

DCT = "dct:8 | uniform:8 | zstd"
FEW = 800


def changed(data: Dataset, name: str, how: str) -> Dataset:
    def of(split: Split) -> Split:
        images = split.images
        match how:
            case "negative":
                images = 255 - images
            case "mirrored":
                images = np.ascontiguousarray(images[:, :, ::-1])
            case "noise":
                images = np.random.default_rng(len(images)).integers(
                    0, 256, images.shape, dtype=np.uint8
                )
        return Split(images, split.labels)

    return Dataset(name, of(data.train), of(data.test))


@pytest.fixture(autouse=True)
def coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer subsets: as many as the level asks for."""
    monkeypatch.setattr("fewbytes.audits.identification.judging.LEAST_SUBSETS", 199)


@pytest.fixture(scope="module")
def sets(tiny: Dataset) -> list[Dataset]:
    """Digits and their mirror images."""
    return [tiny, changed(tiny, "mirrored", "mirrored")]


@pytest.fixture(scope="module")
def store(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("identified") / "tiny.fb"
    fb.compress(tiny, folder, codec=DCT)
    return folder


def said(found: Identified) -> dict[str, Verdict]:
    return {row.dataset: found.verdict(row) for row in found.candidates}


def test_a_store(store: Path, sets: list[Dataset]) -> None:
    found = fb.identify(store, among=sets, records=FEW)
    assert (found.outcome, found.dataset, found.codec) == (Outcome.IDENTIFIED, "tiny", DCT)
    assert said(found) == {"tiny": Verdict.FITS, "mirrored": Verdict.RULED_OUT}
    assert found.candidates[0].bag == 100
    again = fb.identify(fb.open(store), among=sets, records=FEW)
    assert again.candidates == found.candidates


def test_none_of_these(store: Path, tiny: Dataset, sets: list[Dataset]) -> None:
    others = [sets[1], changed(tiny, "noise", "noise")]
    found = fb.identify(store, among=others, records=FEW)
    assert found.answer == "none of these"


def test_two_sets_alike(store: Path, mnist: Dataset) -> None:
    """Digits of the same writers under two names: nobody can tell, and nobody says he can."""
    order = np.random.default_rng(1).permutation(60_000)
    parts = [
        Dataset(name, mnist.train.take(order[i : i + 1500]), mnist.test)
        for i, name in ((0, "one"), (1500, "two"))
    ]
    found = fb.identify(store, among=parts, records=FEW)
    assert found.outcome is Outcome.UNDECIDED
    assert found.answer.startswith("cannot be told: ")
    assert found.codec == DCT


@pytest.mark.parametrize("size", [1, 30])
def test_a_bag_of_an_unknown_codec(size: int, sets: list[Dataset], tmp_path: Path) -> None:
    """Test images, coded after the training images; the bytes of both codecs are as many."""
    specs = [DCT, "projection:64 | uniform:8 | raw"]
    right = 0
    for seed in range(2):
        fitted = fb.codec(specs[1]).fit(sets[1].train.images, seed=0)
        chosen = np.random.default_rng(seed).permutation(300)[:size]
        path = tmp_path / f"{seed}.bin"
        path.write_bytes(fitted.encode(sets[1].test.images[chosen]).tobytes())
        found = fb.identify(path, among=sets, codec=specs, records=2000)
        assert len(found.candidates) == 4
        truth = found.candidates[3]
        assert (truth.dataset, truth.whole) == ("mirrored", size)
        assert found.verdict(truth) is Verdict.FITS
        right += found.found is truth
        assert found.outcome is not Outcome.IDENTIFIED or size > 1
    assert right == (2 if size > 1 else 0)


def test_arrays_in_memory_and_coefficients(sets: list[Dataset]) -> None:
    fitted = fb.codec(DCT).fit(sets[0].train.images)
    codes = fitted.encode(sets[0].test.images)
    for array in (codes, fitted.dequantize(codes)):
        found = fb.identify(array, among=sets, codec=DCT, records=FEW)
        assert found.dataset == "tiny"


def test_codecs_by_default(sets: list[Dataset], tmp_path: Path) -> None:
    """Masks of 16 x 16, 32 bytes each: the others' records do not go in."""
    fitted = fb.codec("downsample:16:antialias=true | otsu | zstd").fit(sets[0].train.images)
    codes = fitted.encode(sets[0].test.images[:9])
    (tmp_path / "masks.bin").write_bytes(np.packbits(codes.reshape(9, -1), axis=1).tobytes())
    found = fb.identify(tmp_path / "masks.bin", among=sets[0], records=FEW)
    assert len(found.candidates) == 4
    assert found.codec == str(fitted.codec)
    assert "no whole records of 256" in found.candidates[0].reason


def test_noise_is_none(sets: list[Dataset], tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).integers(0, 256, 64 * 20, dtype=np.uint8)
    (tmp_path / "noise.bin").write_bytes(drawn.tobytes())
    found = fb.identify(tmp_path / "noise.bin", among=sets, codec=DCT, records=FEW)
    assert found.answer == "none of these"


def test_images_of_other_shapes(store: Path, tiny: Dataset) -> None:
    """They are brought to the store's size; other channels are no candidate."""
    large = changed(tiny, "large", "")
    large = Dataset(
        "large",
        Split(np.pad(tiny.train.images, ((0, 0), (4, 4), (4, 4), (0, 0))), tiny.train.labels),
        Split(np.pad(tiny.test.images, ((0, 0), (4, 4), (4, 4), (0, 0))), tiny.test.labels),
    )
    colour = Dataset(
        "colour",
        Split(np.repeat(tiny.train.images, 3, 3), tiny.train.labels),
        Split(np.repeat(tiny.test.images, 3, 3), tiny.test.labels),
    )
    found = fb.identify(store, among=[tiny, large, colour], records=FEW)
    assert said(found)["colour"] is Verdict.IMPOSSIBLE
    assert found.candidates[2].reason == "its images are 28 x 28 x 3, the store's 28 x 28 x 1"
    assert found.dataset == "tiny"


def test_splits(store: Path, tiny: Dataset, mnist: Dataset) -> None:
    """A bag may be of either split of a set, a store's training records of the first alone."""
    mixed = Dataset("mixed", changed(tiny, "", "negative").train, mnist.test)
    fitted = fb.open(store).codec
    codes = fitted.encode(tiny.train.images[:40])
    assert fb.identify(store, among=mixed, records=FEW).answer == "none of these"
    spec = "identity"
    rivals = [mixed, changed(tiny, "mirrored", "mirrored")]
    found = fb.identify(tiny.train.images[:40], among=rivals, codec=spec, records=FEW)
    assert (found.dataset, found.candidates[0].split) == ("mixed", "test")
    assert codes.shape == (40, 8, 8, 1)


def test_a_selection(tiny: Dataset, tmp_path: Path) -> None:
    """What a selection chose is no random draw: test records, all there, are compared."""
    fb.compress(tiny, tmp_path / "some.fb", codec=f"subset:0.2 | {DCT}")
    among = [tiny, changed(tiny, "mirrored", "mirrored")]
    found = fb.identify(tmp_path / "some.fb", among=among, records=FEW)
    assert (found.dataset, found.candidates[0].split) == ("tiny", "test")


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret key, and a coarser test, which takes fewer bags under other keys."""
    monkeypatch.setenv("FEWBYTES_KEY_default", "5a" * 32)
    for module in ("identified", "judging"):
        monkeypatch.setattr(f"fewbytes.audits.identification.{module}.ALPHA", 0.1)
    monkeypatch.setattr("fewbytes.audits.identification.judging.LEARNED_BAGS", 100)


@pytest.mark.parametrize(
    "spec", ["dct:8 | keyed_permutation | uniform:6 | zstd", "keyed_projection:64 | uniform:8"]
)
def test_a_secret_key(
    spec: str, key: None, tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fb.compress(tiny, tmp_path / "keyed.fb", codec=spec)
    monkeypatch.delenv("FEWBYTES_KEY_default")
    among = [tiny, changed(tiny, "negative", "negative")]
    found = fb.identify(tmp_path / "keyed.fb", among=among, records=500)
    assert found.dataset == "tiny"
    assert said(found) == {"tiny": Verdict.FITS, "negative": Verdict.RULED_OUT}
    assert any("keyed" in note for note in found.notes)
    if "projection" in spec:
        found = fb.identify(tmp_path / "keyed.fb", among=among[1], records=500)
        assert found.answer == "none of these"


def test_bare_codes_under_a_secret_key(key: None, tiny: Dataset) -> None:
    """Symbols of a permutation can be compared; what those of a projection stand for is lost."""
    specs = ["dct:8 | keyed_permutation | uniform:8", "keyed_projection:64 | uniform:8"]
    codes = fb.codec(specs[0]).fit(tiny.train.images).encode(tiny.test.images)
    found = fb.identify(codes.reshape(300, 64), among=tiny, codec=specs, records=500, seed=1)
    assert [found.verdict(row) for row in found.candidates] == [Verdict.FITS, Verdict.UNTESTED]
    assert "without the store" in found.candidates[1].reason
    assert (found.outcome, found.dataset) == (Outcome.UNDECIDED, None)
    fitted = fb.codec(specs[1]).fit(tiny.train.images)
    values = fitted.dequantize(fitted.encode(tiny.test.images))
    alone = fb.identify(values, among=tiny, codec=specs[1], records=500)
    assert alone.answer == f"not ruled out: tiny, {specs[1]} | raw"


def test_too_few_records_to_say(tiny: Dataset) -> None:
    """Where no p-value could be below the level, nothing is ruled out, and a note says so."""
    few = Dataset("few", tiny.train.take(np.arange(60)), tiny.test)
    found = fb.identify(
        np.full((1, 28, 28, 1), 255, np.uint8), among=[few], codec="identity", records=60
    )
    assert found.outcome is Outcome.NOT_RULED_OUT
    assert any("too few records" in note for note in found.notes)


def test_a_store_of_an_unknown_stage(store: Path, tiny: Dataset, tmp_path: Path) -> None:
    from dataclasses import replace

    manifest = fb.open(store).manifest
    forged = tmp_path / "forged.fb"
    (forged / "_meta").mkdir(parents=True)
    content = replace(manifest, codec="wavelet:8 | raw", files={}, splits={}).to_bytes()
    (forged / MANIFEST).write_bytes(content)
    with pytest.raises(CorruptError, match="no stage is named 'wavelet'") as caught:
        fb.identify(forged, among=tiny)
    assert len(str(caught.value).splitlines()) == 1


def test_bad_arguments(store: Path, tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name the data sets"):
        fb.identify(store, among=[])
    with pytest.raises(InputError, match="are the same images"):
        fb.identify(store, among=[tiny, tiny])
    with pytest.raises(InputError, match="leave it out"):
        fb.identify(store, among=tiny, codec=DCT)
    with pytest.raises(InputError, match="between 40 and 10,000, not 5"):
        fb.identify(store, among=tiny, records=5)
    with pytest.raises(InputError, match="a seed is"):
        fb.identify(store, among=tiny, seed=-1)
    with pytest.raises(InputError, match="not int"):
        fb.identify(3, among=tiny)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="no store here"):
        fb.identify(tmp_path, among=tiny)
    with pytest.raises(SourceError, match="null"):
        fb.identify("a\0b", among=tiny)
    few = Dataset("few", tiny.train.take(np.arange(30)), tiny.test)
    with pytest.raises(SourceError, match="30 images of train can be read"):
        fb.identify(store, among=few)
    (tmp_path / "cut.bin").write_bytes(bytes(65))
    with pytest.raises(InputError, match="no whole number of records"):
        fb.identify(tmp_path / "cut.bin", among=tiny, codec=DCT)


def test_sets_of_one_name(store: Path, sets: list[Dataset]) -> None:
    same = [sets[0], Dataset("tiny", sets[1].train, sets[1].test)]
    found = fb.identify(store, among=same, records=FEW)
    assert [row.dataset for row in found.candidates] == ["tiny (1)", "tiny (2)"]
    assert found.dataset == "tiny (1)"
