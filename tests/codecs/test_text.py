"""The text form: what is refused, and how it is said."""

from __future__ import annotations

import pytest

from fewbytes.codecs import Codec, expand
from fewbytes.errors import CodecError, UnknownStageError


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("projection:256", "projection:256 | float32 | raw"),
        ("dct:16x16|uniform:8", "dct:16 | uniform:8 | raw"),
        (" dct : 12x16 ", "dct:12x16 | float32 | raw"),
        ("downsample:size=16:antialias=TRUE", "downsample:16:antialias=true | uint8 | raw"),
        ("downsample:16:antialias=false | zstd:12", "downsample:16 | uint8 | zstd"),
        ("otsu", "otsu | threshold | bitpack"),
        ("otsu | downsample:16 | threshold:0.50", "otsu | downsample:16 | threshold | bitpack"),
        ("pca:9 | uniform:12", "pca:9 | uniform:12 | bitpack"),
        ("pca:9 | uniform:16", "pca:9 | uniform:16 | raw"),
        ("identity", "identity | uint8 | raw"),
        ("subset:0.50", "subset:0.5 | uint8 | raw"),
        ("subset:1:method=random | otsu", "subset:1 | otsu | threshold | bitpack"),
        ("subset:.1:method=herding|dct:4", "subset:0.1:method=herding | dct:4 | float32 | raw"),
        ("raw", "uint8 | raw"),
    ],
)
def test_canonical_text_shows_the_whole_row(written: str, canonical: str) -> None:
    codec = Codec.parse(written)
    assert str(codec) == canonical
    assert Codec.parse(canonical) == codec
    assert Codec.from_config(codec.config()) == codec


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", "a stage is missing"),
        ("dct:16 |", "a stage is missing"),
        ("dct", "size is missing; write dct:SIZE"),
        ("dct:16:3", "'3' is one value too many; write dct:SIZE"),
        ("dct:big", "size must be a size such as 16 or 12x16, not 'big'"),
        ("dct:0", "size must be at least 1"),
        ("uniform:17", "bits must lie between 1 and 16, not 17"),
        ("uniform:2.5", "bits must be a whole number, not '2.5'"),
        ("threshold:1.5", "level must lie between 0 and 1, not 1.5"),
        ("threshold:nan", "level must lie between 0 and 1, not nan"),
        ("downsample:8:antialis=true", "no option 'antialis', did you mean 'antialias'?"),
        ("downsample:8:antialias=maybe", "antialias must be true or false, not 'maybe'"),
        ("downsample:8:size=9", "size is given twice"),
        ("projection:9:matrix=dense", "matrix is gaussian or sparse, not 'dense'"),
        ("subset", "fraction is missing; write subset:FRACTION[:method=random]"),
        ("subset:0", "fraction must lie above 0 and be at most 1, not 0"),
        ("subset:1.01", "fraction must lie above 0 and be at most 1, not 1.01"),
        ("subset:nan", "fraction must lie above 0 and be at most 1, not nan"),
        ("subset:half", "fraction must be a number, not 'half'"),
        ("subset:0.5:method=best", "method is random, kcentre or herding, not 'best'"),
        ("zstd:23", "level must lie between 1 and 22, not 23"),
        ("dct:{4,8}", "is a sweep; one codec is wanted"),
    ],
)
def test_a_bad_text_says_what_is_wrong(written: str, complaint: str) -> None:
    with pytest.raises(CodecError) as raised:
        Codec.parse(written)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_stage_gets_a_suggestion_and_the_list() -> None:
    with pytest.raises(UnknownStageError, match=r"'dtc', did you mean 'dct'\?.*bitpack, .*dct, "):
        Codec.parse("dtc:16")


@pytest.mark.parametrize("sweep", ["dct:{4,8", "dct:4}", "dct:{4,,8}", "dct:{}", "dct:{{4}}"])
def test_a_bad_sweep_is_refused(sweep: str) -> None:
    with pytest.raises(CodecError, match="write"):
        expand(sweep)


def test_a_sweep_has_no_repeats() -> None:
    assert expand("dct:{4,8,4}") == ["dct:4", "dct:8"]
    assert expand("dct:4") == ["dct:4"]
