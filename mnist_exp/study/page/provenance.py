"""How the runs of a study were made: data, machine, software, and the protocol in plain words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from mnist_exp.errors import listed
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import ok
from mnist_exp.study.comparison import MAX_T, PAIRED_T, SEQUENTIAL, Comparison

PACKAGES = ("python", "torch", "lightning")
Fact = tuple[str, str]  # what, and its value
TESTS = {
    MAX_T: "an exact test over sign flips of the differences, corrected for all pairs of a network (max-T)",
    PAIRED_T: "a paired t-test with Holm's correction; it assumes normal differences",
    SEQUENTIAL: "a paired t-test after each round of seeds, which allows for the repeated looks",
}


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


def facts(records: Sequence[Record]) -> list[Fact]:
    """Data, machine, software, time, each with its values."""
    sizes = _distinct(f"{run.train_size:,}" for run in records if run.train_size)
    seconds = sum(run.train_seconds or 0.0 for run in records)
    software = [f"{name} {_distinct(run.versions.get(name) for run in records)}" for name in PACKAGES]
    found = [
        ("Data", _distinct(run.data for run in records)),
        ("Training images", sizes),
        ("Test images", _distinct(f"{sum(run.per_class['support']):,}" for run in records if run.per_class)),
        ("Runs", f"{len(ok(records))} of {len(records)} finished"),
        ("Training, all runs", f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"),
        ("Machine", _distinct(run.machine for run in records)),
        ("Device", _distinct(run.device for run in records)),
        ("Precision", _by_network(records, lambda run: run.precision)),
        ("Software", ", ".join(software)),
        ("Commit", _distinct(run.versions.get("commit") for run in records)),
        ("First run started", readable_time(min((run.started for run in records), default=""))),
    ]
    return [(what, value) for what, value in found if value]


def readable_time(started: str) -> str:
    """2026-11-29 20:36 UTC, of 2026-11-29T20:36:00+00:00; the text itself if it is no time."""
    try:
        return datetime.fromisoformat(started).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return started


def _by_network(records: Sequence[Record], value_of: Callable[[Record], str | None]) -> str:
    """32-true; or, if there are several, 32-true (mlp), bf16-mixed (cnn)."""
    networks: dict[str, set[str]] = {}
    for run in records:
        if value := value_of(run):
            networks.setdefault(value, set()).add(run.model)
    if len(networks) < 2:
        return ", ".join(networks)
    return ", ".join(f"{value} ({listed(sorted(networks[value]))})" for value in sorted(networks))


def protocol(comparisons: Sequence[Comparison]) -> list[str]:
    """How the runs were compared."""
    tests = list(dict.fromkeys(pair.test for pair in comparisons if pair.test))
    margins = " or ".join(f"{margin:g}" for margin in sorted({100 * pair.margin for pair in comparisons}))
    lines = [
        "Runs with the same seed have the same split, the same initial randomness and the same batch order. "
        "So activations are compared seed by seed.",
        "Choices, such as the best epoch or the best learning rate, use the validation set. The test set is used "
        "once, at the end.",
        "A 95 % interval over seeds is about these test images. An interval over seeds and images is about "
        "other images of the same kind too, so it is wider.",
    ]
    if comparisons:
        lines.append(
            "A pair is better, equivalent or open. Equivalent means: the difference is shown to be below the margin "
            f"of {margins} points. Open means: neither is shown."
        )
    return [*lines, *(f"Test: {TESTS[test]}." for test in tests if test in TESTS)]


def _distinct(values: Iterable[object]) -> str:
    return ", ".join(sorted({str(value) for value in values if value is not None}))
