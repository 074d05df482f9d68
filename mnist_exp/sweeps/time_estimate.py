"""How long a sweep would take on this machine.

A run takes as long as the same run took before, if its record is there. If not, a few of its training steps and
evaluations are timed, on random images. What a run takes in addition is timed with two short runs of a small network.
"""

import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from mnist_exp import PROCESS_START, registry, runtime
from mnist_exp.config.schema import Config, DenseConfig, ImageFacts
from mnist_exp.data.augment import Warp
from mnist_exp.data.datasets import test_size, train_size
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.errors import UserError
from mnist_exp.runs.record import Record
from mnist_exp.runs.versions import machine
from mnist_exp.training.build import build_classifier
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.cuda_graphs import make_step_runner
from mnist_exp.training.optimizers import make_optimizer

BUDGET = 8.0  # seconds for timing all different runs of a sweep
LONGEST = 0.5  # seconds for timing the steps of one
WARM_UP, FEWEST_STEPS = 3, 3
PROBE = 4  # steps that a probe takes: it runs a batch forward and backward with hooks, and describes every layer
USUAL_OVERHEAD = 1.0  # seconds, where it cannot be timed; 0.9 to 1.1 were measured


class TimeEstimate:
    """The seconds of a run, None if it cannot run on this machine. Runs that differ only by seeds are timed once.

    Args:
        configs: of the runs that are left.
        records: of earlier runs; those of this machine are used.
    """

    def __init__(self, configs: Sequence[Config], records: Iterable[Record] = ()) -> None:
        self._configs, self._started = configs, time.perf_counter() - PROCESS_START
        self._seconds: dict[str, float | None] = recorded_seconds(records)
        self.measured = len({settings_of(config) for config in configs} - set(self._seconds))

    def __call__(self, config: Config) -> float | None:
        settings = settings_of(config)
        if settings not in self._seconds:
            try:
                steps = estimate_seconds(config, min(LONGEST, BUDGET / max(1, self.measured)))
                self._seconds[settings] = steps + self._overhead[1]
            except UserError:  # planned for another machine, one with a GPU for example
                self._seconds[settings] = None
        return self._seconds[settings]

    @property
    def start_up(self) -> float:
        """The seconds before the first run: what this process took to import and to plan, and what a run imports."""
        if not self._configs:
            return 0.0
        return self._started + (self._overhead[0] if self.measured else 0.0)

    @cached_property
    def _overhead(self) -> tuple[float, float]:
        return time_overhead(self._configs[0])


def settings_of(config: Config) -> str:
    """All settings that decide how long a run takes."""
    one_split = replace(
        config,
        data=replace(config.data, split_seed=0),
        diagnostics=replace(config.diagnostics, figures=bool(config.diagnostics.figures)),
        trainer=replace(config.trainer, progress_bar=None),
    )
    left_out = {"seed": None, "seeds": None, "sweep": None, "study": None, "objective": None, "claim": None}
    return json.dumps(one_split.to_dict() | left_out, sort_keys=True)


def recorded_seconds(records: Iterable[Record]) -> dict[str, float | None]:
    """The median seconds of the runs that ended on this machine, by their settings."""
    found: dict[str, list[float]] = {}
    for record in records:
        if record.status == "ok" and record.machine == machine() and record.total_seconds:
            found.setdefault(settings_of(record.config), []).append(record.total_seconds)
    return {settings: median(seconds) for settings, seconds in found.items()}


def time_overhead(config: Config) -> tuple[float, float]:
    """The seconds that the first run of a process takes more than others, and what a run takes beside its steps.

    Two runs of softmax regression for one epoch, whose steps take next to nothing. USUAL_OVERHEAD if that is impossible
    here.
    """
    try:
        first, second = (_seconds_of_a_run(_small(config)) for _ in range(2))
    except UserError:
        return 0.0, USUAL_OVERHEAD
    return max(0.0, first - second), second


def _small(config: Config) -> Config:
    """One epoch of softmax regression on the same data in large batches, without parts of the user's own."""
    model = DenseConfig(
        _target_=registry.NETWORKS["softmax"],
        name="softmax",
        uses_activation=False,
        activation="relu",
        activation_options=None,
        leaky_slope=0.01,
        init="torch",
        hidden=[],
        dropout=0.0,
        batch_norm=False,
    )
    tensorboard = {name: part for name, part in config.logger.items() if name == "tensorboard"}
    return replace(
        config,
        model=model,
        data=replace(config.data, batch_size=min(8 * config.data.batch_size, train_size(config.data) // 4)),
        trainer=replace(config.trainer, max_epochs=1, early_stopping=None, progress_bar=False),
        diagnostics=replace(config.diagnostics, figures=False, projector=False),
        callbacks={},
        metrics={},
        logger=tensorboard,
        sources={},
    )


def _seconds_of_a_run(config: Config) -> float:
    from mnist_exp.training.run import run

    log = logging.getLogger("mnist_exp")
    level = log.level
    log.setLevel(logging.CRITICAL)
    began = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(config, Path(folder), [])
    finally:
        log.setLevel(level)
    return time.perf_counter() - began


def estimate_seconds(config: Config, budget: float = LONGEST) -> float:
    """Epochs × steps × the seconds of a step, with probes, and the evaluation of the validation and test images.

    Args:
        config: of the run.
        budget: seconds for timing it.

    Raises:
        UserError: this machine lacks what the run needs.
    """
    data, settings = config.data, config.trainer
    convolutional = runtime.is_convolutional(config.model)
    runtime.prepare(runtime.threads(settings.threads, runtime.uses_all_cores(config.model)))
    device = runtime.accelerator(settings.accelerator)
    precision = runtime.precision(settings.precision, device, convolutional)
    model = build_classifier(config).to(device)
    training_step = _training_step(model, MNISTDataModule.from_config(config).warp, device, precision)
    step_seconds = _mean_seconds(training_step, data.batch_size, config.images, device, budget)
    evaluation_step = _evaluation_step(model, device, precision)
    evaluation_seconds = _mean_seconds(evaluation_step, data.eval_batch_size, config.images, device, budget / 4)
    steps = settings.max_epochs * (train_size(data) - data.val_size) / data.batch_size
    probes = steps / config.diagnostics.probe_every if config.diagnostics.probe_every else 0
    tested, each_epoch = test_size(data), config.diagnostics.test_each_epoch
    evaluated = settings.max_epochs * (data.val_size + each_epoch * tested) + tested
    return (steps + PROBE * probes) * step_seconds + evaluated / data.eval_batch_size * evaluation_seconds


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


def _mean_seconds(
    run: Callable[[Tensor, Tensor], None], size: int, facts: ImageFacts, device: str, budget: float
) -> float:
    """The seconds of one call with a batch of random images of this shape: a mean, so that pauses count too."""
    images = torch.randint(0, 256, (size, *facts.shape), dtype=torch.uint8, device=device)
    labels = torch.randint(0, facts.num_classes, (size,), device=device)

    def seconds_of(calls: int) -> float:
        began = time.perf_counter()
        for _ in range(calls):
            run(images, labels)
        if device != "cpu":
            torch.accelerator.synchronize()
        return time.perf_counter() - began

    seconds_of(WARM_UP)
    first = seconds_of(FEWEST_STEPS)
    more = min(500, int((budget - first) / first * FEWEST_STEPS))
    return (first + seconds_of(more)) / (FEWEST_STEPS + more) if more > 0 else first / FEWEST_STEPS
