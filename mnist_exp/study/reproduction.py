"""Published results beside ours: the runs that repeat one, and the same network under the default recipe."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean, median
from typing import NamedTuple

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import cells, label, lost, ok, settings, typed

FULL_SET = "mnist"  # the claims are about it, and no other data can answer them
FIGURES = ("test_acc", "test_loss", "train_acc", "val_acc")
LAYERS = ("hidden", "activation", "channels", "kernel", "padding", "dense_activation", "dropout", "whitening")
# What may be typed without leaving the default recipe.
CHOICES = ("model", *(f"model.{layer}" for layer in LAYERS))
LENGTH = "trainer.max_epochs"
MACHINE = ("threads", "machine", "device")  # times on others do not compare; the precision is a recipe's choice
ASIDE = ("seed", "data.root", "data.fallback", "trainer.threads", "trainer.accelerator", "trainer.progress_bar")
Runs = list[Record]


class Passed(NamedTuple):
    """When the default recipe passes a claim, and by which runs."""

    seconds: float
    runs: Runs

    @property
    def epochs(self) -> int:
        return len(self.runs[0]["history"])


@dataclass(frozen=True)
class Reproduction:
    """A published setup, its runs, and those of its network under the default recipe; figures are the last epoch's."""

    name: str
    runs: Sequence[Record]
    followed: Sequence[Record]  # the same setup for longer, to see when a claim is passed after all
    lost: str  # what became of the others
    default: Sequence[Record]
    other_lengths: Sequence[Sequence[Record]]  # the default recipe, its schedule fitted to other numbers of epochs

    @property
    def source(self) -> str:
        return self.runs[0]["config"]["claim"]["source"]

    @property
    def published(self) -> dict[int, list[float]]:
        """Accuracy in training and on the test set, by epoch."""
        return {int(epoch): both for epoch, both in self.runs[0]["config"]["claim"]["epochs"].items()}

    @cached_property
    def claims(self) -> dict[str, float]:
        said = self.runs[0]["config"]["claim"]
        return {key: said[key] for key in FIGURES if said[key] is not None}

    @cached_property
    def target(self) -> dict[str, float]:
        """What is to be passed: the claims about the test set or, without any, what the setup itself reaches."""
        own = {"test_acc": mean(values(self.runs, "test_acc"))}
        return {key: claim for key, claim in self.claims.items() if key.startswith("test")} or own

    @cached_property
    def passed(self) -> float | None:
        own = len(self.runs[0]["history"])  # so far all of its runs have gone, and their mean counts
        return seconds_to(self.target, self.runs) or seconds_to(self.target, self.followed, after=own)

    @cached_property
    def longest(self) -> Sequence[Record]:
        """Runs in which the claim might have been passed."""
        return watched(self.target, self.followed) or watched(self.target, self.runs)

    @cached_property
    def passed_by_default(self) -> Passed | None:
        """Of all lengths, by that which passes first."""
        lengths = [self.default, *self.other_lengths]
        each = [(seconds_to(self.target, runs), watched(self.target, runs)) for runs in lengths]
        passed = [Passed(seconds, runs) for seconds, runs in each if seconds is not None]
        return min(passed, default=None, key=lambda one: one.seconds)

    @cached_property
    def sooner(self) -> float | None:
        """How many times; where the source's recipe never passes, at least so many."""
        if self.passed_by_default is None or not self.longest:
            return None
        return (self.passed or training(self.longest)) / self.passed_by_default.seconds

    def reached(self, key: str) -> str:
        """Whether the mean over the seeds reaches what is claimed, or the best of them does."""
        found = values(self.runs, key)
        if reaches(key, self.claims[key], mean(found)):
            return "yes"
        return "in range" if any(reaches(key, self.claims[key], value) for value in found) else "no"


