"""What a sweep's runs say together."""

from statistics import mean, stdev
from typing import Any

Result = dict[str, Any]


def leaderboard(results: list[Result]) -> str:
    """The finished runs by cell (network, activation, data and whatever was swept), best validation first.

    Ranked within each set of data: accuracies on different data say nothing about each other.
    """
    blocks = [
        _table(data, [r for r in results if r["data"] == data and r["status"] == "ok"])
        for data in sorted({r["data"] for r in results if r["status"] == "ok"})
    ]
    return "\n\n".join(blocks)


def cells(results: list[Result]) -> dict[str, list[Result]]:
    """Runs that differ by nothing but their seed, under the name of what sets them apart."""
    grouped: dict[str, list[Result]] = {}
    for result in results:
        grouped.setdefault(_cell_name(result), []).append(result)
    return grouped


def _cell_name(result: Result) -> str:
    """model activation, and every other override that was typed."""
    shown = ("model=", "model.activation=", "seed=", "data=", "data.root=", "trainer.progress_bar=")
    rest = [o for o in result["overrides"] if not o.startswith(shown)]
    return " ".join([result["model"], result["activation"], *rest])


def _table(data: str, results: list[Result]) -> str:
    lines = [f"Leaderboard on {data}, ranked by validation accuracy", f"{'':>3} {'':<28}{'n':>3}  {'validation':>10}  {'test':>16}  {'train s':>7}"]
    ranked = sorted(cells(results).items(), key=lambda item: -_mean(item[1], "val_acc", "test_acc"))
    for rank, (name, runs) in enumerate(ranked, start=1):
        test = [r["test_acc"] for r in runs]
        spread = f" ± {stdev(test):.2%}" if len(test) > 1 else ""
        lines.append(
            f"{rank:>3} {name:<28}{len(runs):>3}  {_mean(runs, 'val_acc', 'val_acc'):>10.2%}  "
            f"{mean(test):>7.2%}{spread:<9}  {_mean(runs, 'train_seconds', 'train_seconds'):>7.1f}"
        )
    return "\n".join(lines)


def _mean(runs: list[Result], key: str, otherwise: str) -> float:
    values = [r[key] if r[key] is not None else r[otherwise] for r in runs]
    return mean(values) if all(v is not None for v in values) else float("nan")
