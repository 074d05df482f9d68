"""How long a run would take on this machine: a few of its training steps, timed on random images."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import torch
from torch import Tensor

from mnist_exp import runtime
from mnist_exp.config.schema import Config, ImageFacts
from mnist_exp.data.augment import Warp
from mnist_exp.data.datasets import test_size, train_size
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.errors import UserError
from mnist_exp.training.build import build_classifier
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.cuda_graphs import make_step_runner
from mnist_exp.training.optimizers import make_optimizer

WARM_UP, STEPS = 3, 10
OVERHEAD = 1.0  # seconds that a run of a sweep takes in addition to its steps: 0.9 to 1.1 were measured


class TimeEstimate:
    """The seconds of a run, None if it cannot run on this machine. Runs that differ only by seeds are timed once."""

    def __init__(self) -> None:
        self._seconds: dict[str, float | None] = {}

    def __call__(self, config: Config) -> float | None:
        one_split = replace(config, data=replace(config.data, split_seed=0))
        settings = json.dumps(one_split.to_dict() | {"seed": None, "seeds": None}, sort_keys=True)
        if settings not in self._seconds:
            try:
                self._seconds[settings] = estimate_seconds(config)
            except UserError:  # planned for another machine, one with a GPU for example
                self._seconds[settings] = None
        return self._seconds[settings]


def estimate_seconds(config: Config) -> float:
    """Epochs × steps × the median step, and the evaluation of the validation and test images.

    Raises UserError if this machine lacks what the run needs.
    """
    data, settings = config.data, config.trainer
    convolutional = runtime.is_convolutional(config.model)
    runtime.prepare(runtime.threads(settings.threads, runtime.uses_all_cores(config.model)))
    device = runtime.accelerator(settings.accelerator)
    precision = runtime.precision(settings.precision, device, convolutional)
    model = build_classifier(config).to(device)
    training_step = _training_step(model, MNISTDataModule.from_config(config).warp, device, precision)
    step_seconds = _median_seconds(training_step, data.batch_size, config.images, device)
    evaluation_step = _evaluation_step(model, device, precision)
    evaluation_seconds = _median_seconds(evaluation_step, data.eval_batch_size, config.images, device)
    steps = settings.max_epochs * (train_size(data) - data.val_size) / data.batch_size
    tested, each_epoch = test_size(data), config.diagnostics.test_each_epoch
    evaluated = settings.max_epochs * (data.val_size + each_epoch * tested) + tested
    return steps * step_seconds + evaluated / data.eval_batch_size * evaluation_seconds + OVERHEAD


def _training_step(
    model: LitClassifier, warp: Warp | None, device: str, precision: str
) -> Callable[[Tensor, Tensor], None]:
    scaler = torch.amp.GradScaler(device) if precision == "16-mixed" else None
    runner = make_step_runner(
        model, make_optimizer(model.parameters(), model.optimizer_config), None, scaler, torch.device(device)
    )

    def step(images: Tensor, labels: Tensor) -> None:
        with _autocast(device, precision):
            runner.gradients(warp(images) if warp else images, labels)
            runner.update()

    return step


def _evaluation_step(model: LitClassifier, device: str, precision: str) -> Callable[[Tensor, Tensor], None]:
    model.eval()  # some networks compute more in evaluation than in training

    def evaluate(images: Tensor, _: Tensor) -> None:
        with torch.inference_mode(), _autocast(device, precision):
            model(images)

    return evaluate


def _autocast(device: str, precision: str) -> torch.autocast:
    half = torch.float16 if precision.startswith("16") else torch.bfloat16
    return torch.autocast(device, half, enabled=precision.endswith("mixed"), cache_enabled=False)  # as Lightning's


def _median_seconds(run: Callable[[Tensor, Tensor], None], size: int, facts: ImageFacts, device: str) -> float:
    """The seconds of one call with a batch of random images of this shape."""
    images = torch.randint(0, 256, (size, *facts.shape), dtype=torch.uint8, device=device)
    labels = torch.randint(0, facts.num_classes, (size,), device=device)
    seconds = []
    for _ in range(WARM_UP + STEPS):
        began = time.perf_counter()
        run(images, labels)
        if device != "cpu":
            torch.accelerator.synchronize()
        seconds.append(time.perf_counter() - began)
    return median(seconds[WARM_UP:])
