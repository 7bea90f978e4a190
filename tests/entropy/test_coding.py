"""Blocks: round trips in every order, what order is worth, golden bytes, hostile bytes."""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import fewbytes as fb
from fewbytes.codecs import FittedCodec, LabelCoder, Symbols, stage_class
from fewbytes.entropy import LockstepCoder
from fewbytes.entropy.causal import Causal
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.logistic import LARGEST, ONE, STEPS
from fewbytes.entropy.network import TOP, Network, Weights
from fewbytes.errors import CodecError, CorruptError, InputError
from fewbytes.types import Labels, State
from tests.entropy.making import blobs, pattern, some_weights

GOLDEN = Path(__file__).parent.parent / "golden"
SHAPES = [((5, 4, 1), 2), ((3, 4, 2), 3), ((6,), 5), ((4, 4, 1), 256), ((3, 3, 1), 300)]
NAMES = ["range", "context"]


def fitted_coder(name: str, symbols: Symbols) -> tuple[LabelCoder, State]:
    """A coder with a state that no training made."""
    coder = stage_class(name)(**({"neighbours": 6} if name == "context" else {}))
    assert isinstance(coder, LabelCoder)
    if name == "context":
        return coder, some_weights(Causal(symbols.shape, 6), symbols.alphabet or 0).state()
    codes, labels = blobs(60, symbols.shape, symbols.alphabet or 0)
    x = torch.from_numpy(codes.astype(np.int32))
    statistic = coder.labelled_statistic(x, torch.from_numpy(labels), symbols, 0)
    return coder, coder.finish(statistic, symbols, 0)


CASES = [
    (name, Symbols(shape, alphabet))
    for name in NAMES
    for shape, alphabet in SHAPES
    if (name, alphabet) != ("context", 300)
]


@pytest.mark.parametrize(("name", "symbols"), CASES)
def test_blocks_come_back_in_every_order(name: str, symbols: Symbols) -> None:
    coder, state = fitted_coder(name, symbols)
    codes, labels = blobs(80, symbols.shape, symbols.alphabet or 0)
    order = coder.sort(codes, labels, symbols, state)
    assert sorted(order) == list(range(80))
    for known, in_order in ((None, False), (labels, False), (labels, True), (labels + 50, False)):
        given_codes = codes[order] if in_order else codes
        given_labels = known[order] if in_order and known is not None else known
        blob = coder.pack_labelled(given_codes, given_labels, symbols, state, in_order)
        found = coder.unpack_labelled(blob, 80, given_labels, symbols, state)
        assert np.array_equal(found, given_codes)
        assert found.dtype == symbols.dtype


@pytest.mark.parametrize("name", NAMES)
def test_labels_stay_with_their_images(name: str) -> None:
    """Whatever the order, the set of (label, code) pairs is the same."""
    symbols = Symbols((5, 4, 1), 3)
    coder, state = fitted_coder(name, symbols)
    fitted = FittedCodec(fb.codec(f"downsample:5x4 | lloyd:3 | {name}"), (9, 9, 1), {2: state})
    object.__setattr__(fitted.codec, "coder", coder)
    codes, labels = blobs(200, symbols.shape, 3)
    blob, as_stored = fitted.pack_block(codes, labels)
    found = fitted.unpack_block(blob, as_stored)
    assert not np.array_equal(found, codes)
    assert _pairs(found, as_stored) == _pairs(codes, labels)


def _pairs(codes: NDArray[Any], labels: Labels) -> list[tuple[int, bytes]]:
    return sorted((int(y), row.tobytes()) for y, row in zip(labels, codes, strict=True))


