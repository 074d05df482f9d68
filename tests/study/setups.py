"""Records of published setups that were repeated, and of the same networks under the default recipe."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mnist_exp.config.schema import ClaimConfig, ModelConfig
from mnist_exp.runs.identity import key as key_of
from mnist_exp.runs.record import Record
from tests.factories import record

NO_CLAIMS: dict[str, Any] = {"train_acc": None, "val_acc": None, "test_acc": None, "test_loss": None, "epochs": {}}
History = list[dict[str, float]]


def epochs(*test_accs: float, seconds: float = 10.0) -> History:
    """A history with the test accuracy of every epoch; the test loss falls as it rises."""
    return [{"epoch": e, "test_acc": a, "test_loss": 1 - a, "seconds": seconds} for e, a in enumerate(test_accs, 1)]


def published(seed: int = 0, history: History = (), name: str = "setup", data: str = "mnist", **claims: Any) -> Record:
    """A run that repeats a published setup on cnn, for as many epochs as its history has."""
    run = record(seed=seed, data=data, lr=0.01)
    trainer = replace(run.config.trainer, max_epochs=len(history))
    claim = ClaimConfig(name=name, source="a study", **NO_CLAIMS | claims)
    changed = {"experiment": name, "history": list(history), "test_acc": history[-1]["test_acc"], "epochs": 3}
    return replace(run, config=replace(run.config, claim=claim, trainer=trainer), **changed)


def seeded(activation: str = "relu", test: float | None = 0.9, seed: int = 0, split: int = 0, **own: Any) -> Record:
    """A run with these seeds; `own` are those of `seeds`, and the values of other fields."""
    run = record(
        activation, seed, test=test, **{key: own.pop(key) for key in ("status", "data", "run_dir") if key in own}
    )
    config = replace(
        run.config, data=replace(run.config.data, split_seed=split), seeds=replace(run.config.seeds, **own)
    )
    return replace(run, config=config, key=key_of(config))


def one_source(source: str, tests: Sequence[float], activation: str = "relu", base: int = 0) -> list[Record]:
    """Runs in which the seed of one source is 1, 2, … and all others are `base`; `all` varies all of them."""
    runs = []
    for value, test in enumerate(tests, 1):
        if source == "all":
            seeds = {"seed": value, "split": value}
        elif source == "split":
            seeds = {"seed": base, "split": value}
        else:
            seeds = {"seed": base, "split": base, source: value}
        runs.append(seeded(activation, test, **seeds))
    return runs


def longer(*test_accs: float, seed: int = 0, **changed: Any) -> Record:
    """The same setup for another number of epochs."""
    overrides = ["experiment=setup", f"trainer.max_epochs={len(test_accs)}"]
    return replace(published(seed, epochs(*test_accs), test_acc=0.95), **{"overrides": overrides, **changed})


def default(seed: int = 0, history: History = (), overrides: Sequence[str] = ("model=cnn",)) -> Record:
    """A run of the same network under the default recipe."""
    changed = {"history": list(history), "overrides": [*overrides, f"seed={seed}"]}
    return record(seed=seed, test=history[-1].get("test_acc"), **changed)


def with_model(run: Record, model: ModelConfig) -> Record:
    return replace(run, config=replace(run.config, model=model))


def repeated_setup() -> list[Record]:
    """Two seeds of a setup with two claims and a published curve, and two of its network's default recipe."""
    claims = {"test_acc": 0.9335, "test_loss": 0.0665, "epochs": {1: [0.9, 0.5], 3: [0.99, 0.94]}}
    histories = [epochs(0.5, 0.8, last) for last in (0.93, 0.94)]
    for history in histories:
        for row in history:
            row["train_acc"] = row["test_acc"] + 0.01
    repeated = [published(seed, history, "old_cnn", **claims) for seed, history in enumerate(histories)]
    return [*repeated, *(default(i, epochs(0.9 + i / 100, 0.95 - i / 100, seconds=3)) for i in range(2))]