def reproductions(results: Sequence[Record], swept: Sequence[str]) -> list[Reproduction]:
    """Every published setup that was repeated on the full set."""
    runs = [r for r in results if r["data"] == FULL_SET]
    every = {cell: own for cell, own in cells(runs, swept).items() if own[0].get("experiment") and ok(own)}
    done = {cell: ok(own) for cell, own in every.items()}
    longer = {cell: _followed(own[0], done.values(), swept) for cell, own in done.items()}
    found = [cell for cell in done if not any(done[cell] is other for others in longer.values() for other in others)]
    names = [cell.model for cell in found]
    return [
        Reproduction(
            cell.model if names.count(cell.model) == 1 else cell.named(swept),
            done[cell],
            max(longer[cell], key=training, default=[]),
            lost(every[cell]),
            *_by_default(done[cell][0], ok(runs)),
        )
        for cell in found
    ]


def _followed(setup: Record, every: Iterable[Runs], swept: Sequence[str]) -> list[Runs]:
    """Runs of the same setup on the like of the same machine for more epochs, if it is itself as its source has it."""

    def what(r: Record) -> tuple[object, ...]:
        besides = [key for key in swept if key != LENGTH]
        return label(r), r["activation"], settings(r, besides), *(r.get(key) for key in MACHINE)

    if LENGTH in typed(setup):
        return []
    alike = [own for own in every if LENGTH in typed(own[0]) and what(own[0]) == what(setup)]
    return [own for own in alike if len(own[0]["history"]) > len(setup["history"])]


def _by_default(published: Record, runs: Sequence[Record]) -> tuple[Runs, list[Runs]]:
    """The runs of the same network, on the like of the same machine, under the default recipe; and under it but for
    its length. Of two runs with one seed, that which watched the test set."""
    found: dict[str | None, dict[int, Record]] = {}
    for r in sorted(runs, key=lambda r: len(watched(["test_acc"], [r]))):
        alike = layers(r) == layers(published) and all(r.get(key) == published.get(key) for key in MACHINE)
        if alike and _as_said(r):
            found.setdefault(typed(r).get(LENGTH), {})[r["seed"]] = r
    whole = [*found.pop(None, {}).values()]
    return whole, [[*own.values()] for own in found.values()]


def _as_said(result: Record) -> bool:
    """Whether nothing but conf/config.yaml decided how it was trained, except for how long."""
    besides = all(key in (LENGTH, *CHOICES, *ASIDE) or key.startswith("diagnostics.") for key in typed(result))
    return besides and not result.get("experiment")


def layers(result: Record) -> dict[str, object]:
    """What a network is made of, however it is trained: initial weights belong to the recipe."""
    model = result["config"]["model"]
    parts = {key: model.get(key) for key in LAYERS}
    if not model["hidden"] and not model.get("channels"):
        parts["activation"] = None  # softmax regression has none
    return parts


def values(runs: Sequence[Record], key: str) -> list[float]:
    """The figure of each run at the end of its last epoch; of the epoch kept, where the last was not watched."""
    return [r["history"][-1].get(key, r.get(key)) for r in runs]


def reaches(key: str, claimed: float, value: float) -> bool:
    """Whether a value, told as precisely as the claim, is as good."""
    told = round(value, len(repr(claimed).partition(".")[2]))
    return told <= claimed if key.endswith("loss") else told >= claimed


def seconds_to(target: Mapping[str, float], runs: Sequence[Record], after: int = 0) -> float | None:
    """Training seconds to the end of the first epoch, after so many, at which the mean over the seeds reaches each
    figure."""
    runs = watched(target, runs)
    for epoch in range(after + 1, min((len(r["history"]) for r in runs), default=0) + 1):
        rows = [r["history"][epoch - 1] for r in runs]
        if all(reaches(key, claim, mean(row[key] for row in rows)) for key, claim in target.items()):
            return training(runs, epoch)
    return None


def watched(figures: Iterable[str], runs: Sequence[Record]) -> list[Record]:
    """The runs that have these figures, and finite ones, of every epoch."""
    figures = list(figures)
    return [r for r in runs if all(row.get(key) is not None for row in r["history"] for key in figures)]


def training(runs: Sequence[Record], epochs: int | None = None) -> float:
    """Training seconds of so many epochs, or of a whole run, by the median epoch of the quickest seed: other work on
    the machine only ever slows."""
    each = min(median(row["seconds"] for row in r["history"]) for r in runs)
    return each * (epochs or len(runs[0]["history"]))
