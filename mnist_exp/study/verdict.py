"""What the numbers of a study support, as text: which activations are better, equivalent, or not decided yet."""

from collections.abc import Callable, Mapping, Sequence
from math import comb
from statistics import median

from mnist_exp.errors import counted, listed
from mnist_exp.runs.record import Record
from mnist_exp.study.at_chance import cells_at_chance
from mnist_exp.study.cells import Cell, cells, count_not_ok, count_range, ok, select_learning_rates
from mnist_exp.study.comparison import BETTER, EQUIVALENT, FEWEST_FOR_T, MAX_T, OPEN, PAIRED_T, SEQUENTIAL, Comparison
from mnist_exp.study.comparisons import group_by_network
from mnist_exp.study.max_t import fewest_seeds
from mnist_exp.study.power import SEEDS_TRIED, seeds_to_show
from mnist_exp.study.statistics import ALPHA
from mnist_exp.study.swept_settings import LR

MOST_LISTED = 6  # pairs in one line, where the rest says no more than the first ones


def verdict_text(
    records: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Comparison], control: str | None = None
) -> str:
    """A paragraph for each network and data set, and a line about runs without results."""
    rates = _rates_tried(records, swept)
    selected = cells(*select_learning_rates(records, swept))
    at_chance = cells_at_chance(selected)
    lines: list[str] = []
    groups = group_by_network(comparisons, with_data=True)
    for network, pairs in groups.items():
        learned = [p for p in pairs if not any(_cell(p, name) in at_chance for name in (p.a, p.b))]
        details = [_images_line(pairs), _rates_line(pairs, rates), _test_line(pairs, control)]
        lines += [f"{network}:{_findings(pairs)}", *details, _power_line(learned, control is not None)]
    if control:
        lines.append(_without_control_line(selected, control))
    return "\n".join(filter(None, [*lines, _without_results_line(cells(records, swept))]))


def _without_control_line(selected: Mapping[Cell, Sequence[Record]], control: str) -> str:
    """The networks that have several activations, but not the control."""
    finished: dict[str, set[str]] = {}
    for cell, runs in selected.items():
        if cell.activation and ok(runs):
            finished.setdefault(cell.block, set()).add(cell.activation)
    missing = [block for block, names in finished.items() if len(names) > 1 and control not in names]
    return (
        f"Not compared, since study.control={control} has no finished run there: {', '.join(missing)}."
        if missing
        else ""
    )


def _findings(pairs: Sequence[Comparison]) -> str:
    """Which activations are better, which are equivalent, and which are open and for how long."""
    by_kind = {kind: [pair for pair in pairs if pair.kind == kind] for kind in (BETTER, EQUIVALENT, OPEN)}
    findings = _better_than(by_kind[BETTER])
    if equivalent := by_kind[EQUIVALENT]:
        margin = f"within ±{100 * pairs[0].margin:g} points"
        findings.append(f"equivalent, {margin}: {_list_pairs(equivalent, pairs)}{_conditions(equivalent)}")
    if still_open := [pair for pair in by_kind[OPEN] if pair.test]:
        findings.append(f"open: {_shortened(still_open, _open_pair)}{_conditions(still_open)}")
    if few := [pair for pair in by_kind[OPEN] if not pair.test]:
        differences = _shortened(sorted(few, key=lambda pair: -abs(pair.difference)), _plain_difference)
        reasons = "; ".join(dict.fromkeys(pair.untested or "" for pair in few))
        findings.append(f"no verdict ({reasons}): {differences}")
    return f" {findings[0]}." if len(findings) == 1 else "".join(f"\n  {finding}" for finding in findings)


def _better_than(pairs: Sequence[Comparison]) -> list[str]:
    """For each activation that others are better than: which ones, by how many points, and the p-value."""
    by_loser: dict[str, list[Comparison]] = {}
    for pair in pairs:
        by_loser.setdefault(pair.loser, []).append(pair)
    return [_better_than_one(*item) for item in sorted(by_loser.items(), key=lambda item: -len(item[1]))]


def _better_than_one(loser: str, pairs: Sequence[Comparison]) -> str:
    by_difference = sorted(pairs, key=lambda pair: -abs(pair.difference))
    winners = ", ".join(map(_by_how_much, by_difference))
    return f"better than {loser}, in points: {winners}{_conditions(pairs, with_p=True)}"


def _by_how_much(pair: Comparison) -> str:
    """mish by 0.13 [0.07, 0.19]"""
    low, high = (100 * value for value in pair.interval_of_winner or (0.0, 0.0))
    within = " (within the margin)" if pair.within_margin else ""
    return f"{pair.winner} by {100 * abs(pair.difference):.2f} [{low:.2f}, {high:.2f}]{within}"


def _conditions(pairs: Sequence[Comparison], with_p: bool = False) -> str:
    """(p ≤ 0.031, n = 10)"""
    parts = [f"n = {_seeds(pairs)}"]
    if with_p and all(pair.p_adjusted is not None for pair in pairs):
        largest = max(pair.p_adjusted or 0.0 for pair in pairs)
        parts.insert(0, "p < 0.001" if largest < 0.001 else f"p {'≤' if len(pairs) > 1 else '='} {largest:.3f}")
    if any(pair.test == PAIRED_T for pair in pairs):
        whole = all(pair.test == PAIRED_T for pair in pairs)
        parts.append("if differences are normal" if whole else "some of it if differences are normal")
    return f" ({', '.join(parts)})"


