"""What the numbers of a study support, as text: which activations are better, and how many seeds would show more."""

from collections.abc import Mapping, Sequence
from statistics import median

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, count_not_ok, ok
from mnist_exp.study.comparisons import ALPHA, Comparison, group_by_network
from mnist_exp.study.statistics import pairs_needed, seeds_to_show
from mnist_exp.study.swept_settings import LR

SMALL = 0.001  # 0.1 points of accuracy, a difference worth detecting
ENOUGH_FOR_SD = 3  # two seeds give no usable sd


def verdict_text(records: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Comparison]) -> str:
    """A paragraph for each network and data set, and a line about runs without results."""
    rates = _rates_tried(records, swept)
    lines: list[str] = []
    for network, pairs in group_by_network(comparisons, with_data=True).items():
        lines += [f"{network}:{_findings(pairs)}", _rates_line(pairs, rates), _power_line(pairs)]
    return "\n".join(filter(None, [*lines, _without_results_line(cells(records, swept))]))


def _findings(pairs: Sequence[Comparison]) -> str:
    """Which activations are better than which; which pairs show no difference, or have too few seeds to show one."""
    needed = pairs_needed(len(pairs), ALPHA)
    findings = _better_than([pair for pair in pairs if pair.is_significant])
    rest = [pair for pair in pairs if not pair.is_significant]
    if equal := [pair for pair in rest if pair.n >= needed]:
        findings.append(f"no difference shown between {_list_pairs(equal, pairs)}")
    if few := [pair for pair in rest if pair.n < needed]:
        names = _list_pairs(few, pairs)
        findings.append(f"too few seeds to compare {names}: n = {_seeds(few)}; {needed} seeds could show a difference")
    return f" {findings[0]}." if len(findings) == 1 else "".join(f"\n  {finding}" for finding in findings)


def _better_than(significant: Sequence[Comparison]) -> list[str]:
    """For each activation that others are better than: which ones, by how many points, and the p-value."""
    by_loser: dict[str, list[Comparison]] = {}
    for pair in significant:
        by_loser.setdefault(pair.loser, []).append(pair)
    return [_better_than_one(*item) for item in sorted(by_loser.items(), key=lambda item: -len(item[1]))]


def _better_than_one(loser: str, pairs: Sequence[Comparison]) -> str:
    by_difference = sorted(pairs, key=lambda pair: -abs(pair.difference))
    winners = ", ".join(f"{pair.winner} by {100 * abs(pair.difference):.2f}" for pair in by_difference)
    p = f"p {'≤' if len(pairs) > 1 else '='} {max(pair.p_holm for pair in pairs):.3f}"
    return f"better than {loser}, in points: {winners} ({p}, n = {_seeds(pairs)})"


def _seeds(pairs: Sequence[Comparison]) -> str:
    """8, or 3 to 8."""
    counts = [pair.n for pair in pairs]
    return " to ".join(str(n) for n in sorted({min(counts), max(counts)}))


def _list_pairs(some: Sequence[Comparison], all_pairs: Sequence[Comparison]) -> str:
    """relu and mish, relu and tanh; or, of all pairs: any two of mish, relu, tanh."""
    names = list(dict.fromkeys(name for pair in all_pairs for name in (pair.a, pair.b)))
    if len(some) < len(all_pairs):
        return ", ".join(f"{pair.a} and {pair.b}" for pair in some)
    return " and ".join(names) if len(names) == 2 else f"any two of {', '.join(names)}"


def _rates_tried(records: Sequence[Record], swept: Sequence[str]) -> dict[Cell, frozenset[float]]:
    """The learning rates of each cell; empty if none were swept."""
    others = [key for key in swept if key != LR]
    by_cell = cells(records, others) if LR in swept else {}
    return {cell: frozenset(run.lr for run in runs) for cell, runs in by_cell.items()}


def _rates_line(pairs: Sequence[Comparison], tried: Mapping[Cell, frozenset[float]]) -> str:
    """At which learning rate each activation was compared, and whether all had the same rates to choose from."""
    if not tried:
        return ""
    if LR in pairs[0].settings:
        return "  No learning rate was chosen: that needs a validation set and a seed that has ended at every rate."
    chosen = {name: lr for pair in pairs for name, lr in ((pair.a, pair.lr_a), (pair.b, pair.lr_b))}
    place = pairs[0]
    choices = {tried[Cell(place.data, place.model, tuple(place.settings.items()), name)] for name in chosen}
    if all(len(rates) == 1 for rates in choices):
        return ""  # the rates of another recipe were swept
    unequal = " (not a fair comparison: not all were tried at the same rates)" if len(choices) > 1 else ""
    rates = ", ".join(f"{name} {lr:g}" for name, lr in chosen.items())
    return f"  Each at its best learning rate by validation accuracy: {rates}{unequal}."


def _power_line(pairs: Sequence[Comparison]) -> str:
    """How many seeds show a small difference, given how much differences vary between seeds here."""
    sds = [pair.sd for pair in pairs if pair.sd is not None and pair.n >= ENOUGH_FOR_SD]
    if not sds:
        return ""
    sd = median(sds)  # so that one activation that fails with some seeds does not count for all
    seeds = seeds_to_show(SMALL, sd, tests=len(pairs), alpha=ALPHA)
    return (
        f"  The difference between two activations varies by {100 * sd:.2f} points (sd) from seed to seed: "
        f"showing a difference of {100 * SMALL:.1f} points takes {seeds or 'over 1,000'} seeds (power 80 %)."
    )


def _without_results_line(by_cell: Mapping[Cell, Sequence[Record]]) -> str:
    incomplete = {cell: runs for cell, runs in by_cell.items() if len(ok(runs)) < len(runs)}
    names = ", ".join(f"{cell.name} ({count_not_ok(runs)} of {len(runs)})" for cell, runs in incomplete.items())
    return f"Runs without results: {names}." if names else ""
