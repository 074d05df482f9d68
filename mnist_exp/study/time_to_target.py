"""How long runs train until the mean over their seeds reaches given values."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median

from mnist_exp.runs.record import Record


def last_values(runs: Sequence[Record], key: str) -> list[float]:
    """A metric of each run after its last epoch; that of the record, where it was not measured in every epoch."""
    return [run.history[-1].get(key, getattr(run, key)) for run in runs]


def reaches(key: str, claimed: float, value: float) -> bool:
    """Whether a value, rounded to as many digits as the claim has, is as good as the claim."""
    rounded = round(value, len(repr(claimed).partition(".")[2]))
    return rounded <= claimed if key.endswith("loss") else rounded >= claimed


def seconds_to(target: Mapping[str, float], runs: Sequence[Record], after: int = 0) -> float | None:
    """Training seconds to the end of the first epoch in which the mean over the seeds reaches every metric.

    Args:
        target: the metrics and the values to reach.
        runs: those that did not measure the metrics in every epoch are left out.
        after: the number of first epochs that do not count.
    """
    measured = with_every_epoch(target, runs)
    for epoch in range(after + 1, min((len(run.history) for run in measured), default=0) + 1):
        rows = [run.history[epoch - 1] for run in measured]
        if all(reaches(key, claim, mean(row[key] for row in rows)) for key, claim in target.items()):
            return training_seconds(measured, epoch)
    return None


def with_every_epoch(metrics: Iterable[str], runs: Sequence[Record]) -> list[Record]:
    """The runs that have finite values of these metrics for every epoch."""
    metrics = list(metrics)
    return [run for run in runs if all(row.get(key) is not None for row in run.history for key in metrics)]


def training_seconds(runs: Sequence[Record], epochs: int | None = None) -> float:
    """Training seconds of the first `epochs` epochs, or of a whole run.

    Computed from the median epoch of the fastest seed, since other work on the machine only makes epochs slower.
    """
    fastest = min(median(row["seconds"] for row in run.history) for run in runs)
    return fastest * (epochs or len(runs[0].history))
