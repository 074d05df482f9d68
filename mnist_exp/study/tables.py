"""The tables a study leaves behind: results.csv, summary.csv, comparisons.csv; and what they say in plain words."""

import csv
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Any

from mnist_exp.record import Result
from mnist_exp.study.results import cells, setting, swept_keys
from mnist_exp.study.statistics import holm, interval, pairs_needed, sign_flip

ALPHA = 0.05
LR = "optimizer.lr"
# Long or nested: they stay in result.json.
NOT_COLUMNS = ("config", "history", "per_class", "overrides", "versions", "run_dir")
Row = dict[str, Any]


def write_tables(folder: Path, results: Sequence[Result]) -> list[Row]:
    """Write the three tables; the rows of the last, for those who want to say what they mean."""
    if not results:
        return []
    swept = swept_keys(results)
    compared = comparison_rows(results, swept)
    _write(folder / "results.csv", result_rows(results, swept))
    _write(folder / "summary.csv", summary_rows(results, swept))
    _write(folder / "comparisons.csv", compared)
    return compared


def _write(path: Path, rows: Sequence[Row]) -> None:
    """A table, whole or not at all; one without rows has no columns either and is not written."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    half = path.with_suffix(".half")
    with half.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    half.replace(path)


def result_rows(results: Sequence[Result], swept: Sequence[str]) -> list[Row]:
    """A row per run, failed ones too."""
    return [
        {k: v for k, v in r.items() if k not in NOT_COLUMNS}
        | {key: setting(r, key) for key in swept}
        | {"overrides": " ".join(r["overrides"]), "versions": " ".join(f"{k}={v}" for k, v in r["versions"].items())}
        for r in results
    ]


def summary_rows(results: Sequence[Result], swept: Sequence[str]) -> list[Row]:
    """A row per cell: n, mean, sd and 95 % interval of its validation and test accuracy."""
    rows = []
    for (data, model, *values, activation), runs in cells(results, swept).items():
        row: Row = {"data": data, "model": model, "activation": activation, **dict(zip(swept, values, strict=True))}
        row["n"] = len(runs)
        for key in ("val_acc", "test_acc"):
            known = [r[key] for r in runs if r[key] is not None]
            spread = interval(known)[1:] if known else (None,) * 4
            row |= dict(zip((f"{key}_mean", f"{key}_sd", f"{key}_low", f"{key}_high"), spread, strict=True))
        rows.append(row | {"train_seconds_mean": mean(r["train_seconds"] for r in runs)})
    return rows


def comparison_rows(results: Sequence[Result], swept: Sequence[str]) -> list[Row]:
    """A row per pair of activations on one network and data, paired by seed, Holm's correction over the pairs.

    A learning rate that was swept is first settled for each activation, by mean validation accuracy, among the
    rates at which most seeds finished; without a validation set each rate is a comparison of its own.
    """
    validated = all(r["val_acc"] is not None for r in results if r["status"] == "ok")
    others = [key for key in swept if key != LR or not validated]
    groups: dict[tuple, dict[str, list[Result]]] = {}
    for (*place, activation), runs in cells(_at_best_rate(results, others), others).items():
        if activation is not None:
            groups.setdefault(tuple(place), {})[activation] = runs
    return [row for place, arms in groups.items() for row in _compare(place, others, arms)]


def _at_best_rate(results: Sequence[Result], others: Sequence[str]) -> list[Result]:
    """Of each cell the runs at one rate: the only one, or the best (see comparison_rows)."""
    kept = []
    for runs in cells(results, others).values():
        by_rate: dict[float, list[Result]] = {}
        for r in runs:
            by_rate.setdefault(r["lr"], []).append(r)
        if len(by_rate) > 1:
            runs = max(by_rate.values(), key=lambda own: (len(own), mean(r["val_acc"] for r in own)))
        kept += runs
    return kept


def _compare(place: tuple, others: Sequence[str], arms: dict[str, list[Result]]) -> list[Row]:
    rows = []
    for a, b in combinations(arms, 2):
        first, second = ({r["seed"]: r["test_acc"] for r in arms[name]} for name in (a, b))
        differences = [first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())]
        if not differences:
            continue
        n, difference, sd, low, high = interval(differences)
        row = {"data": place[0], "model": place[1], **dict(zip(others, place[2:], strict=True)), "a": a, "b": b, "n": n}
        row |= {"difference": difference, "sd": sd, "low": low, "high": high, "p": sign_flip(differences)}
        rows.append(row)
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = p
        row["verdict"] = _verdict(row, pairs_needed(len(rows), ALPHA))
    return rows


def _verdict(row: Row, needed: int) -> str:
    if row["n"] < needed:
        return f"n = {row['n']} cannot tell; {needed} seeds could"
    if row["p_holm"] >= ALPHA:
        return "no difference shown"
    return f"{row['a'] if row['difference'] > 0 else row['b']} is better"


def in_plain_words(compared: Sequence[Row]) -> str:
    """What the comparisons support, a line per network and data."""
    groups: dict[str, list[Row]] = {}
    for row in compared:
        others = [f"{k}={row[k]}" for k in row if "." in k]
        groups.setdefault(" ".join([row["model"], *others, f"on {row['data']}"]), []).append(row)
    return "\n".join(f"{name}: {_in_words(rows)}" for name, rows in groups.items())


def _in_words(rows: Sequence[Row]) -> str:
    """Which activation is better than which; how many pairs could not be told apart, and why."""
    said = [_better(row) for row in rows if row["verdict"].endswith("is better")]
    unclear = [row for row in rows if "cannot tell" in row["verdict"]]
    even = sum(row["verdict"] == "no difference shown" for row in rows)
    if even:
        said.append(f"no difference is shown {_among(even, rows)}")
    if unclear:
        seeds = " to ".join(
            str(n) for n in sorted({min(row["n"] for row in unclear), max(row["n"] for row in unclear)})
        )
        needed = pairs_needed(len(rows), ALPHA)
        said.append(f"too few seeds to tell {_among(len(unclear), rows)}: n = {seeds}, {needed} seeds could")
    return "; ".join(said) + "."


def _among(count: int, rows: Sequence[Row]) -> str:
    return f"between any two of {_arms(rows)}" if count == len(rows) else f"in {count} of {len(rows)} pairs"


def _arms(rows: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(name for row in rows for name in (row["a"], row["b"])))


def _better(row: Row) -> str:
    better, worse = (row["a"], row["b"]) if row["difference"] > 0 else (row["b"], row["a"])
    return (
        f"{better} over {worse} by {100 * abs(row['difference']):.2f} points (p = {row['p_holm']:.3f}, n = {row['n']})"
    )