def _open_pair(pair: Comparison) -> str:
    """mish and relu (+0.06 points, about 12 more seeds)"""
    difference = round(100 * pair.difference, 2) + 0.0  # not -0.00
    if pair.test == SEQUENTIAL:
        return f"{pair.a} and {pair.b} ({difference:+.2f} points)"
    more = f"over {SEEDS_TRIED[-1]}" if pair.seeds_needed is None else f"about {pair.seeds_needed - pair.n}"
    return f"{pair.a} and {pair.b} ({difference:+.2f} points, {more} more seeds)"


def _plain_difference(pair: Comparison) -> str:
    if pair.difference == 0:
        return f"{pair.a} and {pair.b} are equal"
    return f"{pair.winner} is {100 * abs(pair.difference):.2f} points above {pair.loser}"


def _shortened(pairs: Sequence[Comparison], text: Callable[[Comparison], str]) -> str:
    rest = len(pairs) - MOST_LISTED
    return ", ".join(map(text, pairs[:MOST_LISTED])) + (f" and {rest} more in comparisons.csv" if rest > 0 else "")


def _seeds(pairs: Sequence[Comparison]) -> str:
    return count_range([pair.n for pair in pairs])


def _list_pairs(some: Sequence[Comparison], all_pairs: Sequence[Comparison]) -> str:
    """relu and mish, relu and tanh; or, of all pairs: any two of mish, relu, tanh."""
    names = _names(all_pairs)
    if len(some) < max(3, comb(len(names), 2)):
        return ", ".join(f"{pair.a} and {pair.b}" for pair in some)
    return f"any two of {', '.join(names)}"


def _names(pairs: Sequence[Comparison]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in (pair.a, pair.b)))


def _images_line(pairs: Sequence[Comparison]) -> str:
    """Which of the verdicts, all of them on these test images, hold for other images like these."""
    decided = [pair for pair in pairs if pair.kind != OPEN]
    claims = [pair for pair in decided if pair.kind_images is not None]
    lost = [pair for pair in claims if pair.kind_images == OPEN]
    if not claims:
        return ""
    if len(claims) < len(decided):
        held = [pair for pair in claims if pair.kind_images != OPEN]
        what = f"only {listed(list(map(_claim, held)))} holds" if held else "nothing is shown"
        return f"  For other images like these test images, {what}; some runs have no predictions to tell."
    if not lost:
        return "  This also holds for other images like these test images."
    if len(lost) == len(claims):
        return "  This holds for these test images. For other images like these, nothing is shown."
    return f"  For other images like these test images, all of this holds except {listed(list(map(_claim, lost)))}."


def _claim(pair: Comparison) -> str:
    return f"{pair.winner} over {pair.loser}" if pair.kind == BETTER else f"{pair.a} = {pair.b}"


def _test_line(pairs: Sequence[Comparison], control: str | None) -> str:
    """Which test was used, and how many seeds its smallest p-value needs."""
    by_test = {test: [pair for pair in pairs if pair.test == test] for test in (MAX_T, PAIRED_T, SEQUENTIAL)}
    texts = []
    if found := by_test[MAX_T]:
        texts.append(f"max-T over sign flips, {_count(found, control)}; p < {ALPHA} needs {fewest_seeds(ALPHA)} seeds")
    if found := by_test[PAIRED_T]:
        texts.append(
            f"paired t with Holm's correction, {_count(found, control)}; it assumes normal differences, "
            f"which the exact test with {fewest_seeds(ALPHA)} seeds does not"
        )
    if found := by_test[SEQUENTIAL]:
        texts.append(
            f"paired t after each round of seeds, {_count(found, control)}; "
            f"it allows for that and assumes normal differences"
        )
    return f"  Test: {'. '.join(texts)}." if texts else ""


def _count(pairs: Sequence[Comparison], control: str | None) -> str:
    number = counted(len(pairs), "pair")
    return f"{number} with {control}" if control else number


def _cell(pair: Comparison, activation: str) -> Cell:
    return Cell(pair.data, pair.model, tuple(pair.settings.items()), activation)


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
    choices = {tried[_cell(pairs[0], name)] for name in chosen}
    if all(len(rates) == 1 for rates in choices):
        return ""  # the rates of another recipe were swept
    unequal = " (not a fair comparison: not all were tried at the same rates)" if len(choices) > 1 else ""
    rates = ", ".join(f"{name} {lr:g}" for name, lr in chosen.items())
    return f"  Each at its best learning rate by validation accuracy: {rates}{unequal}."


def _power_line(pairs: Sequence[Comparison], with_control: bool) -> str:
    """How many seeds decide about a difference of the margin, given how much differences vary between seeds here."""
    sds = [pair.sd for pair in pairs if pair.sd is not None and pair.n >= FEWEST_FOR_T]
    if not sds or median(sds) == 0 or any(pair.test == SEQUENTIAL for pair in pairs):
        return ""
    sd = median(sds)  # so that one activation that fails with some seeds does not count for all
    margin = pairs[0].margin
    show, equivalent = (
        str(n) if n else f"over {SEEDS_TRIED[-1]}"
        for n in seeds_to_show(len(_names(pairs)), float(f"{sd:.2g}"), margin, with_control)
    )
    return (
        f"  The difference between two activations varies by {100 * sd:.2f} points (sd) from seed to seed. "
        f"Showing a difference of {100 * margin:g} points takes {show} seeds, "
        f"showing that two equal ones are equivalent {equivalent} (power 80 %, simulated)."
    )


def _without_results_line(by_cell: Mapping[Cell, Sequence[Record]]) -> str:
    incomplete = {cell: runs for cell, runs in by_cell.items() if len(ok(runs)) < len(runs)}
    names = ", ".join(f"{cell.name} ({count_not_ok(runs)} of {len(runs)})" for cell, runs in incomplete.items())
    return f"Runs without results: {names}." if names else ""
