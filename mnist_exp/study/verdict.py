"""What a study supports, what it cannot, and how many seeds could, in plain words."""

from collections.abc import Mapping, Sequence
from statistics import median

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import LR, Cell, cells, lost, ok
from mnist_exp.study.statistics import pairs_needed, seeds_to_show
from mnist_exp.study.tables import ALPHA, Row, by_network

SMALL = 0.001  # 0.1 points of accuracy: what one would like to tell apart


def in_plain_words(results: Sequence[Record], swept: Sequence[str], comparisons: Sequence[Row]) -> str:
    """A paragraph per network and data, and a line on what is missing."""
    others = [key for key in swept if key != LR]
    places = cells(results, others) if LR in swept else {}
    tried = {place: frozenset(r["lr"] for r in runs) for place, runs in places.items()}
    said = [
        sentence
        for name, rows in by_network(comparisons, with_data=True).items()
        for sentence in (f"{name}:{_supported(rows)}", _rates(rows, others, tried), _power(rows))
    ]
    return "\n".join(filter(None, [*said, _losses(cells(results, swept), swept)]))


def _supported(rows: Sequence[Row]) -> str:
    """Which activations are better than which; which could not be told apart, and why."""
    needed = pairs_needed(len(rows), ALPHA)
    shown, open_ = ([r for r in rows if (r["p_holm"] < ALPHA) is is_shown] for is_shown in (True, False))
    said = _better(shown)
    if even := [row for row in open_ if row["n"] >= needed]:
        said.append(f"no difference is shown {_among(even, rows)}")
    if unclear := [row for row in open_ if row["n"] < needed]:
        said.append(f"too few seeds to tell {_among(unclear, rows)}: n = {_seeds(unclear)}, {needed} seeds could")
    return f" {said[0]}." if len(said) == 1 else "".join(f"\n  {sentence}" for sentence in said)


def _better(rows: Sequence[Row]) -> list[str]:
    """For each activation that others beat: which, by how much, and how surely."""
    over: dict[str, list[Row]] = {}
    for row in rows:
        over.setdefault(row["b"] if row["difference"] > 0 else row["a"], []).append(row)
    said = []
    for loser, beaten in sorted(over.items(), key=lambda item: -len(item[1])):
        ahead = sorted(beaten, key=lambda row: -abs(row["difference"]))
        names = ", ".join(
            f"{row['b'] if row['a'] == loser else row['a']} by {100 * abs(row['difference']):.2f}" for row in ahead
        )
        surely = f"p {'≤' if len(beaten) > 1 else '='} {max(row['p_holm'] for row in beaten):.3f}, n = {_seeds(beaten)}"
        said.append(f"better than {loser}, in points: {names} ({surely})")
    return said


def _seeds(rows: Sequence[Row]) -> str:
    return " to ".join(str(n) for n in sorted({f(row["n"] for row in rows) for f in (min, max)}))


def _among(some: Sequence[Row], rows: Sequence[Row]) -> str:
    arms = list(dict.fromkeys(name for row in rows for name in (row["a"], row["b"])))
    if len(some) < len(rows):
        return "between " + ", ".join(f"{row['a']} and {row['b']}" for row in some)
    return f"between {' and '.join(arms)}" if len(arms) == 2 else f"between any two of {', '.join(arms)}"


def _points(fraction: float) -> str:
    return f"{100 * fraction:.2f} points"


def _rates(rows: Sequence[Row], others: Sequence[str], tried: Mapping[Cell, frozenset[float]]) -> str:
    """At which learning rate each was compared, if that was settled first, and whether all had the same choice."""
    if not tried:
        return ""
    if LR in rows[0]:
        return "  No learning rate is chosen: that takes a seed that has ended at every rate, and a validation set."
    rates = {row[one]: row[f"lr_{one}"] for row in rows for one in ("a", "b")}
    sets = {
        tried[Cell(row["data"], row["model"], tuple(row[key] for key in others), row[one])]
        for row in rows
        for one in ("a", "b")
    }
    if all(len(choice) == 1 for choice in sets):
        return ""  # another recipe's rates were swept
    unequal = " (not all had the same rates to choose from: no fair comparison)" if len(sets) > 1 else ""
    return (
        "  Each at its best rate by validation: " + ", ".join(f"{a} {lr:g}" for a, lr in rates.items()) + f"{unequal}."
    )


def _power(rows: Sequence[Row]) -> str:
    """How many seeds it takes to tell a small difference, as widely as the seeds scattered here."""
    spreads = [row["sd"] for row in rows if row["n"] >= 3]  # two seeds say little about a spread
    if not spreads:
        return ""
    sd = median(spreads)  # one activation that fails with some seeds does not stand for the others
    seeds = seeds_to_show(SMALL, sd, tests=len(rows), alpha=ALPHA)
    return (
        f"  The difference of two activations scatters by {_points(sd)} from seed to seed (sd): to show one of "
        f"{100 * SMALL:.1f} points takes {seeds or 'over 1,000'} seeds (power 80 %)."
    )


def _losses(found: dict[Cell, list[Record]], swept: Sequence[str]) -> str:
    """The cells whose figures lack runs."""
    lacking = {cell: runs for cell, runs in found.items() if len(ok(runs)) < len(runs)}
    named = ", ".join(f"{cell.named(swept)} ({lost(runs)} of {len(runs)})" for cell, runs in lacking.items())
    return f"Without figures: {named}." if named else ""
