"""The tables a study leaves behind as CSV: a row per run, per cell, and per pair of activations."""

import shlex
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

from mnist_exp.runs.files import checkpoint_path, write_csv
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import best_run
from mnist_exp.study.cells import HIDDEN, RECIPE, Cell, at_best_rate, cells, format_settings, natural, ok, settings
from mnist_exp.study.statistics import holm, interval, pairs_needed, sign_flip

ALPHA = 0.05
# Long or nested: they stay in result.json.
NOT_COLUMNS = ("config", "history", "per_class", "overrides", "versions", "run_dir")
Row = dict[str, Any]


def write_tables(folder: Path, results: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Row]) -> None:
    write_csv(folder / "results.csv", result_rows(results, swept))
    write_csv(folder / "summary.csv", summary_rows(results, swept))
    write_csv(folder / "comparisons.csv", comparisons)


def result_rows(results: Sequence[Record], swept: Sequence[str]) -> list[Row]:
    """A row per run, also those that failed or are missing."""
    return [
        {k: v for k, v in r.items() if k not in NOT_COLUMNS}
        | settings(r, swept)
        | {"overrides": " ".join(r["overrides"]), "versions": " ".join(f"{k}={v}" for k, v in r["versions"].items())}
        | {"checkpoint": _checkpoint(r), "command": command([r])}
        for r in results
    ]


def _checkpoint(result: Record) -> str | None:
    return str(checkpoint_path(Path(result["run_dir"]))) if result["status"] == "ok" else None


def command(runs: Sequence[Record]) -> str:
    """What to type to get these runs of one cell again."""
    shared = [o for o in runs[0]["overrides"] if not o.startswith("seed=")]
    seeds = ",".join(str(seed) for seed in sorted({r["seed"] for r in runs}))
    return shlex.join(["python", "-m", "mnist_exp", *(["-m"] if "," in seeds else []), *shared, f"seed={seeds}"])


def summary_rows(results: Sequence[Record], swept: Sequence[str]) -> list[Row]:
    """A row per cell: how many runs ended how; mean, sd and 95 % interval of the accuracies; its best run."""
    rows = []
    for cell, runs in cells(results, swept).items():
        row: Row = {"data": cell.data, "model": cell.model, "activation": cell.activation}
        row |= dict(zip(swept, cell.swept, strict=True)) | {"n": len(ok(runs))}
        row |= {status: sum(r["status"] == status for r in runs) for status in ("failed", "diverged", "missing")}
        for key in ("val_acc", "test_acc"):
            known = [r[key] for r in ok(runs) if r[key] is not None]
            spread = interval(known)[1:] if known else (None,) * 4
            row |= dict(zip((f"{key}_mean", f"{key}_sd", f"{key}_low", f"{key}_high"), spread, strict=True))
        row["train_seconds_median"] = median(r["train_seconds"] for r in ok(runs)) if ok(runs) else None
        best = best_run(runs)
        rows.append(row | {"best_checkpoint": _checkpoint(best) if best else None, "command": command(runs)})
    return rows


def comparison_rows(results: Sequence[Record], swept: Sequence[str]) -> list[Row]:
    """A row per pair of activations on one network and data, paired by seed, Holm's correction over the pairs.

    A learning rate that was swept is first settled for each activation.
    """
    settled, others = at_best_rate(results, swept)
    groups: dict[Cell, dict[str, list[Record]]] = {}
    for cell, runs in cells(settled, others).items():
        if cell.activation is not None and ok(runs):
            groups.setdefault(cell._replace(activation=None), {})[cell.activation] = ok(runs)
    return [row for place, arms in groups.items() for row in _compare(place, others, arms)]


def by_network(comparisons: Sequence[Row], with_data: bool) -> dict[str, list[Row]]:
    """The pairs of each network by its name, with what was swept of it and, if wanted, the data."""
    groups: dict[str, list[Row]] = {}
    for row in comparisons:
        keys = [key for key in row if "." in key or key == RECIPE]
        others = [
            *(row[key] for key in keys if key == HIDDEN),
            *format_settings((key, row[key]) for key in keys if key != HIDDEN),
        ]
        where = [f"on {row['data']}"] if with_data else []
        groups.setdefault(" ".join([row["model"], *others, *where]), []).append(row)
    return {name: groups[name] for name in sorted(groups, key=natural)}


def _compare(place: Cell, others: Sequence[str], arms: dict[str, list[Record]]) -> list[Row]:
    rows = []
    for a, b in combinations(arms, 2):
        first, second = ({r["seed"]: r["test_acc"] for r in arms[name]} for name in (a, b))
        differences = [first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())]
        if not differences:
            continue
        n, difference, sd, low, high = interval(differences)
        row: Row = {"data": place.data, "model": place.model, **dict(zip(others, place.swept, strict=True))}
        row |= {"a": a, "b": b, "lr_a": arms[a][0]["lr"], "lr_b": arms[b][0]["lr"], "n": n}
        row |= {"difference": difference, "sd": sd, "low": low, "high": high, "p": sign_flip(differences)}
        rows.append(row)
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = p
        row["verdict"] = _verdict(row, pairs_needed(len(rows), ALPHA))
    return rows


def _verdict(row: Row, needed: int) -> str:
    if row["p_holm"] < ALPHA:
        return f"{row['a'] if row['difference'] > 0 else row['b']} is better"
    return "no difference shown" if row["n"] >= needed else f"n = {row['n']} cannot tell; {needed} seeds could"
