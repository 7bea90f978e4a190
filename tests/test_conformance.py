"""Every registered stage keeps the contract, and none is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fewbytes.stages
from fewbytes.codecs import Codec, Stage, expand, stage_class, stage_names, text
from fewbytes.testing import check_configuration, conformance, options

EXAMPLES = {
    "bitpack": ["bitpack"],
    "dct": ["dct:8", "dct:1x17"],
    "downsample": ["downsample:9", "downsample:16x5:antialias=true"],
    "float32": ["float32"],
    "identity": ["identity"],
    "otsu": ["otsu"],
    "pca": ["pca:12"],
    "projection": ["projection:64", "projection:20:matrix=sparse"],
    "raw": ["raw"],
    "threshold": ["threshold", "threshold:0.3"],
    "uint8": ["uint8"],
    "uniform": ["uniform:1", "uniform:5", "uniform:8", "uniform:16"],
    "xz": ["xz", "xz:0"],
    "zstd": ["zstd", "zstd:1"],
}


def test_none_is_left_out() -> None:
    files = {path.stem for path in Path(fewbytes.stages.__file__).parent.glob("[!_]*.py")}
    assert files == set(stage_names()) == set(EXAMPLES)
    for name, specs in EXAMPLES.items():
        assert {spec.split(":")[0] for spec in specs} == {name}


@pytest.mark.parametrize("spec", [spec for specs in EXAMPLES.values() for spec in specs])
def test_stage_keeps_the_contract(spec: str) -> None:
    conformance(*text.parse(spec), examples=4)()


@given(st.data())
def test_any_options_come_back(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(stage_names()))
    stage: Stage = data.draw(options(stage_class(name)))
    check_configuration(stage)
    codec = Codec.parse(f"otsu | {stage.name}") if stage.name == "threshold" else None
    if codec is not None:
        assert Codec.parse(str(codec)) == codec


def test_a_sweep_is_every_combination() -> None:
    specs = expand("dct:{4,8} | uniform:{2, 8} | zstd")
    assert specs == [f"dct:{n} | uniform:{b} | zstd" for n in (4, 8) for b in (2, 8)]
