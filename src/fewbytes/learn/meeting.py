"""How ranks meet, and how they end: torch's process group around what they do.

    with together() as ranks:  # in every process that `torchrun` starts
        ...

What fails, fails in all ranks alike (a store that is not there), or in one for which the others
then wait (a block that it alone reads). Either way one of them should say why: the first to fail
notes it in the store at which the ranks met, and raises its own error; the others raise
OtherRankError. A process that is killed closes its connections, which gloo notices at once; one
that hangs, or whose machine is gone, is waited for as long as SILENCE.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

from fewbytes.errors import OtherRankError, RanksError, first_line
from fewbytes.learn.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

MEETING = timedelta(seconds=60)
"""How long ranks wait for all to come; torch tries twice to reach a store that does not answer."""

SILENCE = timedelta(minutes=5)
"""How long a rank waits for what another is to send."""

_LAST_WORDS_SECONDS = 0.5
"""What the first to fail has to speak in: once one process has ended `torchrun` ends them all."""

_GLOO_SAYS = ("/gloo/", "pair closure", "closed by peer", "Timed out waiting")
"""What tells gloo's errors, which have no class of their own, from any other RuntimeError."""


@contextmanager
def together() -> Iterator[Ranks]:
    """The ranks that this process is one of: of torch's process group where there is one already;
    else as the environment says, which `torchrun` sets; else this process alone.

    Raises:
        RanksError: the environment makes no sense, the ranks do not meet, or one is lost.
        OtherRankError: another rank failed, and says why.
    """
    if dist.is_available() and dist.is_initialized():
        on_cuda = dist.get_backend() == "nccl"
        device = torch.device("cuda", torch.cuda.current_device()) if on_cuda else None
        yield Ranks(dist.get_rank(), dist.get_world_size(), device or torch.device("cpu"))
        return
    world = _number("WORLD_SIZE", default="1")
    if world == 1:
        yield ALONE
        return
    ranks = Ranks(_number("RANK"), world, _device())
    met_at = _meet(ranks)
    try:
        _start(ranks, met_at)
        yield ranks
    except BaseException as error:
        if not _is_first_to_fail(met_at) and isinstance(error, Exception):
            time.sleep(_LAST_WORDS_SECONDS)
            raise OtherRankError("another rank failed, and says why") from error
        if _is_loss(error):
            raise RanksError(
                f"rank {ranks.rank} of {ranks.world} lost another, which ended without a word or "
                f"said nothing for {SILENCE.seconds} s: the training must be started again"
            ) from error
        raise
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def _number(name: str, default: str = "") -> int:
    value = os.environ.get(name) or default
    if not value.isdecimal():
        raise RanksError(
            f"{name} is {repr(value) if value else 'not set'}: start ranks by torchrun, which sets "
            "RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or unset WORLD_SIZE"
        )
    return int(value)


def _device() -> torch.device:
    """On CUDA the device LOCAL_RANK, which becomes the present one."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    number, there = _number("LOCAL_RANK", default="0"), torch.cuda.device_count()
    if number >= there:
        raise RanksError(f"LOCAL_RANK is {number}, and this machine has {there} CUDA devices")
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def _meet(ranks: Ranks) -> Store:
    """The store that all ranks can reach, once this one has reached it."""
    if not dist.is_available():
        raise RanksError("this build of torch has no torch.distributed: unset WORLD_SIZE")
    from torch.distributed.rendezvous import rendezvous  # is only where torch.distributed is

    if ranks.rank >= ranks.world:
        raise RanksError(f"RANK is {ranks.rank}, of WORLD_SIZE {ranks.world}: it counts from 0")
    address, port = os.environ.get("MASTER_ADDR"), _number("MASTER_PORT")
    start = time.monotonic()
    try:
        met_at: Store
        met_at, _, _ = next(rendezvous("env://", ranks.rank, ranks.world, timeout=MEETING))
    except (RuntimeError, ValueError) as error:
        raise RanksError(
            f"rank {ranks.rank} of {ranks.world} did not meet the others at MASTER_ADDR {address}, "
            f"MASTER_PORT {port} in {time.monotonic() - start:.0f} s: {first_line(error)}"
        ) from error
    return met_at


def _start(ranks: Ranks, met_at: Store) -> None:
    backend = "nccl" if ranks.device is not None and ranks.device.type == "cuda" else "gloo"
    dist.init_process_group(
        backend, store=met_at, rank=ranks.rank, world_size=ranks.world, timeout=SILENCE
    )


def _is_first_to_fail(met_at: Store) -> bool:
    """Whether no other rank has failed before; also where nobody can say any more."""
    try:
        return met_at.add("fewbytes ranks that failed", 1) == 1
    except RuntimeError:
        return True


def _is_loss(error: BaseException) -> bool:
    """Whether torch says that another rank is gone, or silent."""
    said = isinstance(error, RuntimeError) and any(words in str(error) for words in _GLOO_SAYS)
    return said or isinstance(error, dist.DistError)
