"""`advise`: the smallest codec within an allowance, with its evidence."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from fewbytes.advice.advised import Advised, Written
from fewbytes.advice.budget import Budget, parse_duration
from fewbytes.advice.confirmation import NETWORKS, Confirmation
from fewbytes.advice.journal import SEARCH, Journal
from fewbytes.advice.noted import Noted
from fewbytes.advice.question import MORE_SEEDS, SEEDS, UNREADABLE, Question
from fewbytes.advice.search import Search, Set
from fewbytes.advice.trials import Trials
from fewbytes.advice.watch import AdviceWatcher, SilentAdvice
from fewbytes.codecs import Codec
from fewbytes.data import holdout, open_source
from fewbytes.data.fifths import EveryFifth
from fewbytes.data.load import AnySource
from fewbytes.data.resized import Size, parse_size
from fewbytes.data.source import Source
from fewbytes.durable import write_whole
from fewbytes.errors import OutputError, SourceError, StudyError
from fewbytes.learn import Recipe
from fewbytes.store.source import StoreSource
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.prepare import Prepared
from fewbytes.studies.results import CONFIG, RESULTS, STORES, RunFolder
from fewbytes.studies.runner import fingerprint

BUDGET = "15m"

VALIDATION_SHARE = 1 / 6
"""Of the training images, that each seed holds out: more than a study does, since with more images
to judge on a smaller loss can be shown."""

ADVICE = "advice.json"


def advise(
    source: AnySource = "mnist",
    *,
    max_loss: float | None = None,
    max_bytes: float | None = None,
    budget: str | float | None = BUDGET,
    seeds: int | None = None,
    epochs: int | None = None,
    size: Size = None,
    max_unreadable: float = UNREADABLE,
    out: str | os.PathLike[str] | None = None,
    watcher: AdviceWatcher | None = None,
) -> Advised:
    """Search the codecs for the smallest store whose accuracy is within an allowance of that of the
    raw images, and prove it; or for the most accurate one of so many bytes.

    Short trainings prune; what is left is trained in full with paired seeds, and tested one-sidedly
    at 95 % for being no worse than raw by more than the allowance, on validation images. The test
    split is read once, at the end, for the codec recommended and for raw. A search that was stopped
    goes on when it is asked for again with the same `out`.

    Args:
        max_loss: percentage points that accuracy may lose; this or `max_bytes`.
        max_bytes: bytes an image, everything counted.
        budget: seconds, or a text such as "15m"; None for as long as it takes.
        seeds: paired trainings of each codec that is confirmed, three at least; default: five,
            up to eight where the allowance asks for it, or fewer where the budget does.
        epochs: of each of them; default: the recipe's, or fewer where the budget asks for it.
        size: rows and columns that images are brought to, such as 32 or "32x48".
        max_unreadable: per cent of the images that may be left out as unreadable.
        out: the search's folder, default `runs/NAME-advice`; it is a study's too.

    Raises:
        FewbytesError: bad input, an `out` inside the source, or results that cannot be written; the
            message says which.
    """
    seconds = budget_seconds(budget)
    recipe = None if epochs is None else Recipe(epochs=epochs)
    question = Question(max_loss, max_bytes, seeds, recipe, max_unreadable)
    opened = open_source(source, size=size)
    folder = Path(out) if out is not None else default_folder(opened.name)
    _check_beside(source, folder)
    given = str(os.fspath(source)) if isinstance(source, str | os.PathLike) else ""
    written = Written(given, "x".join(map(str, parse_size(size) or ())))
    return _searched(question, opened, written, folder, seconds, watcher or SilentAdvice())


def budget_seconds(budget: str | float | None) -> float | None:
    """Seconds of a budget as people give it. Raises InputError."""
    return None if budget is None else parse_duration(str(budget))


def default_folder(name: str) -> Path:
    """Where a search goes that is not told where."""
    return Path("runs") / f"{Path(name).stem or 'set'}-advice"


def _check_beside(source: AnySource, out: Path) -> None:
    """Raise OutputError where a search would become a part of its own source, which would then be
    another one when the search goes on.
    """
    if not isinstance(source, str | os.PathLike) or not Path(source).is_dir():
        return
    inside, there = Path(source).resolve(), out.resolve()
    if inside == there or inside in there.parents:
        raise OutputError(f"{out} lies inside {os.fspath(source)}; give an --out beside it")


def _searched(
    question: Question, source: Source, written: Written, out: Path, seconds: float | None,
    watcher: AdviceWatcher,
) -> Advised:  # fmt: skip
    if "test" not in source.sizes:
        source = EveryFifth(source)
    if (labels := source.known_labels("train")) is not None:
        holdout(labels, 0, source.class_names, share=VALIDATION_SHARE)
    asked = {"source": source.name, "fingerprint": fingerprint(source), **question.asked()}
    asked["epochs"] = question.recipe and question.recipe.epochs
    starts = Budget(seconds)
    recipe = question.recipe or Recipe()
    first = StudyConfig(
        source.name, seeds=question.seeds or SEEDS, recipe=recipe, codecs=(RAW,),
        validation_share=VALIDATION_SHARE,
        fingerprint=asked["fingerprint"],
    )  # fmt: skip
    with RunFolder.open(out, _free_or_ours(out, first.to_toml())) as folder:
        journal = Journal(out, asked)
        earlier = _read_back(question, journal, out)
        if earlier is not None and _settled(journal, seconds):
            return earlier
        budget = starts.resumed(journal.spent)
        journal.add("begun", budget.spent)
        stores = out / STORES
        raw = Prepared(Codec.parse(RAW), source, 0, stores)
        watcher.phase_started("reading the images", None, budget.left)
        known = _known(raw, source, question, written)
        pixels = StoreSource(raw.store) if source.costly else source
        trials = Trials(
            pixels, raw.store["train"].labels, raw.store.manifest.classes,
            question.seeds or MORE_SEEDS, recipe, watcher, VALIDATION_SHARE,
        )  # fmt: skip
        confirmation = Confirmation(pixels, folder, first, watcher, stores)
        bench = Noted(trials, journal, budget)
        search = Search(question, known, bench, confirmation, journal, budget, watcher)
        advised = search.run()
        if advised.undecided and earlier is not None and not earlier.undecided:
            return earlier  # what was shown stays shown
        write_whole(out / ADVICE, json.dumps(advised.as_json(), indent=2) + "\n")
        if advised.complete or advised.exhausted:
            for name in (STORES, NETWORKS):
                _remove(out / name)
    return advised


def _free_or_ours(out: Path, first: str) -> str:
    """The configuration of a search in a folder; `first`, that of one that begins, where there is
    none yet, or where the search was killed before it noted anything.

    Raises:
        StudyError: the folder holds another study, whose rows would pass for evidence.
    """
    config = out / CONFIG
    there = config.read_text("utf-8") if config.exists() else first
    rows = out / RESULTS
    begun = rows.exists() and rows.stat().st_size > 0
    if not (out / SEARCH).exists() and (begun or there != first):
        raise StudyError(f"{out} holds a study that is no search; choose another --out")
    return there


def _read_back(question: Question, journal: Journal, out: Path) -> Advised | None:
    """The answer of a search that ended before; None where there is none."""
    if journal.last("ended") is None:
        return None
    try:
        return Advised.of_json(question, json.loads((out / ADVICE).read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):  # gone or damaged: it is found again
        return None


def _settled(journal: Journal, seconds: float | None) -> bool:
    """Whether a search ended last time, and the time that there is now would change nothing."""
    event = journal.latest
    if event["kind"] != "ended":
        return False
    then = event["budget"]
    return event["settled"] or (seconds is not None and then is not None and seconds <= then)


def _remove(folder: Path) -> None:
    """Under another name first, so that nothing half there stands under this one."""
    going = folder.with_name(f".{folder.name}.old")
    rmtree(going, ignore_errors=True)
    with suppress(OSError):
        folder.rename(going)
    rmtree(going, ignore_errors=True)


def _known(raw: Prepared, source: Source, question: Question, written: Written) -> Set:
    """What the store of the raw images tells of the set.

    Raises:
        InputError: its classes cannot be learned.
        SourceError: too many images cannot be read.
    """
    store, manifest = raw.store, raw.store.manifest
    listed = store.images + manifest.skipped
    if 100 * manifest.skipped > question.max_unreadable * listed:
        raise SourceError(
            f"{source.name}: {manifest.skipped:,} of {listed:,} images cannot be read, more than "
            f"{question.max_unreadable:g} %; `fewbytes compress` lists them, or allow more"
        )
    labels = store["train"].labels
    training, _ = holdout(labels, 0, source.class_names, share=VALIDATION_SHARE)
    return Set(
        source.name, source.image_shape, store.images, len(labels), len(training),
        manifest.skipped, source.remarks, written,
    )  # fmt: skip
