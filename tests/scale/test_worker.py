"""What a process must have to be a worker of ours."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from fewbytes import keys
from fewbytes.errors import EngineError
from fewbytes.scale import worker
from fewbytes.scale.worker import Setup, cluster_setup
from fewbytes.versions import PACKAGES
from tests.scale import jobs
from tests.scale.jobs import Folder


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """A worker changes the process that it is."""
    threads, here = torch.get_num_threads(), Path.cwd()
    yield
    torch.set_num_threads(threads)
    os.chdir(here)
    worker._begun.__dict__.clear()


def test_versions_are_those_of_packages_and_of_our_code() -> None:
    found = worker.told_apart()
    assert set(found) == {"Python", *PACKAGES}
    assert found["fewbytes"].endswith(")"), "the version alone says nothing of what is worked on"


@pytest.mark.parametrize("name", ["fewbytes", "torch", "Python"])
def test_another_version_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match=f"has {name} .*, not 0.0.1 as here"):
        worker.begin(Setup({**worker.told_apart(), name: "0.0.1"}))


def test_a_folder_out_of_sight_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=f"does not see {tmp_path}: give a folder that all"):
        worker.begin(Setup({}, attempts=tmp_path / ".attempts-1"))


def test_secrets_reach_a_worker_and_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEWBYTES_KEY_late", "ab" * 32)
    setup = Setup({})
    assert "abab" not in repr(setup)
    monkeypatch.delenv("FEWBYTES_KEY_late")
    worker.begin(setup)
    assert keys.find("late") == bytes.fromhex("ab" * 32)


def test_a_task_that_was_begun_too_often_is_not_begun_again(tmp_path: Path) -> None:
    """Clusters that try for ever meet what its dead workers left."""
    job = Folder(tmp_path)
    (tmp_path / f"{worker.ATTEMPTS}left").mkdir()
    with cluster_setup(1, tmp_path) as setup:
        assert setup.attempts is not None
        assert worker.run(setup, job, jobs.square, 3) == 9
        assert list(setup.attempts.iterdir()) == []
        for _ in range(worker.TRIES):
            if (child := os.fork()) == 0:
                worker.run(setup, job, jobs.die, 3)
            assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        with pytest.raises(EngineError, match="died 3 times at the same task"):
            worker.run(setup, job, jobs.die, 3)
        assert worker.run(setup, job, jobs.die, 4) == 4, "another task is none the worse"
    assert list(tmp_path.iterdir()) == []


def test_versions_elsewhere_do_not_matter_to_this_machine() -> None:
    worker.begin(Setup({}))
    assert torch.get_num_threads() == 1
