"""Keyed stages: with their key they do as well as others, without it nothing; nothing of the key is
stored.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fewbytes import keys
from fewbytes.codecs import Codec, FittedCodec
from fewbytes.errors import CodecError, CorruptError, SecretKeyError
from fewbytes.stages.keyed_permutation import permutation
from fewbytes.stages.keyed_projection import secret_directions
from fewbytes.testing import sample_images
from fewbytes.types import Dataset

SECRET, OTHER = "0123456789abcdef" * 4, "f0" * 32
IMAGES = sample_images(60, (12, 10, 1), seed=4)
SPECS = [
    "keyed_permutation",
    "dct:6 | keyed_permutation | uniform:8 | zstd",
    "otsu | keyed_permutation",
    "keyed_projection:20",
    "keyed_projection:20 | keyed_permutation | uniform:8 | xz",
]

SetKey = Callable[[str], None]


@pytest.fixture
def set_key(monkeypatch: pytest.MonkeyPatch) -> SetKey:
    return lambda digits: monkeypatch.setenv("FEWBYTES_KEY_default", digits)


@pytest.fixture(autouse=True)
def key_given(set_key: SetKey) -> None:
    set_key(SECRET)


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / error))


def changed(fitted: FittedCodec, place: int, **tensors: torch.Tensor) -> FittedCodec:
    """With other tensors in the state of one stage."""
    state = {**fitted.states[place], **tensors}
    return FittedCodec(fitted.codec, fitted.image_shape, {**fitted.states, place: state})


def test_a_keyed_projection_decodes_about_as_well_as_a_seeded_one(mnist: Dataset) -> None:
    train, test = mnist.train.images[:20_000], mnist.test.images[:1000]
    found = {}
    for spec in ("projection:256", "keyed_projection:256", "keyed_projection:256 | uniform:8"):
        fitted = Codec.parse(spec).fit(train)
        found[spec] = psnr(fitted.decode(fitted.encode(test)), test)
    seeded, keyed, quantized = found.values()
    assert keyed > 24
    assert keyed > seeded - 0.7
    assert quantized > keyed - 0.1


def test_as_many_projections_as_values_give_images_back() -> None:
    images, test = (sample_images(n, (4, 4, 1), seed=n) for n in (400, 200))
    fitted = Codec.parse("keyed_projection:16").fit(images)
    assert np.array_equal(fitted.decode(fitted.encode(test)), test)


def test_the_decoder_is_the_linear_minimum_mean_square_one() -> None:
    """Kay's equation in double precision, from what is stored and the matrix itself."""
    fitted = Codec.parse("keyed_projection:20").fit(IMAGES)
    mean, factor, rest = (fitted.states[0][k].double().numpy() for k in ("mean", "factor", "rest"))
    key = keys.derived(bytes.fromhex(SECRET), "fewbytes keyed_projection matrix")
    p = secret_directions(key, 120, 20).double().numpy().T
    images = IMAGES.reshape(60, -1).astype(np.float64)
    covariance = factor @ factor.T + np.diag(rest)
    np.testing.assert_allclose(np.diag(covariance), images.var(0), rtol=1e-4)
    codes = fitted.encode(IMAGES)
    np.testing.assert_allclose(codes, images @ p.T, rtol=1e-4, atol=1e-3)
    gain = covariance @ p.T @ np.linalg.inv(p @ covariance @ p.T)
    expected = mean + (images @ p.T - mean @ p.T) @ gain.T
    difference = fitted.decode(codes).reshape(60, -1) - expected.clip(0, 255)
    assert np.abs(difference).max() < 0.55


def test_few_training_images_decode_better_than_their_mean(mnist: Dataset) -> None:
    images, test = mnist.train.images[:60], mnist.test.images[:500]
    fitted = Codec.parse("keyed_projection:256").fit(images)
    mean = np.broadcast_to(images.mean(0).round().astype(np.uint8), test.shape)
    assert psnr(fitted.decode(fitted.encode(test)), test) > psnr(mean, test) + 2


def test_images_that_are_all_the_same() -> None:
    flat = np.full((5, 6, 6, 1), 77, np.uint8)
    fitted = Codec.parse("keyed_projection:8").fit(flat)
    assert np.array_equal(fitted.decode(fitted.encode(flat)), flat)


