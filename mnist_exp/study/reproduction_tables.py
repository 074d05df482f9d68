"""The table of published and measured results: its rows as text and for CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from mnist_exp.runs.record import Record
from mnist_exp.study.csv_tables import CSVRow, command
from mnist_exp.study.reproduction import Reproduction
from mnist_exp.study.time_to_target import last_values, training_seconds, with_every_epoch

HEADER = [
    *("setup", "claimed", "measured: mean ± sd (range)", "reached", "n", "training, s"),
    *("default recipe, test", "passes after, s", "default passes after, s", "times sooner"),
]
METRIC_NAMES = {"test_acc": "test", "test_loss": "loss", "train_acc": "train", "val_acc": "validation"}
WITHOUT_CLAIMS = ("test_acc", "test_loss")  # the metrics of a setup for which none was published
NOTES = """\
Measured values are those of the last epoch, even if an earlier epoch was better on the test set. Reached: "yes" if the
mean over the seeds, rounded to as many digits as the claim, is as good as the claim; "in range" if the best seed is.
The default recipe trains the same network with the settings of conf/config.yaml, in bf16 where device and network gain
from it. The setups train in fp32, as Keras does, unless they say otherwise. A claim is passed at the end of the first
epoch in which the mean over the seeds reaches every value claimed for the test set (without such a claim: the setup's
own mean). For the default recipe this is the fastest of the numbers of epochs that were tried. Seconds are training
time: the number of epochs times the median epoch of the fastest seed, since other work on the machine only makes
epochs slower. "> 4": the setup did not pass its claim in its own number of epochs, or in the number that is given.
"–": not run, or not measured in every epoch."""


@dataclass(frozen=True)
class MetricRow:
    """A row of reproduction.csv: one metric of a setup."""

    reproduction: Reproduction
    metric: str

    def csv_row(self) -> CSVRow:
        one, key = self.reproduction, self.metric
        values, default = last_values(one.runs, key), last_values(one.default, "test_acc")
        return {
            **{"setup": one.name, "source": one.source, "figure": key, "claimed": one.claims.get(key)},
            **{"mean": mean(values), "sd": stdev(values) if len(values) > 1 else None},
            **{"min": min(values), "max": max(values), "n": len(values)},
            "reached": one.reached(key) if key in one.claims else None,
            **{"epochs": one.runs[0].epochs, "train_seconds": training_seconds(one.runs)},
            "seconds_to_claim": one.seconds_to_target,
            **{"followed_seconds": training_seconds(one.longer) if one.longer else None},
            **{"followed_n": len(one.longer), "default_n": len(default)},
            "default_test_acc": mean(default) if default else None,
            **_default_pass_columns(one),
            "command": command(one.runs),
        }


def _default_pass_columns(one: Reproduction) -> CSVRow:
    found = one.default_pass
    return {
        "default_seconds_to_claim": found and found.seconds,
        "times_sooner": one.times_sooner,
        **{"default_passed_epochs": found and found.epochs, "default_passed_n": found and len(found.runs)},
        "default_passed_test_acc": found and mean(last_values(found.runs, "test_acc")),
    }


def metric_rows(one: Reproduction) -> list[MetricRow]:
    """A row for each claimed metric."""
    return [MetricRow(one, key) for key in one.claims or WITHOUT_CLAIMS]


def table_row(one: Reproduction) -> list[str]:
    """A row of the table in reproduction.md."""
    return [
        *(one.name, claimed(one), "; ".join(measured(one)), reached(one)),
        f"{len(one.runs)}" + (f" ({one.not_ok})" if one.not_ok else ""),
        *(f"{training_seconds(one.runs):.0f}", default_accuracy(one), *times(one)),
    ]


def claimed(one: Reproduction) -> str:
    """test 99.35 %, loss 0.0296"""
    return ", ".join(f"{METRIC_NAMES[key]} {claim_text(key, value)}" for key, value in one.claims.items()) or "no value"


def measured(one: Reproduction) -> list[str]:
    """Each claimed metric as mean, sd and range."""
    return [
        f"{METRIC_NAMES[key]} {mean_sd_and_range(key, last_values(one.runs, key))}"
        for key in one.claims or WITHOUT_CLAIMS
    ]


def reached(one: Reproduction) -> str:
    """yes, in range or no; for each metric if they differ."""
    by_metric = {METRIC_NAMES[key]: one.reached(key) for key in one.claims}
    if len(set(by_metric.values())) > 1:
        return ", ".join(f"{metric} {answer}" for metric, answer in by_metric.items())
    return next(iter(by_metric.values()), "–")


def default_accuracy(one: Reproduction) -> str:
    if not one.default:
        return "not run"
    return f"{mean_sd_and_range('test_acc', last_values(one.default, 'test_acc'))}, n = {len(one.default)}"


def times(one: Reproduction) -> list[str]:
    """Seconds until the setup and the default recipe pass the claim, and their ratio."""
    seconds, default = one.seconds_to_target, one.default_pass
    own = f"{_at_least(one.longest)}{_longer_note(one)}" if seconds is None else f"{seconds:.0f}"
    if default is None:
        lengths = [with_every_epoch(one.target, runs) for runs in (one.default, *one.other_lengths)]
        return [own, _at_least(max(filter(None, lengths), key=training_seconds, default=[])), "–"]
    epochs = f"{default.epochs} epoch{'s' * (default.epochs > 1)}"
    return [own, f"{default.seconds:.1f} ({epochs}, n = {len(default.runs)})", _ratio_text(one)]


def _ratio_text(one: Reproduction) -> str:
    ratio = one.times_sooner
    if ratio is None:
        return "–"
    return f"{'> ' * (one.seconds_to_target is None)}{ratio:.{2 if ratio < 10 else 1}f}"


def _longer_note(one: Reproduction) -> str:
    """Epochs and number of the longer runs, if they were measured in every epoch."""
    if not with_every_epoch(one.target, one.longer):
        return ""
    return f" ({len(one.longest[0].history)} epochs, n = {len(one.longest)})"


def _at_least(runs: Sequence[Record]) -> str:
    """The time of a claim that these runs did not pass."""
    return f"> {training_seconds(runs):.0f}" if runs else "–"


def mean_sd_and_range(key: str, values: Sequence[float]) -> str:
    """99.21 % ± 0.05 (99.15 to 99.28)"""
    factor, digits, unit = (1, 4, "") if key.endswith("loss") else (100, 2, " %")
    low, high = (f"{factor * end:.{digits}f}" for end in (min(values), max(values)))
    sd_and_range = f" ± {factor * stdev(values):.{digits}f} ({low} to {high})" if len(values) > 1 else ""
    return f"{factor * mean(values):.{digits}f}{unit}{sd_and_range}"


def claim_text(key: str, value: float) -> str:
    """A claim with as many digits as its source gives."""
    return str(value) if key.endswith("loss") else f"{float(f'{100 * value:.10g}'):g} %"
