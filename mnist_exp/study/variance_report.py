"""The study of the sources of variance as text and as variance.csv."""

from pathlib import Path
from typing import Any

from mnist_exp.errors import counted
from mnist_exp.runs.files import write_csv
from mnist_exp.study.cells import Cell
from mnist_exp.study.power import POWER
from mnist_exp.study.statistics import ALPHA
from mnist_exp.study.variance import ALL, MOST_SEEDS, ArmVariance, Limits, RunsNeeded, Spread, Variance

TABLE = "variance.csv"
TRUE = "all (any test set)"  # the row of the spread that does not depend on which images the test set has
NAMES = {"split": "split", "weights": "initial weights", "order": "batch order", "noise": "noise in training"}


def variance_text(variance: Variance) -> str:
    """What each source contributes, whether the shares add up, and how many runs a comparison needs."""
    lines = [line for arm in variance.arms for line in _arm_lines(arm)]
    lines += [_needed_line(needed, variance.margin) for needed in variance.needed]
    if variance.unused:
        runs = counted(variance.unused, "run")
        lines.append(f"Not used: {runs} in which the seeds of several sources differ from the others.")
    return "\n".join(lines)


def _arm_lines(arm: ArmVariance) -> list[str]:
    title = f"Sources of variance, {_label(arm.cell)} (sd of the test accuracy in points, with 95 % interval):"
    lines = [_spread_line(spread) for spread in arm.spreads if spread.runs]
    return [title, *(f"  {line}" for line in [*lines, _sum_line(arm), _true_line(arm)] if line)]


def _label(cell: Cell) -> str:
    return f"{cell.name} on {cell.data}"


def _spread_line(spread: Spread) -> str:
    name = "all together" if spread.source == ALL else f"{NAMES[spread.source]} alone"
    n = f"n = {spread.n}" + (f" of {spread.runs}" if spread.n < spread.runs else "")
    if spread.sd is None:
        return f"{name}: too few runs for an sd, {n}"
    share = f", {_percent(spread.share)} of the variance of all together" if spread.share else ""
    return f"{name}: {_points(spread.sd)}{share}, {n}"


def _points(limits: Limits) -> str:
    return f"{limits.value:.3f} ({limits.low:.3f} to {limits.high:.3f})"


def _percent(limits: Limits) -> str:
    return f"{limits.value:.0%} ({limits.low:.0%} to {limits.high:.0%})".replace("%", " %")


def _sum_line(arm: ArmVariance) -> str:
    """Whether the sources are separate parts of the whole."""
    shares = arm.sum_of_shares
    if shares is None:
        return ""
    if shares.low > 1:
        meaning = (
            "more than the whole, so they are not parts of it: "
            "what one seed changes is not added to what the others change"
        )
    elif shares.high < 1:
        meaning = "less than the whole: a part of the spread appears only when several sources vary together"
    else:
        meaning = "within chance of the whole"
    return f"the shares add up to {_percent(shares)}: {meaning}"


def _true_line(arm: ArmVariance) -> str:
    """How much of the spread is there on other images too."""
    spread = arm.true_spread
    if spread is None:
        return ""
    return (
        f"runs differ by {spread.on_test_set:.3f} on these test images and by {_points(spread.on_distribution)} in "
        f"their accuracy on any images like these; the rest depends on which images the test set has, "
        f"n = {spread.n}"
    )


def _needed_line(needed: RunsNeeded, margin: float) -> str:
    a, b = needed.cell_a, needed.cell_b
    correlation = "" if needed.correlation is None else f"; the correlation over the seeds is {needed.correlation:.2f}"
    return (
        f"To show a difference of {margin:g} points between {a.activation} and {b.activation} on "
        f"{_label(a.without_activation())} (power {POWER:.0%}, alpha {ALPHA:g}): ".replace("%", " %")
        + f"{_runs(needed.unpaired)} per activation with independent seeds, {_runs(needed.paired)} paired by seed "
        f"(from {needed.n} seeds{correlation})."
    )


def _runs(n: int | None) -> str:
    return f"over {MOST_SEEDS:,} runs" if n is None else f"{n} runs"


def write_variance(folder: Path, variance: Variance | None) -> None:
    """Write variance.csv: a row for each arm and source; sds in points, shares as fractions."""
    write_csv(folder / TABLE, [row for arm in variance.arms for row in _rows(arm)] if variance else [])


def _rows(arm: ArmVariance) -> list[dict[str, Any]]:
    cell = arm.cell
    of_arm = {"activation": cell.activation, "network": cell.model, "data": cell.data, **cell.settings}
    rows = [
        {"source": s.source, "n": s.n, "runs": s.runs, **_columns("sd", s.sd), **_columns("share", s.share)}
        for s in arm.spreads
    ]
    if arm.true_spread:
        sd = arm.true_spread.on_distribution
        rows.append({"source": TRUE, "n": arm.true_spread.n, "runs": arm.true_spread.n, **_columns("sd", sd)})
    return [of_arm | row for row in rows]


def _columns(name: str, limits: Limits | None) -> dict[str, float | None]:
    value, low, high = limits or (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def network_of(variance: Variance, arm: ArmVariance) -> str:
    """The name of an arm's network, with the data set if there are several."""
    with_data = len({one.cell.data for one in variance.arms if spreads_of(one)}) > 1
    return arm.cell.network + (f" on {arm.cell.data}" if with_data else "")


def spreads_of(arm: ArmVariance) -> dict[str, Limits]:
    """The sd of each source that has several runs, by the source's name; empty if none has."""
    points = {NAMES.get(spread.source, ALL): spread.sd for spread in arm.spreads if spread.sd}
    if not points or not arm.true_spread:
        return points
    return points | {TRUE: arm.true_spread.on_distribution}