def test_a_permutation_is_one() -> None:
    fitted = Codec.parse("keyed_permutation").fit(IMAGES)
    codes = fitted.encode(IMAGES)
    assert str(fitted) == "keyed_permutation | uint8 | raw"
    assert codes.dtype == np.uint8
    assert fitted.code_shape == (12, 10, 1)
    assert not fitted.codec.spatial
    assert not fitted.codec.lossy
    assert np.array_equal(fitted.decode(codes), IMAGES)
    assert not np.array_equal(codes, IMAGES)
    order = permutation(bytes(32), 120)
    assert sorted(order.tolist()) == list(range(120))
    assert sum(order[i] == i for i in range(120)) < 8
    assert np.array_equal(np.sort(codes.reshape(60, -1)), np.sort(IMAGES.reshape(60, -1)))


def test_orders_are_uniform() -> None:
    """Of 6 orders of 3 values, over 6,000 keys: chi-square with 5 degrees of freedom."""
    orders = [tuple(permutation(n.to_bytes(32, "big"), 3).tolist()) for n in range(6000)]
    counts = np.unique(np.array(orders), axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 1000.0) ** 2 / 1000).sum() < 30


def test_directions_are_normal() -> None:
    matrix = secret_directions(bytes(32), 400, 100).double() * 10
    assert abs(float(matrix.mean())) < 0.02
    assert abs(float(matrix.var()) - 1) < 0.03
    assert abs(float((matrix**4).mean()) - 3) < 0.2
    gram = matrix.T @ matrix / 400 - torch.eye(100)
    assert float(gram.abs().max()) < 0.4


def test_what_is_drawn_is_the_same_for_ever() -> None:
    """Stores hold nothing of it, so these numbers may never change."""
    key = bytes(range(32))
    order = permutation(key, 50).numpy().astype("<i8").tobytes()
    assert hashlib.sha256(order).hexdigest()[:16] == ORDER
    rounded = (secret_directions(key, 64, 16) * 4096).round().to(torch.int32).numpy()
    assert hashlib.sha256(rounded.tobytes()).hexdigest()[:16] == MATRIX


ORDER, MATRIX = "81bac45fe7465a89", "b7948a53df06f214"


@pytest.mark.parametrize("spec", SPECS)
def test_only_the_right_key_encodes_and_decodes(spec: str, set_key: SetKey) -> None:
    fitted = Codec.parse(spec).fit(IMAGES)
    codes, images = fitted.encode(IMAGES), fitted.decode(fitted.encode(IMAGES))
    assert fitted.codec.keys == ("default",)
    values = fitted.dequantize(codes)
    for digits, complaint in [(OTHER, "is not the one that this codec was made with"),
                              ("0" * 63, "is not 64 hexadecimal digits")]:  # fmt: skip
        set_key(digits)
        with pytest.raises(SecretKeyError, match=complaint):
            fitted.encode(IMAGES)
        with pytest.raises(SecretKeyError, match=complaint):
            fitted.decode(codes)
        assert np.array_equal(fitted.dequantize(codes), values)
    set_key(SECRET)
    assert np.array_equal(fitted.decode(codes), images)


