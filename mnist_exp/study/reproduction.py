"""Published results and ours: runs that repeat a published setup, and the same network under the default recipe."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import NamedTuple

from mnist_exp.runs.identity import activation_name
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, count_not_ok, ok
from mnist_exp.study.swept_settings import network_label, overrides_by_key, settings_of
from mnist_exp.study.time_to_target import last_values, reaches, seconds_to, training_seconds, with_every_epoch

FULL_SET = "mnist"  # claims are about it, so runs on other data do not count
METRICS = ("test_acc", "test_loss", "train_acc", "val_acc")
DEFINITION = ("_target_", "hidden", "channels", "kernel", "padding", "dense_activation", "dropout", "whitening")
# Overrides that leave the default recipe as it is.
NETWORK_OVERRIDES = ("model", "model.activation", *(f"model.{key}" for key in DEFINITION))
LENGTH = "trainer.max_epochs"
NEUTRAL_OVERRIDES = (
    *("seed", "data.root", "data.fallback"),
    *("trainer.threads", "trainer.accelerator", "trainer.progress_bar", "trainer.resume_every"),
)
Runs = list[Record]


class DefaultPass(NamedTuple):
    """When the default recipe reaches a claim, and with which runs."""

    seconds: float
    runs: Runs

    @property
    def epochs(self) -> int:
        return len(self.runs[0].history)


@dataclass(frozen=True)
class Reproduction:
    """A published setup, its runs, and those of its network under the default recipe. Metrics are of the last epoch."""

    name: str
    runs: Sequence[Record]
    longer: Sequence[Record]  # the same setup for more epochs, to see whether it reaches its claims later
    not_ok: str  # how the setup's other runs ended: "1 diverged"
    default: Sequence[Record]
    other_lengths: Sequence[Sequence[Record]]  # the default recipe with its schedule fitted to other numbers of epochs

    @property
    def source(self) -> str:
        return self.runs[0].config.claim.source or ""

    @property
    def published(self) -> dict[int, list[float]]:
        """Training and test accuracy by epoch."""
        return self.runs[0].config.claim.epochs

    @cached_property
    def claims(self) -> dict[str, float]:
        """The published metrics."""
        claim = self.runs[0].config.claim
        return {key: getattr(claim, key) for key in METRICS if getattr(claim, key) is not None}

    @cached_property
    def target(self) -> dict[str, float]:
        """What runs have to reach: the claims about the test set or, without any, the setup's own test accuracy."""
        own = {"test_acc": mean(last_values(self.runs, "test_acc"))}
        return {key: claim for key, claim in self.claims.items() if key.startswith("test")} or own

    @cached_property
    def seconds_to_target(self) -> float | None:
        """Training seconds of the setup itself, in longer runs if it takes more epochs than it has."""
        own_epochs = len(self.runs[0].history)  # up to here the setup's own runs count
        own = seconds_to(self.target, self.runs)
        return own or seconds_to(self.target, self.longer, after=own_epochs)

    @cached_property
    def longest(self) -> Sequence[Record]:
        """The longest runs of the setup that show whether the target was reached."""
        return with_every_epoch(self.target, self.longer) or with_every_epoch(self.target, self.runs)

    @cached_property
    def default_pass(self) -> DefaultPass | None:
        """Of all lengths of the default recipe, the one that reaches the target first."""
        passes = [
            DefaultPass(seconds, with_every_epoch(self.target, runs))
            for runs in (self.default, *self.other_lengths)
            if (seconds := seconds_to(self.target, runs)) is not None
        ]
        return min(passes, default=None, key=lambda one: one.seconds)

    @cached_property
    def times_sooner(self) -> float | None:
        """The setup's seconds over the default recipe's; a lower bound if the setup never reaches the target."""
        if self.default_pass is None or not self.longest:
            return None
        return (self.seconds_to_target or training_seconds(self.longest)) / self.default_pass.seconds

    def reached(self, key: str) -> str:
        """Whether a claim is reached: by the mean over the seeds (yes), or by the best seed (in range)."""
        values = last_values(self.runs, key)
        if reaches(key, self.claims[key], mean(values)):
            return "yes"
        return "in range" if any(reaches(key, self.claims[key], value) for value in values) else "no"


def reproductions(records: Sequence[Record], swept: Sequence[str]) -> list[Reproduction]:
    """Every published setup that was repeated on the full set."""
    full = [record for record in records if record.data == FULL_SET]
    all_runs = {cell: runs for cell, runs in cells(full, swept).items() if runs[0].experiment and ok(runs)}
    finished = {cell: ok(runs) for cell, runs in all_runs.items()}
    longer = {cell: _longer_runs(runs[0], finished.values(), swept) for cell, runs in finished.items()}
    used = {id(runs) for others in longer.values() for runs in others}
    setups = [cell for cell, runs in finished.items() if id(runs) not in used]
    return [
        Reproduction(
            _setup_name(cell, setups),
            finished[cell],
            max(longer[cell], key=training_seconds, default=[]),
            count_not_ok(all_runs[cell]),
            *_default_runs(finished[cell][0], ok(full)),
        )
        for cell in setups
    ]


def _setup_name(cell: Cell, setups: Sequence[Cell]) -> str:
    return cell.model if [setup.model for setup in setups].count(cell.model) == 1 else cell.name


def _longer_runs(setup: Record, others: Iterable[Runs], swept: Sequence[str]) -> list[Runs]:
    """The cells that repeat a setup for more epochs on the same machine; none if its own length was changed."""
    if LENGTH in overrides_by_key(setup):
        return []
    keys = [key for key in swept if key != LENGTH]

    def identity(run: Record) -> tuple[object, ...]:
        return network_label(run), run.activation, settings_of(run, keys), _machine(run)

    same = [runs for runs in others if LENGTH in overrides_by_key(runs[0]) and identity(runs[0]) == identity(setup)]
    return [runs for runs in same if len(runs[0].history) > len(setup.history)]


def _machine(run: Record) -> tuple[object, ...]:
    """Times on different ones do not compare. The precision is not part of it: a recipe chooses that."""
    return run.threads, run.machine, run.device


def _default_runs(setup: Record, finished: Sequence[Record]) -> tuple[Runs, list[Runs]]:
    """The runs of a setup's network on the same machine under the default recipe, and those with other lengths.

    Of two runs with the same seed, the one that measured test accuracy in every epoch is taken.
    """
    by_length: dict[str | None, dict[int, Record]] = {}
    for run in sorted(finished, key=lambda run: len(with_every_epoch(["test_acc"], [run]))):
        same_network = network_definition(run) == network_definition(setup) and _machine(run) == _machine(setup)
        if same_network and _has_default_recipe(run):
            by_length.setdefault(overrides_by_key(run).get(LENGTH), {})[run.seed] = run
    default = [*by_length.pop(None, {}).values()]
    return default, [[*by_seed.values()] for by_seed in by_length.values()]


def _has_default_recipe(run: Record) -> bool:
    """Whether nothing but conf/config.yaml decided how it was trained, except for how long."""
    allowed = (LENGTH, *NETWORK_OVERRIDES, *NEUTRAL_OVERRIDES)
    return not run.experiment and all(key in allowed or key.startswith("diagnostics.") for key in overrides_by_key(run))


def network_definition(run: Record) -> dict[str, object]:
    """The network, however it is trained; its initial weights belong to the recipe."""
    model = run.config.model
    definition = {key: getattr(model, key, None) for key in DEFINITION}
    return definition | {"activation": activation_name(model)}
