"""A sample depends on what passed through, and on the seed, but not on how it came."""

from __future__ import annotations

from functools import reduce

import pytest
import torch

from fewbytes.codecs import sample as module
from fewbytes.codecs.sample import merge, sample
from fewbytes.errors import InputError
from fewbytes.types import State

X = torch.randn(300, 2, 3, generator=torch.Generator().manual_seed(0))


def assert_same(a: State, b: State) -> None:
    assert a.keys() == b.keys()
    for key in a:
        assert torch.equal(a[key], b[key]), key


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for 50 records."""
    monkeypatch.setattr(module, "MOST_RECORDS", 50)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("rows", [1, 7, 100, 299])
def test_chunks_do_not_change_it(rows: int) -> None:
    labels = torch.arange(300) % 10
    chunks = zip(torch.split(X, rows), torch.split(labels, rows), strict=True)
    parts = [sample(chunk, 5, of_chunk) for chunk, of_chunk in chunks]
    assert_same(reduce(merge, parts), sample(X, 5, labels))
    assert_same(reduce(merge, parts[::-1]), sample(X, 5, labels))


@pytest.mark.usefixtures("small")
def test_merging_is_associative() -> None:
    a, b, c = (sample(part, 1) for part in torch.split(X, 100))
    assert_same(merge(merge(a, b), c), merge(a, merge(b, c)))


@pytest.mark.usefixtures("small")
def test_it_is_bounded_and_drawn_by_the_seed() -> None:
    first, again, other = sample(X, 1), sample(X, 1), sample(X, 2)
    assert first["records"].shape == (50, 2, 3)
    assert_same(first, again)
    assert not torch.equal(first["records"], other["records"])
    assert abs(float(first["records"].mean() - X.mean())) < 0.2


def test_its_bytes_are_bounded_but_one_record_always_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 6 * 4 * 8)
    assert len(sample(X, 0)["records"]) == 8
    assert len(sample(X.byte(), 0)["records"]) == 32
    monkeypatch.setattr(module, "MOST_BYTES", 5)
    assert len(sample(X, 0)["records"]) == 1


@pytest.mark.usefixtures("small")
def test_equal_records_are_one_and_counted() -> None:
    """A set of few distinct records is held whole, however often each occurs."""
    masks = torch.randint(0, 2, (5000, 4), generator=torch.Generator().manual_seed(3)).byte()
    found = reduce(merge, [sample(part, 0) for part in torch.split(masks, 77)])
    expected, counts = torch.unique(masks, dim=0, return_counts=True)
    assert len(expected) == 16
    order = [expected.tolist().index(record) for record in found["records"].tolist()]
    assert sorted(order) == list(range(16))
    assert found["counts"].tolist() == counts[order].tolist()


def test_equal_records_of_different_labels_are_two() -> None:
    twice = torch.cat([X[:1]] * 3)
    found = sample(twice, 0, torch.tensor([4, 9, 4]))
    seen = zip(found["labels"].tolist(), found["counts"].tolist(), strict=True)
    assert sorted(seen) == [(4, 2), (9, 1)]
    assert sample(twice, 0)["labels"].tolist() == [-1]


def test_minus_zero_is_zero() -> None:
    assert sample(torch.tensor([[0.0], [-0.0]]), 0)["counts"].tolist() == [2]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(InputError, match="hold NaN or infinite values"):
        sample(torch.tensor([[1.0], [bad]]), 0)


def test_it_errs_as_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean over a sample of k of D records, seen c times each, has the standard error s
    sqrt((1 - k/D) / k'), where k' = (sum c)^2 / sum c^2 is the effective size (Kish 1965).
    """
    monkeypatch.setattr(module, "MOST_RECORDS", 400)
    generator = torch.Generator().manual_seed(8)
    distinct = torch.randn(2000, 2, generator=generator)
    times = torch.randint(1, 9, (2000,), generator=generator) ** 2
    records = distinct.repeat_interleave(times, 0)
    truth, deviation = records.mean(0), records.std(0)
    errors, effective = [], []
    for seed in range(60):
        found = sample(records, seed)
        counts = found["counts"].float()
        assert len(counts) == 400
        errors.append((counts @ found["records"]) / counts.sum() - truth)
        effective.append(counts.sum() ** 2 / counts.square().sum())
    stated = deviation * ((1 - 400 / 2000) / torch.stack(effective).mean()).sqrt()
    observed = torch.stack(errors).square().mean(0).sqrt()
    assert torch.allclose(observed, stated, rtol=0.25), (observed, stated)


def test_merging_sends_nothing_along() -> None:
    """A part of a larger tensor would be sent whole."""
    found = merge(sample(X[:200], 0), sample(X[100:], 0))
    assert all(part.untyped_storage().nbytes() == part.nbytes for part in found.values())