@pytest.mark.parametrize("spec", SPECS)
def test_no_key_no_fit(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEWBYTES_KEY_default")
    with pytest.raises(SecretKeyError, match="is missing"):
        Codec.parse(spec).fit(IMAGES)


@pytest.mark.parametrize("spec", SPECS)
def test_keys_make_codes_differ_but_no_more_of_the_state_than_the_check(
    spec: str, set_key: SetKey
) -> None:
    one = Codec.parse(spec).fit(IMAGES)
    codes = one.encode(IMAGES)
    set_key(OTHER)
    other = Codec.parse(spec).fit(IMAGES)
    assert not np.array_equal(other.encode(IMAGES), codes)
    first = [stage.keyed for stage in one.codec.stages].index(True)
    learned = {
        name: torch.equal(t, other.states[first][name]) for name, t in one.states[first].items()
    }
    assert learned.pop("check") is False
    assert all(learned.values())


@pytest.mark.parametrize("spec", SPECS)
def test_nothing_of_the_key_is_kept(spec: str) -> None:
    fitted = Codec.parse(spec).fit(IMAGES)
    fitted.decode(fitted.encode(IMAGES))
    key = bytes.fromhex(SECRET)
    for kept in (fitted.save_state(), pickle.dumps(fitted), repr(fitted).encode()):
        for piece in (key[:8], key[8:16], SECRET[:16].encode()):
            assert piece not in kept


def test_sets_under_one_key_show_different_checks() -> None:
    for spec in ("keyed_permutation", "keyed_projection:20"):
        checks = [Codec.parse(spec).fit(IMAGES[part]).states[0]["check"] for part in
                  (slice(0, 30), slice(30, 60))]  # fmt: skip
        assert not torch.equal(checks[0], checks[1])
        assert not torch.equal(checks[0][16:], checks[1][16:])


@pytest.mark.parametrize("spec", ["keyed_permutation", "keyed_projection:20"])
def test_a_check_tells_nobody_without_the_key_which_set_it_was(spec: str, set_key: SetKey) -> None:
    """Neither half of it: who has the set, and another key, computes another salt."""
    held = Codec.parse(spec).fit(IMAGES).states[0]["check"].numpy().tobytes()
    assert Codec.parse(spec).fit(IMAGES).states[0]["check"].numpy().tobytes() == held
    set_key(OTHER)
    guessed = Codec.parse(spec).fit(IMAGES).states[0]["check"].numpy().tobytes()
    assert guessed[:16] != held[:16]
    assert guessed[16:] != held[16:]


def test_stages_under_keys_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEWBYTES_KEY_second", OTHER)
    codec = Codec.parse("keyed_permutation | keyed_permutation:key=second")
    assert codec.keys == ("default", "second")
    fitted = codec.fit(IMAGES)
    codes = fitted.encode(IMAGES)
    assert np.array_equal(fitted.decode(codes), IMAGES)
    monkeypatch.delenv("FEWBYTES_KEY_second")
    with pytest.raises(SecretKeyError, match="'second' is missing"):
        fitted.decode(codes)


def test_a_state_whose_check_is_no_check() -> None:
    fitted = Codec.parse("keyed_projection:20").fit(IMAGES)
    codes = fitted.encode(IMAGES)
    for check in (torch.zeros(0), torch.zeros(31, dtype=torch.uint8), torch.zeros(32)):
        with pytest.raises(CorruptError, match="bytes to check the key by"):
            changed(fitted, 0, check=check).decode(codes)
    with pytest.raises(SecretKeyError):
        changed(fitted, 0, check=torch.zeros(32, dtype=torch.uint8)).decode(codes)


def test_decoders_of_two_states_are_not_mistaken_for_each_other() -> None:
    one = Codec.parse("keyed_projection:20").fit(IMAGES)
    two = changed(one, 0, factor=one.states[0]["factor"] * 0)
    codes = one.encode(IMAGES)
    images = one.decode(codes)
    assert not np.array_equal(two.decode(codes), images)
    assert np.array_equal(one.decode(codes), images)


@pytest.mark.parametrize(
    "spec", [f"keyed_permutation:key={SECRET}", "keyed_projection:8:key=a b", "keyed_projection:0"]
)
def test_what_cannot_be(spec: str) -> None:
    with pytest.raises(CodecError) as caught:
        Codec.parse(spec)
    assert SECRET[:8] not in str(caught.value)


def test_sizes_that_cannot_be() -> None:
    for spec, complaint in [
        ("keyed_projection:121", "of only 120"),
        ("keyed_projection:8", "many"),
    ]:
        shape = (12, 10, 1) if "121" in spec else (100, 100, 1)
        with pytest.raises(CodecError, match=complaint):
            Codec.parse(spec).signals(shape)


def test_no_key_is_derived_for_two_purposes() -> None:
    key = keys.find()
    from fewbytes.stages import keyed_permutation, keyed_projection

    purposes = [keyed_permutation.PURPOSE, keyed_projection.PURPOSE]
    assert len({keys.derived(key, purpose) for purpose in purposes}) == 2
