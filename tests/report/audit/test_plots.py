"""Pictures of audits: all there is to see can be seen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fewbytes.audits.audited import Audited
from fewbytes.audits.finding import Claim, Finding
from fewbytes.report.audit import plots
from tests.audits.making import known_trial

pytest.importorskip("matplotlib")


def finding(name: str, **exhibit: np.ndarray) -> Finding:
    trial = dataclasses.replace(known_trial(name, 0.9, 0.5), exhibit=exhibit)
    control = known_trial(name, 1.0, 0.5), known_trial(name, 0.5, 0.5)
    return Finding(
        name, Claim(f"a rather long title, such as those of {name}", "share"), trial, *control
    )


def drawn(*findings: Finding) -> dict[str, bytes]:
    return plots.draw(Audited("a.fb", "identity | uint8 | raw", "train", 0, 9, findings))


def test_a_roc_for_each_kind_of_networks_that_can_be_read() -> None:
    rate = np.linspace(1e-4, 1, 50)
    kinds = ("membership", "membership.raw", "membership.dp_sgd", "membership.matched")
    found = [
        finding(f"{kind}.{scorer}.auc", fpr=rate, tpr=np.sqrt(rate))
        for kind in kinds
        for scorer in ("lira", "rmia")
    ]
    figure = plots.PICTURES["membership.png"]({one.attack: one for one in found})
    assert figure is not None
    figure.draw_without_rendering()
    width, height = figure.get_size_inches() * figure.dpi
    for axes in figure.axes:
        box = axes.get_window_extent()
        assert box.width > 0.8 * width / len(kinds)
        assert box.height > 0.6 * height
        assert len(axes.lines) == 3


def test_what_was_rebuilt_is_shown_though_figures_beside_it_have_no_picture() -> None:
    pictures = np.zeros((3, 4, 4, 1), np.uint8)
    rung: dict[str, np.ndarray] = {
        "originals": pictures,
        "rebuilt": pictures,
        "codes": np.zeros((3, 2, 2), np.float32),
    }
    made = drawn(finding("reconstruction.pairs.psnr", **rung), finding("reconstruction.pairs.ssim"))
    assert set(made) == {"rebuilt.png", "shares.png"}