class Coins:
    """Predicts nothing: every decision is as likely as not."""

    decisions = Decisions(2, 0)

    def watch(self, positions: int, records: int) -> Coins:
        return self

    def look(self, position: int, rows: Any, labels: Any) -> None:
        return None

    def note(self, position: int, symbols: Any) -> None:
        """Do nothing."""

    def probabilities(self, seen: None, rows: Any, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.full(len(nodes), ONE // 2)


class Coin(LockstepCoder):
    """Codes bits in a bit each."""

    name = "coin"

    def predictor(self, symbols: Symbols, state: State) -> Coins:
        return Coins()

    def decisions(self, symbols: Symbols, state: State) -> Decisions:
        return Coins.decisions


def test_sorting_saves_what_order_is_worth() -> None:
    """log2 of n! within each class, less what records that are there twice never had."""
    symbols, coder = Symbols((14,), 2), Coin()
    codes = np.random.default_rng(5).integers(0, 2, (3000, 14)).astype(np.uint8)
    labels = np.repeat(np.arange(2), 1500)
    order = coder.sort(codes, labels, symbols, {})
    kept = coder.pack_labelled(codes[order], labels, symbols, {}, False)
    free = coder.pack_labelled(codes[order], labels, symbols, {}, True)
    rows, counts = np.unique(np.c_[labels, codes], axis=0, return_counts=True)
    assert len(rows) < 3000
    worth = 2 * math.lgamma(1501) - sum(math.lgamma(c + 1) for c in counts)
    assert len(kept) == pytest.approx(3000 * 14 / 8, abs=12)
    assert 8 * (len(kept) - len(free)) == pytest.approx(worth / math.log(2), rel=0.005)


@pytest.mark.parametrize(("name", "symbols"), CASES)
def test_golden_bytes(name: str, symbols: Symbols, request: pytest.FixtureRequest) -> None:
    """Probabilities are whole numbers: what was packed once unpacks on every machine, for ever."""
    coder, state = fitted_coder(name, symbols)
    codes, labels = blobs(40, symbols.shape, symbols.alphabet or 0)
    order = coder.sort(codes, labels, symbols, state)
    blob = coder.pack_labelled(codes[order], labels[order], symbols, state, True)
    path = GOLDEN / name / f"{symbols.alphabet}.bin"
    if not path.exists() and request.config.getoption("--write-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blob)
    golden = path.read_bytes()
    assert np.array_equal(
        coder.unpack_labelled(golden, 40, labels[order], symbols, state), codes[order]
    )
    assert blob == golden


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_altered_bytes_are_refused_and_forged_ones_do_no_harm(
    name: str, data: st.DataObject
) -> None:
    symbols = Symbols((4, 3, 1), 3)
    coder, state = fitted_coder(name, symbols)
    codes, labels = blobs(30, symbols.shape, 3)
    blob = bytearray(coder.pack_labelled(codes, labels, symbols, state, False))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CorruptError):
        coder.unpack_labelled(bytes(blob), 30, labels, symbols, state)
    with pytest.raises(CorruptError):
        coder.unpack_labelled(bytes(blob[:place]), 30, labels, symbols, state)
    rest = bytes(blob[4:]) if data.draw(st.booleans()) else data.draw(st.binary(max_size=60))
    context = np.array([30, *labels.tolist()], "<i8").tobytes()
    forged = zlib.crc32(rest, zlib.crc32(context)).to_bytes(4, "little") + rest
    try:
        found = coder.unpack_labelled(forged, 30, labels, symbols, state)
    except CorruptError:
        return
    assert found.shape == codes.shape
    assert int(found.max()) < 3


def test_bytes_of_other_records_or_labels_are_refused() -> None:
    symbols = Symbols((4, 3, 1), 3)
    coder, state = fitted_coder("range", symbols)
    codes, labels = blobs(30, symbols.shape, 3)
    blob = coder.pack_labelled(codes, labels, symbols, state, False)
    for n, known in ((29, labels[:29]), (31, np.append(labels, 0)), (30, labels + 1), (30, None)):
        with pytest.raises(CorruptError):
            coder.unpack_labelled(blob, n, known, symbols, state)


def test_the_network_is_what_its_definition_says() -> None:
    """Against the same sums with Python's own whole numbers."""
    causal = Causal((4, 5, 1), 7)
    weights = some_weights(causal, 5)
    network = Network(weights, causal, 5)
    codes = np.abs(pattern((6, 20), 4)).astype(np.uint8)
    codes[:, 3:9] = 0
    labels = np.array([0, 1, 2, 9, 0, 1])
    watched = network.watch(20, 6)
    for position in range(20):
        seen = watched.look(position, np.arange(6), labels)
        nodes = np.array([0, 1, 2, 3, 1, 0])
        found = network.probabilities(seen, np.arange(6), nodes)
        for row in range(6):
            expected = _slow(weights, causal, codes[row], position, int(min(labels[row], 3)))
            assert seen[:, row].tolist() == expected
            z = sum(
                h * int(w) for h, w in zip(expected, weights.decide[:, nodes[row]], strict=True)
            )
            z = (z + int(weights.decide_bias[nodes[row]])) >> 5
            bounded = max(-LARGEST, min(LARGEST, z))
            assert found[row] == pytest.approx(ONE / (1 + math.exp(-bounded / STEPS)), abs=1)
        watched.note(position, codes[:, position])


def _slow(weights: Weights, causal: Causal, code: Any, position: int, label: int) -> list[int]:
    positions, outside = causal.table()
    inputs = [
        int(v)
        for p, out in zip(positions[position], outside[position], strict=True)
        for v in weights.features[5 if out else code[p]]
    ]
    row, column, channel = causal.places[position]
    place = weights.rows[row] + weights.columns[column] + weights.channels[channel]
    hidden = []
    for unit in range(weights.first.shape[1]):
        total = sum(x * int(w) for x, w in zip(inputs, weights.first[:, unit], strict=True))
        total += (int(place[unit]) + int(weights.classes[label, unit])) << 4
        hidden.append(max(0, min(TOP, total >> 7)))
    result = []
    for unit in range(weights.second.shape[1]):
        total = sum(x * int(w) for x, w in zip(hidden, weights.second[:, unit], strict=True))
        result.append(max(0, min(TOP, (total + int(weights.second_bias[unit])) >> 6)))
    return result


@pytest.mark.parametrize("name", NAMES)
def test_a_state_of_other_codes_is_refused(name: str) -> None:
    symbols, other = Symbols((5, 4, 1), 3), Symbols((6, 6, 1), 4)
    coder, state = fitted_coder(name, symbols)
    codes, _ = blobs(9, other.shape, 4)
    with pytest.raises(CorruptError):
        coder.pack(codes, other, state)
    for key in state:
        broken = {k: v for k, v in state.items() if k != key}
        if key not in {"positions", "classes"}:
            codes, _ = blobs(9, symbols.shape, 3)
            with pytest.raises(CorruptError):
                coder.pack(codes, symbols, broken)


def test_weights_whose_sums_no_float_holds_are_refused() -> None:
    causal = Causal((5, 4, 1), 6)
    state = dict(some_weights(causal, 3).state())
    state["second_bias"] = torch.full_like(state["second_bias"], 1 << 25)
    with pytest.raises(CorruptError, match="exactly"):
        Network(Weights.of(state), causal, 3)


def test_fitting_finds_what_neighbours_tell() -> None:
    """Codes whose every second symbol repeats the one before it: a bit a pair is what they hold."""
    rng = np.random.default_rng(0)
    images = np.repeat(rng.integers(0, 2, (600, 8, 4, 1)), 2, axis=2).astype(np.uint8) * 255
    labels = rng.integers(0, 3, 600)
    spec = "threshold:0.5 | context:units=8:neighbours=6:steps=250:order=keep"
    fitted = fb.codec("otsu | " + spec).fit(images, labels=labels)
    codes = fitted.encode(images)
    blob, _ = fitted.pack_block(codes, labels)
    assert 8 * len(blob) / 600 < 34
    by_position = fb.codec("otsu | threshold | range").fit(images, labels=labels)
    assert 8 * len(by_position.pack_block(codes, labels)[0]) / 600 > 50


def test_class_tables_save_bytes() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 2000)
    images = (rng.random((2000, 6, 6, 1)) < (0.1 + 0.25 * labels)[:, None, None, None]) * 255
    images = images.astype(np.uint8)
    codec = fb.codec("uniform:1 | range:order=keep")
    blind, seeing = codec.fit(images), codec.fit(images, labels=labels)
    codes = blind.encode(images)
    assert len(seeing.pack_block(codes, labels)[0]) < 0.9 * len(blind.pack_block(codes, labels)[0])


@pytest.mark.parametrize("spec", ["uint8 | range:order=any", "context:units=2", "float32 | range"])
def test_bad_options_are_refused(spec: str) -> None:
    with pytest.raises(CodecError):
        fb.codec(spec)


@pytest.mark.parametrize("steps", [1, 9, 10, 11])
@pytest.mark.parametrize("row", ["downsample:1 | uniform:3", "downsample:3 | uniform:2"])
def test_short_fits_and_codes_of_one_symbol(row: str, steps: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 9, 9, 1)).astype(np.uint8)
    fitted = fb.codec(f"{row} | context:units=4:steps={steps}").fit(images)
    codes = fitted.encode(images)
    assert np.array_equal(fitted.unpack(fitted.pack(codes), 30), codes)


