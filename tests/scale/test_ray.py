"""A Ray cluster of two nodes on this machine, each a process of its own; one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import fewbytes as fb
from fewbytes.errors import EngineError
from fewbytes.scale import Engine, at_work
from fewbytes.store import layout, tasks
from fewbytes.types import Dataset
from tests.scale.same import When, compressed, files_in, studied

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

pytest.importorskip("ray")


class Nodes:
    """A head of one processor, and further nodes that come and go."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "include_dashboard": False}
        self.cluster: Any = Cluster(initialize_head=True, head_node_args=head)

    def added(self, **options: Any) -> Any:
        node = self.cluster.add_node(num_cpus=1, **options)
        self.cluster.wait_for_nodes()
        return node

    def forgotten(self, node: Any) -> None:
        """See that the cluster counts without a node that was killed."""
        self.cluster.remove_node(node, allow_graceful=False)

    def killed(self, node: Any) -> None:
        """SIGKILL to every process of a node, its workers too."""
        of_node = [p.process.pid for group in node.all_processes.values() for p in group]
        for pid in of_node:
            said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True)
            for one in [*map(int, said.stdout.split()), pid]:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    found = Nodes()
    yield found
    found.cluster.shutdown()


@pytest.fixture
def engine(nodes: Nodes) -> Iterator[Engine]:
    with at_work("ray", address=nodes.cluster.address) as found:
        yield found


@pytest.fixture(autouse=True)
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver alone cuts: a job knows how many records its blocks have."""
    monkeypatch.setattr(layout, "MOST_RECORDS", 32)
    monkeypatch.setattr(tasks, "BLOCKS_PER_SHARD", 4)


def test_a_node_killed_while_it_encodes(nodes: Nodes, tiny: Dataset, tmp_path: Path) -> None:
    here = compressed(tiny, tmp_path / "here.fb")
    second = nodes.added()
    target = tmp_path / "there.fb"
    blocks = tmp_path / "there.fb.partial" / "blocks"
    with at_work("ray", address=nodes.cluster.address) as engine:
        assert engine.workers == 2
        kill = When(lambda: files_in(blocks, "*.arrow") >= 3, lambda: nodes.killed(second))
        assert compressed(tiny, target, engine=engine) == here
        assert kill.done
        assert not list(tmp_path.glob("*.partial"))
    nodes.forgotten(second)


def test_a_node_killed_while_it_trains(nodes: Nodes, tiny: Dataset, tmp_path: Path) -> None:
    local = studied(tiny, tmp_path / "local", workers=2)
    second = nodes.added()
    out = tmp_path / "there"
    with at_work("ray", address=nodes.cluster.address) as engine:
        kill = When(lambda: files_in(out / "cells", "*.json") >= 1, lambda: nodes.killed(second))
        assert studied(tiny, out, engine=engine) == local
        assert kill.done
    nodes.forgotten(second)
    assert files_in(out / "cells", "*.json") == 0
    assert len(local) == 16


FAKES = {
    "missing": ("raise ModuleNotFoundError(\"No module named 'fewbytes'\")", "lacks a package"),
    "older": (
        "from pathlib import Path\n"
        f"__path__ = [{str(Path(fb.__file__).parent)!r}]\n"
        "import fewbytes.scale.worker as worker\n"
        "worker.told_apart = lambda: {'fewbytes': '0.0.1'}\n",
        "has Python None, not",
    ),
}


@pytest.mark.parametrize("kind", FAKES)
def test_workers_with_another_fewbytes_or_none(kind: str, tiny: Dataset, tmp_path: Path) -> None:
    """In a cluster of its own: the head does not work."""
    code, said = FAKES[kind]
    package = tmp_path / "fake" / "fewbytes"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code)
    program = (
        "import sys\n"
        "from ray.cluster_utils import Cluster\n"
        "head = {'num_cpus': 0, 'include_dashboard': False}\n"
        "cluster = Cluster(initialize_head=True, head_node_args=head)\n"
        f"cluster.add_node(num_cpus=1, env_vars={{'PYTHONPATH': {str(package.parent)!r}}})\n"
        "cluster.wait_for_nodes()\n"
        "import fewbytes as fb\n"
        "from fewbytes.errors import EngineError\n"
        "try:\n"
        f"    fb.compress('mnist', {str(tmp_path / 'a.fb')!r}, codec='dct:4', engine='ray',\n"
        "        address=cluster.address)\n"
        "except EngineError as error:\n"
        "    print('said:', error)\n"
        "cluster.shutdown()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=150, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("said: ")]
    assert len(lines) == 1, done.stdout + done.stderr
    assert said in lines[0]
    assert not (tmp_path / "a.fb").exists()


def test_a_cluster_without_room_is_said(nodes: Nodes) -> None:
    with (
        pytest.raises(EngineError, match="no room for a worker of 64 processors"),
        at_work("ray", address=nodes.cluster.address, threads=64),
    ):
        pass
