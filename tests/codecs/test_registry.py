"""Which stages exist, and how plug-ins join them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from fewbytes import plugins
from fewbytes.codecs import Transform, registry
from fewbytes.errors import CodecError


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    registry._declared.cache_clear()
    registry._registered.clear()


def _declare(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    registry._declared.cache_clear()


def test_a_name_is_given_once() -> None:
    class Impostor(Transform):
        name = "dct"

    with pytest.raises(CodecError, match="exists already"):
        registry.register(Impostor)


def test_a_registered_stage_can_be_registered_again_but_not_replaced() -> None:
    class Mine(Transform):
        name = "mine"

    class Other(Transform):
        name = "mine"

    assert registry.register(Mine) is Mine
    assert registry.register(Mine) is Mine
    assert registry.stage_class("mine") is Mine
    with pytest.raises(CodecError, match="exists already"):
        registry.register(Other)


def test_two_packages_with_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(
        monkeypatch,
        EntryPoint("dct", "fewbytes.stages.dct:DCT", registry.GROUP),
        EntryPoint("dct", "elsewhere:DCT", registry.GROUP),
    )
    with pytest.raises(CodecError, match="two packages declare"):
        registry.stage_names()


def test_an_entry_point_must_be_a_stage_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, EntryPoint("dct", "fewbytes.stages.pca:PCA", registry.GROUP))
    with pytest.raises(CodecError, match=r"is not a whole Transform.* named 'dct'"):
        registry.stage_class("dct")


def test_a_plug_in_that_cannot_be_imported_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, EntryPoint("mine", "no_such_package:Mine", registry.GROUP))
    with pytest.raises(CodecError, match=r"the stage 'mine' .* cannot be imported: No module"):
        registry.stage_class("mine")
