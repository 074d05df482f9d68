"""report.html: the whole study on one page that needs nothing but itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mnist_exp.figures.style import save, svg
from mnist_exp.runs.files import FIGURES
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import ABSENT, Cell, cells, ok, settings
from mnist_exp.study.plots import pictures
from mnist_exp.study.statistics import interval
from mnist_exp.study.tables import ALPHA, Row, command

PAGE = "report.html"
TEMPLATES = FileSystemLoader(Path(__file__).parent)


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    text: bool = False
    form: Callable[[Any], str] = lambda value: "" if value is None else str(value)


def write_page(
    folder: Path, results: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Row], words: str
) -> None:
    """The page, and its figures as PNG beside it."""
    for path in (folder / FIGURES).glob("*.png"):
        path.unlink()  # of an earlier study
    drawn = []
    for name, figure, caption in pictures(results, swept, comparisons):
        save(figure, folder / FIGURES / f"{name}.png")
        drawn.append((name, Markup(svg(figure, name, caption)), caption))
    listed = rows(results, swept)
    render(
        PAGE,
        folder,
        stamp=stamp(results),
        finding=finding(results, swept, comparisons),
        words=paragraphs(words),
        troubled=[row for row in listed if row["status"] != "ok"],
        figures=drawn,
        confusions=confusions(results, swept),
        columns=columns(swept),
        runs=listed,
    )


def render(page: str, folder: Path, **content: Any) -> None:
    """Write a page that needs nothing but itself; its template has its name."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, loader=TEMPLATES)
    half = folder / f".{page}"
    half.write_text(environment.get_template(page).render(title=folder.resolve().name, **content))
    half.replace(folder / page)


def paragraphs(words: str) -> list[tuple[str, list[str]]]:
    """Each line that begins at the margin, with the indented ones below it."""
    found: list[tuple[str, list[str]]] = []
    for text in words.splitlines():
        if text.startswith(" ") and found:
            found[-1][1].append(text.strip())
        else:
            found.append((text, []))
    return found


def stamp(results: Sequence[Record]) -> list[str]:
    """What the numbers were made on and with."""

    def all_of(values: Sequence[Any]) -> str:
        return ", ".join(sorted({str(value) for value in values if value is not None}))

    software = [
        f"{name} {all_of([r['versions'].get(name) for r in results])}" for name in ("python", "torch", "lightning")
    ]
    where = f"on {all_of([r['device'] for r in results])}, {all_of([r['precision'] for r in results])}"
    machine = all_of([r.get("machine") for r in results])
    begun = min((r["started"] for r in results), default="")
    parts = [
        f"data: {all_of([r['data'] for r in results])}",
        f"{len(ok(results))} of {len(results)} runs",
        where,
        machine,
    ]
    return [*filter(None, parts), *software, f"commit {all_of([r['versions'].get('commit') for r in results])}", begun]


def finding(results: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Row]) -> str:
    """The cell that is ahead on validation, what it reached on the test set, and over whom that is shown."""
    known = {
        cell: runs for cell, runs in cells(ok(results), swept).items() if all(r["val_acc"] is not None for r in runs)
    }
    if not known:
        return "No run finished with a validation accuracy: there is nothing to rank."
    best = max(known, key=lambda cell: float(np.mean([r["val_acc"] for r in known[cell]])))
    val, test = (interval([100 * r[key] for r in known[best]]) for key in ("val_acc", "test_acc"))
    spread = "" if test.low is None else f" (95 % interval {test.low:.2f} to {test.high:.2f})"
    return (
        f"Ahead on the validation set of {best.data}: {best.named(swept)} with {val.mean:.2f} %; "
        f"on the test set it reaches {test.mean:.2f} %{spread}, n = {test.n}.{_rivals(best, swept, comparisons)}"
    )


def _rivals(best: Cell, swept: Sequence[str], comparisons: Sequence[Row]) -> str:
    """Over which activations on its network its lead is not shown."""
    place = {"data": best.data, "model": best.model, **dict(zip(swept, best.swept, strict=True))}
    rows = [row for row in comparisons if all(row.get(key, value) == value for key, value in place.items())]
    own = [row for row in rows if best.activation in (row["a"], row["b"])]
    even = [row["b"] if row["a"] == best.activation else row["a"] for row in own if row["p_holm"] >= ALPHA]
    if even:
        return f" There, a difference is not shown from {', '.join(dict.fromkeys(even))}."
    return " It differs from all others there." if own else ""


def columns(swept: Sequence[str]) -> list[Column]:
    def percent(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.2f}"

    def seconds(value: float | None) -> str:
        return "" if value is None else f"{value:.1f}"

    return [
        Column("model", "network", text=True),
        Column("activation", "activation", text=True),
        *(Column(key, key) for key in swept),
        Column("seed", "seed"),
        Column("status", "status", text=True),
        Column("val_acc", "validation, %", form=percent),
        Column("test_acc", "test, %", form=percent),
        Column("train_seconds", "training, s", form=seconds),
        Column("data", "data", text=True),
        Column("command", "command", text=True),
    ]


def rows(results: Sequence[Record], swept: Sequence[str]) -> list[dict[str, Any]]:
    keys = ("model", "activation", "seed", "status", "error", "val_acc", "test_acc", "train_seconds", "data")
    return [
        {key: r.get(key) for key in keys}
        | {key: None if value == ABSENT else value for key, value in settings(r, swept).items()}
        | {"command": command([r]), "name": Path(r["run_dir"]).name}
        for r in results
    ]


def confusions(results: Sequence[Record], swept: Sequence[str]) -> list[tuple[str, list[list[int]]]]:
    """Every cell's answers, its seeds together."""
    found = []
    for cell, runs in cells(ok(results), swept).items():
        matrices = [r["per_class"]["confusion"] for r in runs if r.get("per_class")]
        if matrices:
            found.append(
                (f"{cell.named(swept)} on {cell.data}, n = {len(matrices)}", np.sum(matrices, axis=0).tolist())
            )
    return found
