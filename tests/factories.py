"""Builders for tests: configurations, records that no run wrote, and networks that are not a plain row of layers."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from mnist_exp.config.compose import compose
from mnist_exp.config.schema import Config, DataConfig, ImageFacts, StudyConfig
from mnist_exp.data.data_set import DataSet
from mnist_exp.data.datasets import data_set
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.runs.identity import activation_name, key
from mnist_exp.runs.record import PerClass, Record

FOLDER = Path(__file__).parent / "runs" / "old_records"
OLD_RECORDS = sorted(path.stem for path in FOLDER.glob("*.json"))  # real ones, named after the commits that wrote them


def compose_once(*overrides: str) -> Config:
    """What compose returns, always the same object: copy it before changing it. Composing takes 0.1 s."""
    return _compose(os.environ.get("MNIST_ROOT"), overrides)


@cache
def _compose(_mnist_root: str | None, overrides: tuple[str, ...]) -> Config:
    return compose(overrides)


def config(*overrides: str, activation: str = "relu", seed: int = 0, data: str = "mnist", lr: float = 0.003) -> Config:
    """The configuration of these overrides, with the named settings changed afterwards and not checked."""
    base = compose_once(*overrides)
    return replace(
        base,
        seed=seed,
        data=replace(base.data, name=data),
        model=replace(base.model, activation=activation),
        optimizer=replace(base.optimizer, lr=lr),
    )


def study_config(margin: float = 0.1, control: str | None = None) -> StudyConfig:
    """How a study compares activations."""
    return StudyConfig(margin=margin, control=control)


def data_config(name: str = "mnist5k", root: str | Path = "") -> DataConfig:
    """The part of the section `data` that says which images are meant."""
    return DataConfig(name=name, root=str(root), mean=None, std=None)


def record(
    activation: str = "relu",
    seed: int = 0,
    val: float | None = 0.9,
    test: float | None = 0.8,
    data: str = "mnist",
    status: str = "ok",
    lr: float = 0.003,
    model: str = "cnn",
    **changed: Any,
) -> Record:
    """The record of a run that ended; `changed` has the values of other fields."""
    own = config(f"model={model}", activation=activation, seed=seed, data=data, lr=lr)
    made = Record(
        key=key(own),
        data=data,
        model=model,
        experiment=None,
        activation=activation_name(own.model),
        seed=seed,
        lr=lr,
        batch_size=own.data.batch_size,
        overrides=[f"model.activation={activation}", f"seed={seed}"],
        config=own,
        started="2026-01-01T00:00:00+00:00",
        status=status,
        error=None,
        val_acc=val,
        test_acc=test,
        train_seconds=2.0,
        total_seconds=3.0,
        device="cpu",
        precision="32-true",
        machine="a processor, 2 cores",
        versions={"python": "3"},
        code="0" * 12,
        run_dir=Path(f"runs/{model}_{activation}_{seed}_{lr}"),
    )
    return replace(made, **changed)


def on_classes(support: Sequence[int], test: float = 0.8) -> Record:
    """A run whose test set has so many images of each class."""
    run, numbers = record(test=test), [0.0] * len(support)
    per_class = PerClass(precision=numbers, recall=numbers, f1=numbers, support=list(support), confusion=[])
    images = replace(run.config.images, classes=[str(label) for label in range(len(support))])
    return replace(run, config=replace(run.config, images=images), per_class=per_class)


def arms(n: int, **tests: float) -> list[Record]:
    """n seeds of each activation. The test accuracy is a part that the seed decides plus the activation's given one."""
    return [record(name, seed, test=0.9 + seed / 1000 + own) for name, own in tests.items() for seed in range(n)]


