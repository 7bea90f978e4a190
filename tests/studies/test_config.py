"""Studies as asked for: TOML files, typos, the grid."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewbytes.errors import CodecError, FewbytesError, StudyError
from fewbytes.learn import Recipe
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.grid import cells

GREY = (28, 28, 1)


def test_a_configuration_comes_back_from_its_file(tmp_path: Path) -> None:
    config = StudyConfig(
        source='a "quoted" 📷 name\x7f',
        codecs=("dct:{4,8} | uniform:8", RAW),
        views=("code", "image"),
        models=("linear",),
        seeds=2,
        train_images=500,
        validation_share=0.25,
        recipe=Recipe(epochs=2, adam_rate=0.003),
    )
    path = tmp_path / "study.toml"
    path.write_text(config.to_toml())
    back = StudyConfig.from_toml(path)
    assert back.to_toml() == config.to_toml()
    assert back.all_codecs() == config.all_codecs()
    assert back.recipe == config.recipe
    assert back.validation_share == 0.25
    assert (back.source, back.views, back.seeds) == (config.source, config.views, config.seeds)


def test_the_raw_images_are_always_there_once() -> None:
    for codecs in (("dct:4",), ("identity", "dct:4"), ("dct:4", RAW)):
        found = [str(codec) for codec in StudyConfig(codecs=codecs).all_codecs()]
        assert found == [RAW, "dct:4 | float32 | raw"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("seed = 3", "unknown key 'seed', did you mean 'seeds'?"),
        ("seeds = 0", "seeds must be a whole number of at least 1, not 0"),
        ("seeds = '3'", "seeds must be a whole number of at least 1, not '3'"),
        ("codecs = 'dct:4'", "codecs must be a list of texts"),
        ("codecs = []", "codecs is empty"),
        ("views = ['pixels']", "no view is named 'pixels'"),
        ("models = ['resnet']", "no model is named 'resnet'"),
        ("train_images = 5", "train_images must be at least 100"),
        ("validation_share = 1.0", "validation_share must lie between 0 and 1, not 1.0"),
        ("validation_share = 'a'", "validation_share must lie between 0 and 1, not 'a'"),
        ("[recipe]\nepoch = 3", "[recipe]: unknown key 'epoch', did you mean 'epochs'?"),
        ("[recipe]\nepochs = 0", "epochs must be a whole number, 1 to 10000: 0"),
        ("[recipe]\nadam_rate = 'fast'", "adam_rate must be a number of at least 0, not 'fast'"),
        ("[recipe]\nwarmup = 1.5", "warmup is a share and must be below 1"),
        ("recipe = 5", "recipe must be a table"),
        ("source = 5", "source must be a text such as 'mnist', not 5"),
        ("[recipe]\nadam_rate = inf", "adam_rate must be a number of at least 0, not inf"),
        ("seeds = ", "Invalid value"),
    ],
)
def test_a_typo_is_one_line(content: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(content)
    with pytest.raises(StudyError) as raised:
        StudyConfig.from_toml(path)
    assert complaint in str(raised.value)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="No such file"):
        StudyConfig.from_toml(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match=r"b\.toml"):
        StudyConfig.from_toml(tmp_path / "b.toml")
    (tmp_path / "c.toml").write_text("codecs = ['dtc:4']")
    with pytest.raises(FewbytesError, match="did you mean 'dct'"):
        StudyConfig.from_toml(tmp_path / "c.toml")


def test_the_default_grid_shows_both_views_where_a_code_is_no_picture() -> None:
    grid = cells(StudyConfig(), "mnist", GREY)
    lines = [(cell.codec.split(":")[0].split(" ")[0], cell.view, cell.model) for cell in grid]
    assert "otsu" in grid[7].codec
    assert lines[: len(lines) // 3] == [
        ("identity", "image", "cnn"),
        ("identity", "image", "mlp"),
        ("dct", "code", "mlp"),
        ("dct", "image", "cnn"),
        ("projection", "code", "mlp"),
        ("projection", "image", "cnn"),
        ("downsample", "code", "cnn"),
        ("downsample", "code", "cnn"),
    ]
    assert [cell.seed for cell in grid] == sorted(cell.seed for cell in grid)
    assert len({cell.key for cell in grid}) == len(grid) == 24


def test_a_codec_that_does_not_fit_the_images_is_refused_before_work() -> None:
    with pytest.raises(CodecError, match="40x40 frequencies are more than images of 28x28 have"):
        cells(StudyConfig(codecs=("dct:{4,40}",)), "mnist", GREY)


def test_views_and_models_may_be_named() -> None:
    config = StudyConfig(codecs=("dct:8",), views=("image",), models=("mlp", "linear"), seeds=1)
    assert [cell.line[1:] for cell in cells(config, "x", GREY)] == [
        ("image", "mlp"),
        ("image", "linear"),
        ("image", "mlp"),
        ("image", "linear"),
    ]
