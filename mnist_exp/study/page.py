"""report.html: the whole study on one page without links to other files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mnist_exp.errors import listed
from mnist_exp.figures.style import svg
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, ok
from mnist_exp.study.comparison import BETTER, EQUIVALENT, KINDS, OPEN, Comparison
from mnist_exp.study.comparisons import group_by_network
from mnist_exp.study.csv_tables import command
from mnist_exp.study.plots import study_plots
from mnist_exp.study.statistics import accuracy_interval
from mnist_exp.study.swept_settings import ABSENT, settings_of
from mnist_exp.study.variance import Variance
from mnist_exp.study.variance_report import variance_plots

PAGE = "report.html"
TEMPLATES = FileSystemLoader(Path(__file__).parent)
PACKAGES = ("python", "torch", "lightning")
RUN_KEYS = ("model", "activation", "seed", "status", "error", "val_acc", "test_acc", "train_seconds", "data")


@dataclass(frozen=True)
class Column:
    """A column of the page's table of runs."""

    key: str
    title: str
    text: bool = False
    form: Callable[[Any], str] = lambda value: "" if value is None else str(value)


def write_page(
    folder: Path,
    records: Sequence[Record],
    swept: Sequence[str],
    comparisons: Sequence[Comparison],
    verdicts: str,
    variance: Variance | None = None,
) -> None:
    """Write the page."""
    figures = []
    more_plots = variance_plots(variance) if variance else []
    for name, figure, caption in (*study_plots(records, swept, comparisons), *more_plots):
        figures.append((name, Markup(svg(figure, name, caption)), caption))
    runs = run_rows(records, swept)
    render(
        PAGE,
        folder,
        provenance=provenance(records),
        headline=headline(records, swept, comparisons),
        verdicts=paragraphs(verdicts),
        not_ok=[row for row in runs if row["status"] != "ok"],
        figures=figures,
        confusions=confusions(records, swept),
        pairs=pair_rows(comparisons),
        columns=columns(swept),
        runs=runs,
    )


def render(page: str, folder: Path, **content: Any) -> None:
    """Fill the template that is named like the page, and write it whole or not at all."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, loader=TEMPLATES)
    partial = folder / f".{page}"
    partial.write_text(environment.get_template(page).render(title=folder.resolve().name, **content))
    partial.replace(folder / page)


def paragraphs(text: str) -> list[tuple[str, list[str]]]:
    """Each line that is not indented, with the indented lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith(" ") and found:
            found[-1][1].append(line.strip())
        else:
            found.append((line, []))
    return found


def provenance(records: Sequence[Record]) -> list[str]:
    """Data, number of runs, machine, software versions, commit and date of these runs."""
    parts = [
        f"data: {_distinct(r.data for r in records)}",
        f"{len(ok(records))} of {len(records)} runs",
        f"on {_distinct(r.device for r in records)}, {_distinct(r.precision for r in records)}",
        _distinct(r.machine for r in records),
    ]
    versions = [f"{name} {_distinct(r.versions.get(name) for r in records)}" for name in PACKAGES]
    commit = f"commit {_distinct(r.versions.get('commit') for r in records)}"
    return [*filter(None, parts), *versions, commit, min((r.started for r in records), default="")]


def _distinct(values: Iterable[object]) -> str:
    return ", ".join(sorted({str(value) for value in values if value is not None}))


def headline(records: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Comparison]) -> str:
    """The cell with the best validation accuracy, its test accuracy, and which activations it is not better than."""
    val_accs = {
        cell: [run.val_acc for run in runs if run.val_acc is not None]
        for cell, runs in cells(ok(records), swept).items()
        if all(run.val_acc is not None for run in runs)
    }
    if not val_accs:
        return "No run finished with a validation accuracy: there is nothing to rank."
    best = max(val_accs, key=lambda cell: float(np.mean(val_accs[cell])))
    runs = cells(ok(records), swept)[best]
    test = accuracy_interval([run.test_acc for run in runs if run.test_acc is not None]).in_percent()
    limits = "" if test.low is None else f" (95 % interval {test.low:.2f} to {test.high:.2f})"
    return (
        f"Best on the validation set of {best.data}: {best.name} with {100 * mean(val_accs[best]):.2f} %. "
        f"Its test accuracy is {test.mean:.2f} %{limits}, n = {test.n}.{_difference_from_others(best, comparisons)}"
    )


