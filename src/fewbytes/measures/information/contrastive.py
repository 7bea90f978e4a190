"""Contrastive information: a lower bound on what one vector tells of another, by a trained critic.

A critic scores pairs; among a batch of K it has to find the true partner. InfoNCE is the log of K
times the probability that it gives to the partner, on average, and never above I(X; Y) whatever the
critic is; nor above log K, so that a figure near that ceiling says little of the truth.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, Means, Measurement
from fewbytes.measures.vectors import as_vectors, checked_seed, rounding

STEPS = 500
"""Of training: three times as many gain nothing on correlated Gaussians of 1 and 20 dimensions."""

WIDTH = 128
EMBEDDING = 32
RATE = 2e-3
DECAY = 1e-2

FARTHEST = 10.0
"""Standard deviations: what is farther counts as there."""

FAINTEST = 1e-6
"""Of the largest deviation: what varies less is left out."""

_VALUES = 1 << 22
"""Held in double precision at a time: 32 MiB."""

NEAR = 1.0
"""Bits below the ceiling within which a figure is not to be read as the information itself."""

_PAPER = "A. van den Oord et al., arXiv:1807.03748, 2018, eq. 5; B. Poole et al., ICML 2019, eq. 12"


def contrastive_ceiling(batch: int) -> float:
    """What InfoNCE cannot exceed with batches of so many pairs: log2 batch, in bits."""
    if batch < 2:
        raise InputError(f"a batch of {batch}; a critic chooses between at least 2 pairs")
    return math.log2(batch)


def contrastive_information(
    first: np.ndarray,
    second: np.ndarray,
    *,
    seed: int = 0,
    batch: int = 512,
    most: float | None = None,
) -> Measurement:
    """`contrastive.information`: a lower end of I(first; second), in bits.

    first, second: (n, ...) paired vectors. A separable critic f(x) . g(y) is trained on one random
    half of the pairs, and the bound is taken on the other, so that it holds for critics of any
    quality. The value is InfoNCE itself, 0 where it is negative; the lower end is moved down by its
    sampling error. The upper end is `most`, bits (the entropy of a label, say), or infinite.

    Within a bit of the ceiling log2 batch the lower end still holds, and the figure is called
    unreliable; so it is where nothing varies in the half that trains.

    Raises:
        InputError: mismatched, empty, constant or not finite arrays, fewer than 4 * batch pairs, or
            a negative seed.
    """
    ceiling = contrastive_ceiling(batch)
    x, y = _checked(first, "first"), _checked(second, "second")
    if len(x) != len(y):
        raise InputError(f"{len(x)} first vectors, but {len(y)} second ones")
    if len(x) < 4 * batch:
        raise InputError(f"{len(x)} pairs; batches of {batch} need at least {4 * batch}")
    if most is not None and not most >= 0:
        raise InputError(f"information of at most {most} bits cannot be")
    order = np.random.default_rng(checked_seed(seed)).permutation(len(x))
    train, rest = order[: len(x) // 2], order[len(x) // 2 :]
    x, y = _standardised(x, train), _standardised(y, train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        critic = _Critic(x.shape[1], y.shape[1])
        _fit(critic, x[train], y[train], batch, np.random.default_rng([seed, 1]))
    found = _measurement(_gains(critic, x[rest], y[rest], batch), batch, ceiling, most)
    still = [f"{what} vectors" for what, z in (("first", x), ("second", y)) if not z[train].any()]
    if not still:
        return found
    return found.doubted(f"the {' and the '.join(still)} vary by no more than rounding in training")


class _Critic(nn.Module):
    """f(x) . g(y), of standardised vectors: a straight path and a hidden layer side by side."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        self.sides = nn.ModuleList([_Side(first), _Side(second)])

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """(batch, d), (batch, e) -> scores (batch, batch), the true pairs on the diagonal."""
        scores: torch.Tensor = self.sides[0](x) @ self.sides[1](y).T
        return scores


class _Side(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(d, WIDTH), nn.ReLU(), nn.Linear(WIDTH, EMBEDDING))
        self.straight = nn.Linear(d, EMBEDDING)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = torch.cat([self.hidden(z), self.straight(z)], 1)
        out /= (2 * EMBEDDING) ** 0.25
        return out


