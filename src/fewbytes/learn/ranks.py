"""Ranks: the processes that train one network together, each on its share of every batch.

All hold the same network, draw the same orders and the same shifts, and take their own rows of
each; torch's DistributedDataParallel averages the gradients. So the recipe means the same whatever
the number of ranks, and the weights are those of one process but for rounding. What layers draw for
themselves in training (the noise of `mlp`, dropout in a model of one's own) every rank draws from a
seed of its own: of the same distribution, but not the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from fewbytes.errors import InputError
from fewbytes.learn.shared_norm import share_norms


@dataclass(frozen=True)
class Ranks:
    """This process, `rank`, of `world` that train together, on `device`."""

    rank: int
    world: int
    device: torch.device | None
    """Where this rank trains, and exchanges with others; None leaves it to the trainer."""

    @property
    def first(self) -> bool:
        """Whether it is this process that speaks for all."""
        return self.rank == 0

    def own(self, n: int) -> slice:
        """This rank's run of `n` things; one after another, the runs of all ranks are all of them.

        Raises:
            InputError: a rank would have none.
        """
        if n < self.world:
            raise InputError(f"{n} inputs cannot be shared among {self.world} ranks: start fewer")
        return slice(self.rank * n // self.world, (self.rank + 1) * n // self.world)

    def share(self, batch: int) -> int:
        """How many inputs of a batch each rank has: as many as any other, since averages are
        averaged.

        Raises:
            InputError: the batch cannot be shared so.
        """
        each, left = divmod(batch, self.world)
        if left:
            raise InputError(
                f"a batch of {batch} inputs cannot be shared evenly among {self.world} ranks: "
                "start a number that divides it"
            )
        return each

    def seed(self, seed: int) -> int:
        """What layers draw from: on the first rank the seed itself, on others one of their own."""
        if self.first:
            return seed
        words = np.random.SeedSequence([seed, self.rank]).generate_state(1, np.uint64)
        return int(words[0] >> 1)

    def put_together(self, mine: Tensor, n: int) -> Tensor:
        """All rows (n, ...), on every rank, of which `mine` are this one's, `own(n)`."""
        if self.world == 1:
            return mine
        rows = torch.zeros(n, *mine.shape[1:], dtype=mine.dtype, device=self.device)
        rows[self.own(n)] = mine.to(rows.device)
        dist.all_reduce(rows)  # where these rows are others' they are zero
        return rows.to(mine.device)

    def mean(self, value: Tensor) -> float:
        """The mean over all ranks of a number, ()."""
        return float(self.put_together(value[None], self.world).mean())

    def joined(self, network: nn.Module, device: torch.device, *, wholly_used: bool) -> nn.Module:
        """`network` as it is trained by all: it begins with the weights of the first rank, batches
        are normalised by what all see, gradients are averaged. `wholly_used` promises that each
        weight takes part in each step.
        """
        if self.world == 1:
            return network
        share_norms(network, device)
        return DistributedDataParallel(network, find_unused_parameters=not wholly_used)


ALONE = Ranks(rank=0, world=1, device=None)
