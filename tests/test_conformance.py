"""Every registered stage keeps the contract, and none is left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fewbytes.stages
from fewbytes.codecs import Codec, Stage, expand, stage_class, stage_names, text
from fewbytes.testing import SHAPES, check_configuration, conformance, options

EXAMPLES = {
    "autoencoder": ["autoencoder:40:levels=5:channels=2:width=8:steps=3"],
    "autoencoder_supervised": ["autoencoder_supervised:40:levels=5:channels=2:width=8:steps=3"],
    "avif": ["avif:40:speed=9", "avif:90:speed=10:chroma=444:layout=image"],
    "bitpack": ["bitpack"],
    "blockdct": ["blockdct", "blockdct:4:keep=9:keep_chroma=3:weights=jpeg"],
    "context": ["context:neighbours=12:units=8:steps=4", "context:steps=2:order=keep"],
    "dct": ["dct:8", "dct:1x17"],
    "downsample": ["downsample:9", "downsample:16x5:antialias=true"],
    "float32": ["float32"],
    "fsq": ["fsq:2", "fsq:7", "fsq:256"],
    "identity": ["identity"],
    "jpeg": ["jpeg:30", "jpeg:90:chroma=444:layout=image"],
    "jxl": ["jxl:50", "jxl:100:effort=4:layout=image"],
    "keyed_permutation": ["keyed_permutation", "keyed_permutation:key=other"],
    "keyed_projection": ["keyed_projection:64", "keyed_projection:9:key=other"],
    "lloyd": ["lloyd:3", "lloyd:16:shared=true", "lloyd:300"],
    "otsu": ["otsu"],
    "pca": ["pca:12"],
    "png": ["png", "png:layout=image"],
    "pq": ["pq:3:8", "pq:16:300"],
    "projection": ["projection:64", "projection:9", "projection:20:matrix=sparse"],
    "range": ["range", "range:order=keep"],
    "raw": ["raw"],
    "subset": ["subset:0.4", "subset:0.4:method=kcentre", "subset:1:method=herding"],
    "threshold": ["threshold", "threshold:0.3"],
    "uint8": ["uint8"],
    "uniform": [
        *("uniform:1", "uniform:5", "uniform:8", "uniform:16"),
        *("uniform:2:step=85", "uniform:6:step=40:deadzone=0.6"),
    ],
    "vq": ["vq:2", "vq:300"],
    "webp": ["webp:50", "webp:100:layout=image"],
    "xz": ["xz", "xz:0"],
    "ycbcr": ["ycbcr"],
    "zstd": ["zstd", "zstd:1"],
}

COLOUR_ONLY = {"ycbcr"}
"""Stages that refuse grey pictures."""


@pytest.fixture(autouse=True, scope="module")
def keys_given() -> Iterator[None]:
    """Keys for the keyed stages of EXAMPLES."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEWBYTES_KEY_default", "0123456789abcdef" * 4)
        patch.setenv("FEWBYTES_KEY_other", "f0" * 32)
        yield


def test_none_is_left_out() -> None:
    files = {path.stem for path in Path(fewbytes.stages.__file__).parent.glob("[!_]*.py")}
    assert files == set(stage_names()) == set(EXAMPLES)
    for name, specs in EXAMPLES.items():
        assert {spec.split(":")[0] for spec in specs} == {name}


@pytest.mark.parametrize("spec", [spec for specs in EXAMPLES.values() for spec in specs])
def test_stage_keeps_the_contract(spec: str) -> None:
    shapes = SHAPES[1:] if spec in COLOUR_ONLY else SHAPES
    conformance(*text.parse(spec), shapes=shapes, examples=4)()


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