def _checked(array: np.ndarray, what: str) -> np.ndarray:
    """Any numbers (n, ...) -> (n, d)."""
    array = as_vectors(array, f"{what} vectors")
    if (array == array[0]).all():
        raise InputError(f"the {what} vectors do not vary: they tell nothing")
    return array


def _standardised(values: np.ndarray, train: np.ndarray) -> np.ndarray:
    """float32 (n, d), of mean 0 and deviation 1 among the records to train on. It is taken in
    double precision, so that a large mean costs nothing; what varies by no more than rounding is 0.
    """
    rows = max(1, _VALUES // values.shape[1])
    parts = [slice(start, start + rows) for start in range(0, len(values), rows)]
    mean = sum(values[train[part]].sum(0, dtype=np.float64) for part in parts) / len(train)
    squares = sum(np.square(values[train[part]] - mean).sum(0) for part in parts)
    deviation = np.sqrt(squares / len(train))
    least = np.maximum(FAINTEST * deviation.max(), 4 * rounding(values.dtype) * np.abs(mean))
    scale = np.where(deviation > least, deviation, np.inf)
    found = np.empty(values.shape, dtype=np.float32)
    for part in parts:
        found[part] = np.clip((values[part] - mean) / scale, -FARTHEST, FARTHEST)
    return found


def _fit(
    critic: _Critic, x: np.ndarray, y: np.ndarray, batch: int, rng: np.random.Generator
) -> None:
    """Raise InfoNCE on the training pairs; a tenth of them choose the best of ten moments."""
    kept = max(batch, len(x) // 10)
    best, state = -math.inf, critic.state_dict()
    optimizer = torch.optim.AdamW(critic.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    diagonal = torch.arange(batch)
    for step in range(1, STEPS + 1):
        chosen = kept + rng.choice(len(x) - kept, batch, replace=len(x) - kept < batch)
        scores = critic(torch.from_numpy(x[chosen]), torch.from_numpy(y[chosen]))
        loss = nn.functional.cross_entropy(scores, diagonal)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % (STEPS // 10) == 0:
            reached = float(_gains(critic, x[:kept], y[:kept], batch).mean())
            if reached > best:
                best = reached
                state = {name: value.clone() for name, value in critic.state_dict().items()}
    critic.load_state_dict(state)


@torch.no_grad()
def _gains(critic: _Critic, x: np.ndarray, y: np.ndarray, batch: int) -> np.ndarray:
    """Influence of each pair on InfoNCE, in bits (n // batch * batch,): their mean is InfoNCE.

    A pair counts as itself, and as an alternative for the others of its batch, which moves the
    bound by 1 less the probability that all together give to it. Those moves sum to 0 in a batch.
    """
    found = []
    for start in range(0, len(x) - batch + 1, batch):
        part = slice(start, start + batch)
        scores = critic(torch.from_numpy(x[part]), torch.from_numpy(y[part])).double()
        logs = scores.log_softmax(1)
        own = logs.diagonal() + math.log(batch)
        found.append(own + 1 - logs.exp().sum(0))
    return (torch.cat(found) / math.log(2)).numpy()


def _measurement(gains: np.ndarray, batch: int, ceiling: float, most: float | None) -> Measurement:
    n = len(gains)
    reached = float(gains.mean())
    low = max(0.0, reached - DEVIATIONS * float(gains.std(ddof=1)) / math.sqrt(n))
    high = math.inf if most is None else max(most, low)
    found = Measurement(
        "contrastive.information", "bits", min(max(0.0, reached), high), low, high, n,
        f"InfoNCE, separable critic, batches of {batch}: a lower end, never above {ceiling:g} bits",
        _PAPER, means=Means.BOUNDS,
    )  # fmt: skip
    if most is not None and low > most:
        found = found.doubted(f"the lower end is above the {most:g} bits that can be at most")
    if reached > ceiling - NEAR:
        reason = f"within a bit of the ceiling of {ceiling:g}: no more than a lower end"
        found = found.doubted(reason)
    return found
