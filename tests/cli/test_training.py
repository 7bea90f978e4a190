"""train by several processes, as `torchrun` starts them, and what ends them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import fewbytes as fb
from fewbytes.types import Dataset
from tests.learn.training_together import environment, free_port

pytestmark = pytest.mark.slow

FEWBYTES = ("-m", "fewbytes", "train")

IMPATIENT = (
    "-c",
    """if True:
    import sys
    from datetime import timedelta
    from fewbytes.learn import meeting
    meeting.MEETING, meeting.SILENCE = timedelta(seconds=20), timedelta(seconds=5)
    from fewbytes.cli import main
    sys.exit(main(["train", *sys.argv[1:]]))
    """,
)
"""The same, with ranks that wait seconds."""

FAILING = (
    "-c",
    """if True:
    import os, sys
    from fewbytes.errors import CorruptError
    from fewbytes.learn import trainer
    whole = trainer._step
    def step(*given):
        if os.environ["RANK"] == "1":
            raise CorruptError("a block that one rank alone reads is damaged")
        return whole(*given)
    trainer._step = step
    from fewbytes.cli import main
    sys.exit(main(["train", *sys.argv[1:]]))
    """,
)
"""The same, where rank 1 fails at its first step."""


@pytest.fixture(scope="module")
def store(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("together") / "tiny.fb"
    fb.compress(tiny, path, codec="downsample:12 | zstd")
    return str(path)


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`torchrun --nproc-per-node 2 -m fewbytes train ARGUMENTS`."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.run(
        [*launch, *FEWBYTES, *arguments], capture_output=True, text=True, timeout=100, check=False
    )


@contextmanager
def two_ranks(
    program: Sequence[str], *arguments: str, **more: str
) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes as `torchrun` would start them, but with nobody to end one for the other."""
    port = free_port()
    started = [
        subprocess.Popen(
            [sys.executable, *program, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment(rank, 2, port), **more},
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def _one_line(said: str) -> str:
    """What fewbytes complained of, which must be all that was said."""
    lines = said.splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("fewbytes: ")
    return lines[0]


def test_torchrun_trains_and_the_first_rank_prints(store: str) -> None:
    done = torchrun(store, "--epochs", "1", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert row["test_accuracy"] > 0.5
    told = re.findall(r"epoch \d: validation|test [\d.]+ %", done.stderr)
    assert [word.split()[0] for word in told] == ["epoch", "test"]


def test_torchrun_says_once_what_is_wrong(tmp_path: Path) -> None:
    done = torchrun(str(tmp_path / "no.fb"))
    assert done.returncode != 0
    assert done.stdout == ""
    complaints = [line for line in done.stderr.splitlines() if line.startswith("fewbytes: ")]
    assert len(complaints) == 1
    assert "no store here" in complaints[0]


def test_what_fails_in_one_rank_ends_all_and_is_said_once(store: str) -> None:
    with two_ranks(FAILING, store) as (first, second):
        assert first.communicate(timeout=60) == ("", "")
        _, said = second.communicate(timeout=60)
        assert "one rank alone reads" in _one_line(said)
        assert first.returncode == second.returncode == 2


def test_a_killed_rank_ends_the_other(store: str) -> None:
    """Even that which keeps the store at which ranks meet."""
    with two_ranks(FEWBYTES, store, "--epochs", "10000") as ranks:
        assert ranks[0].stdout is not None
        ranks[0].stdout.readline()  # of the first epoch
        ranks[0].kill()
        start = time.monotonic()
        _, said = ranks[1].communicate(timeout=60)
        assert time.monotonic() - start < 20
        assert "rank 1 of 2 lost another" in _one_line(said)
        assert ranks[1].returncode == 2


def test_a_silent_rank_is_waited_for_so_long(store: str) -> None:
    with two_ranks(IMPATIENT, store, "--epochs", "10000", TORCH_CPP_LOG_LEVEL="FATAL") as ranks:
        assert ranks[0].stdout is not None
        ranks[0].stdout.readline()
        ranks[1].send_signal(signal.SIGSTOP)
        start = time.monotonic()
        _, said = ranks[0].communicate(timeout=60)
        assert 4 < time.monotonic() - start < 30
        assert "said nothing for 5 s" in _one_line(said)


def test_a_meeting_place_that_is_not_there(store: str) -> None:
    done = subprocess.run(
        [sys.executable, *(word.replace("seconds=20", "seconds=1") for word in IMPATIENT), store],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environment(1, 2, free_port()), "TORCH_CPP_LOG_LEVEL": "FATAL"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "rank 1 of 2 did not meet the others at MASTER_ADDR 127.0.0.1" in _one_line(done.stderr)