def _difference_from_others(best: Cell, comparisons: Sequence[Comparison]) -> str:
    """Which other activations on the best cell's network it is better than or equivalent to, and which are open."""
    swept = best.settings
    own = [
        pair
        for pair in comparisons
        if (pair.data, pair.model) == (best.data, best.model)
        and all(swept.get(key) == value for key, value in pair.settings.items())
        and best.activation in (pair.a, pair.b)
    ]
    others = {kind: [p.b if p.a == best.activation else p.a for p in own if p.kind == kind] for kind in KINDS}
    better = [p.loser for p in own if p.kind == BETTER and p.winner == best.activation]
    worse = [name for name in others[BETTER] if name not in better]
    parts = [
        f"{verb} {listed(list(dict.fromkeys(names)))}"
        for verb, names in (
            ("it is better than", better),
            ("on the test set it is worse than", worse),
            ("it is equivalent to", others[EQUIVALENT]),
            ("not decided is its difference from", others[OPEN]),
        )
        if names
    ]
    return f" On this network {'; '.join(parts)}." if parts else ""


def columns(swept: Sequence[str]) -> list[Column]:
    """Of the table of runs."""
    return [
        Column("model", "network", text=True),
        Column("activation", "activation", text=True),
        *(Column(key, key) for key in swept),
        Column("seed", "seed"),
        Column("status", "status", text=True),
        Column("val_acc", "validation, %", form=lambda value: "" if value is None else f"{100 * value:.2f}"),
        Column("test_acc", "test, %", form=lambda value: "" if value is None else f"{100 * value:.2f}"),
        Column("train_seconds", "training, s", form=lambda value: "" if value is None else f"{value:.1f}"),
        Column("data", "data", text=True),
        Column("command", "command", text=True),
    ]


def run_rows(records: Sequence[Record], swept: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each run, by the columns' keys."""
    return [
        {key: getattr(record, key) for key in RUN_KEYS}
        | {key: None if value == ABSENT else value for key, value in settings_of(record, swept).items()}
        | {"command": command([record]), "name": record.run_dir.name}
        for record in records
    ]


def pair_rows(comparisons: Sequence[Comparison]) -> list[list[str]]:
    """The rows of the table of pairs as text; numbers are in points."""
    return [
        [
            network,
            f"{pair.a} − {pair.b}",
            f"{100 * pair.difference:+.2f}",
            _limits(pair.low, pair.high),
            _limits(pair.low_images, pair.high_images),
            "" if pair.p_a_better is None else f"{100 * pair.p_a_better:.0f} %",
            str(pair.n),
            pair.verdict,
            pair.kind_images or "not known",
        ]
        for network, pairs in group_by_network(comparisons, with_data=True).items()
        for pair in pairs
    ]


def _limits(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{100 * low:+.2f} to {100 * high:+.2f}"


@dataclass(frozen=True)
class ConfusionTable:
    """A cell's confusion matrix, summed over its seeds, with a row for each true class."""

    caption: str
    classes: list[str]
    matrix: list[list[int]]


def confusions(records: Sequence[Record], swept: Sequence[str]) -> list[ConfusionTable]:
    """The confusion matrix of each cell with test results."""
    found = []
    for cell, runs in cells(ok(records), swept).items():
        matrices = [run.per_class["confusion"] for run in runs if run.per_class]
        if matrices:
            caption = f"{cell.name} on {cell.data}, n = {len(matrices)}"
            total = np.sum(matrices, axis=0).tolist()
            found.append(ConfusionTable(caption, runs[0].config.images.classes, total))
    return found