def test_more_nodes_than_symbols_and_many_classes() -> None:
    """130 symbols have 256 nodes: what may be fitted may be read."""
    symbols = Symbols((16, 16, 1), 130)
    coder = stage_class("range")()
    assert isinstance(coder, LabelCoder)
    codes, _ = blobs(300, symbols.shape, 130)
    labels = np.arange(300) // 2
    x, y = torch.from_numpy(codes), torch.from_numpy(labels)
    state = coder.finish(coder.labelled_statistic(x, y, symbols, 0), symbols, 0)
    blob = coder.pack_labelled(codes, labels, symbols, state, False)
    assert np.array_equal(coder.unpack_labelled(blob, 300, labels, symbols, state), codes)


def test_codes_beyond_all_measure_are_refused_before_anything_is_allocated() -> None:
    for spec, reason in (("range", "downsample first"), ("uint8 | context", "downsample first")):
        with pytest.raises(CodecError, match=reason):
            fb.codec(spec).symbols((8192, 8192, 1))
    with pytest.raises(CodecError, match="no room for tables"):
        fb.codec("uniform:12 | range").symbols((224, 224, 3))


@pytest.mark.parametrize("name", NAMES)
def test_weights_and_tables_of_another_kind_are_refused(name: str) -> None:
    symbols = Symbols((5, 4, 1), 3)
    coder, state = fitted_coder(name, symbols)
    codes, labels = blobs(9, symbols.shape, 3)
    for key, part in state.items():
        if part.dtype == torch.uint8:
            continue
        wrong = [part.float() + 0.5, torch.full_like(part.float(), math.nan), part[None]]
        for other in wrong:
            with pytest.raises(CorruptError):
                coder.pack_labelled(codes, labels, symbols, {**state, key: other}, False)


@pytest.mark.parametrize(
    "labels",
    [np.full(20, 200, np.uint8), np.zeros((20, 1), np.int64), np.full(20, -1), np.full(20, 0.5)],
)
def test_labels_of_any_whole_type_are_counted_and_others_refused(labels: NDArray[Any]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 1)).astype(np.uint8)
    codec = fb.codec("uniform:1 | range")
    if labels.dtype == np.uint8:
        wide = codec.fit(images, labels=labels.astype(np.int64))
        assert codec.fit(images, labels=labels).save_state() == wide.save_state()
    else:
        with pytest.raises(InputError, match="labels must"):
            codec.fit(images, labels=labels)


def test_what_is_learned_does_not_depend_on_threads() -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1)).astype(np.uint8)
    codec = fb.codec("uniform:2 | context:steps=20")
    threads, states = torch.get_num_threads(), []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            states.append(codec.fit(images).save_state())
    finally:
        torch.set_num_threads(threads)
    assert states[0] == states[1]