def measured(images: int = 10_000, **accuracies: Sequence[float | None]) -> list[Record]:
    """A run for each accuracy of each activation, seed by seed; None is a run that diverged."""
    per_class = PerClass(precision=[], recall=[], f1=[], support=[images // 10] * 10, confusion=[])
    lost: dict[str, Any] = {"status": "diverged", "error": "diverged: loss is nan", "val": None}
    return [
        record(name, seed, test=value, per_class=per_class, **({} if value is not None else lost))
        for name, values in accuracies.items()
        for seed, value in enumerate(values)
    ]


def grid() -> list[Record]:
    """Two networks, two activations, three seeds; one more run failed and one is missing."""
    confusion = [[5 if row == column else 0 for column in range(10)] for row in range(10)]
    per_class = PerClass(precision=[1.0] * 10, recall=[1.0] * 10, f1=[1.0] * 10, support=[5] * 10, confusion=confusion)
    finished = [
        replace(one, model=model, per_class=per_class, history=[{"epoch": 1, "val_acc": 0.5}])
        for model in ("cnn", "mlp")
        for one in arms(3, relu=0.0, mish=0.01)
    ]
    failed = record("tanh", 0, status="failed", val=None, test=None, error="<no & memory>")
    missing = record("tanh", 1, status="missing", val=None, test=None, error="did not end")
    return [*finished, failed, missing]


def old_record(name: str) -> tuple[dict[str, Any], Record]:
    """A record that an earlier version wrote: the values in its file, and the record read from them."""
    values = json.loads((FOLDER / f"{name}.json").read_text())
    return values, Record.from_dict(values, Path("somewhere"))


def relu_in_place() -> nn.Module:
    """A layer that overwrites its input."""
    return nn.ReLU(inplace=True)


class ResidualBlock(nn.Module):
    """Two convolutions and a skip connection around them."""

    def __init__(
        self, channels: int, activation: Callable[[], nn.Module], last_activation: Callable[[], nn.Module]
    ) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.act = activation()
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.last_act = last_activation()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last_act(x + self.second(self.act(self.first(x))))
        return y


class ResidualNetwork(nn.Module):
    """A convolution, two residual blocks and a dense layer. Works as `model._target_`; other settings are ignored."""

    def __init__(
        self,
        activation: Callable[[], nn.Module] = relu_in_place,
        last_activation: Callable[[], nn.Module] = nn.Mish,
        **_: Any,
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3)
        self.blocks = nn.Sequential(*(ResidualBlock(4, activation, last_activation) for _ in range(2)))
        self.head = nn.Linear(4, 10)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.blocks(self.stem(x)).mean((2, 3)))
        return logits


class NestedNetwork(nn.Sequential):
    """Dense layers in sequentials within sequentials. Works as `model._target_`; other settings are ignored."""

    def __init__(self, activation: Callable[[], nn.Module] = nn.Tanh, **_: Any) -> None:
        first = nn.Sequential(nn.Linear(28 * 28, 8), nn.Sequential(activation(), nn.Dropout(0.5)))
        super().__init__(nn.Flatten(), first, nn.Sequential(nn.Linear(8, 6), nn.ELU()), nn.Linear(6, 10))


def quick_first(quick: int, cases: Sequence[Any]) -> list[Any]:
    """The cases of a test; those after the first `quick` are marked slow."""
    return [
        case if i < quick else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for i, case in enumerate(cases)
    ]


VEHICLES = [
    *("airplane", "automobile", "bird", "cat", "container ship", "deer", "dog", "frog", "horse", "truck"),
]


def colour_images(n: int, seed: int = 0, size: tuple[int, int] = (32, 32)) -> LabelledImages:
    """Noisy colour images (n, h, w, 3) of ten classes in turn, each with a square of its own colour and place."""
    rng = np.random.default_rng(seed)
    height, width = size
    labels = np.arange(n, dtype=np.uint8) % 10
    images = rng.integers(60, 140, (n, height, width, 3), dtype=np.uint8)
    for i, label in enumerate(labels):
        top, left = height * (label // 5) // 2, width * (label % 5) // 5
        images[i, top : top + height // 2, left : left + width // 5, label % 3] = 250
    return LabelledImages(images, labels)


def colour_data_set() -> DataSet:
    """A data set of 200 + 60 such images of 32×32 pixels."""
    facts = ImageFacts(shape=[3, 32, 32], classes=VEHICLES, mean=[0.4, 0.4, 0.4], std=[0.2, 0.2, 0.2])
    sets = colour_images(200), colour_images(60, seed=1)
    row = data_set("mnist5k")
    return replace(row, facts=facts, train_size=200, test_size=60, read=lambda *_: sets, handwriting=False)
