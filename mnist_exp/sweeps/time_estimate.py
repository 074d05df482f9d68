"""How long a run would take here: a few of its training steps, timed on made-up digits."""

import json
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor

from mnist_exp.config.schema import Config
from mnist_exp.data.augment import Warp
from mnist_exp.data.datasets import DATASETS
from mnist_exp.errors import UserError
from mnist_exp.models import Classifier
from mnist_exp.training import runtime
from mnist_exp.training.build import build_classifier
from mnist_exp.training.classifier import CLASSES
from mnist_exp.training.cuda_graphs import make_steps
from mnist_exp.training.run import make_data

WARM_UP, STEPS = 3, 10
OVERHEAD = 1.0  # seconds a run of a sweep takes beside its steps: 0.9 to 1.1 were measured


class Estimate:
    """Seconds of a run, None if it cannot be run here; each network, whatever its seed, is timed once."""

    def __init__(self) -> None:
        self._known: dict[str, float | None] = {}

    def __call__(self, config: Config) -> float | None:
        network = json.dumps(config.to_dict() | {"seed": None}, sort_keys=True)
        if network not in self._known:
            try:
                self._known[network] = seconds(config)
            except UserError:  # planned for another machine, with a GPU say
                self._known[network] = None
        return self._known[network]


def seconds(config: Config) -> float:
    """Epochs × steps × the median step, and what looking at the validation and test images takes."""
    data, settings = config.data, config.trainer
    convolutional = runtime.is_convolutional(config.model)
    runtime.prepare(runtime.threads(settings.threads, convolutional))
    device = runtime.accelerator(settings.accelerator)
    precision = runtime.precision(settings.precision, device, convolutional)
    model = build_classifier(config).to(device)
    each_step = _timed(_step(model, make_data(data, 0, False).warp, device, precision), data.batch_size, device)
    each_look = _timed(_look(model, device, precision), data.eval_batch_size, device)
    steps = settings.max_epochs * (DATASETS[data.name].train_size - data.val_size) / data.batch_size
    test_size, each_epoch = DATASETS[data.name].test_size, config.diagnostics.test_each_epoch
    looks = settings.max_epochs * (data.val_size + each_epoch * test_size) + test_size
    return steps * each_step + looks / data.eval_batch_size * each_look + OVERHEAD


def _step(model: Classifier, warp: Warp | None, device: str, precision: str) -> Callable[[Tensor, Tensor], None]:
    scaler = torch.amp.GradScaler(device) if precision == "16-mixed" else None
    steps = make_steps(model, model.make_optimizer(model.parameters()), None, scaler, torch.device(device))

    def step(images: Tensor, labels: Tensor) -> None:
        with _autocast(device, precision):
            steps.gradients(warp(images) if warp else images, labels)
            steps.update()

    return step


def _look(model: Classifier, device: str, precision: str) -> Callable[[Tensor, Tensor], None]:
    model.eval()  # where some do more than in training

    def look(images: Tensor, _: Tensor) -> None:
        with torch.inference_mode(), _autocast(device, precision):
            model(images)

    return look


def _autocast(device: str, precision: str) -> torch.autocast:
    half = torch.float16 if precision.startswith("16") else torch.bfloat16
    return torch.autocast(device, half, enabled=precision.endswith("mixed"), cache_enabled=False)  # as Lightning's


def _timed(act: Callable[[Tensor, Tensor], None], size: int, device: str) -> float:
    images = torch.randint(0, 256, (size, 1, 28, 28), dtype=torch.uint8, device=device)
    labels = torch.randint(0, CLASSES, (size,), device=device)
    taken = []
    for _ in range(WARM_UP + STEPS):
        began = time.perf_counter()
        act(images, labels)
        if device != "cpu":
            torch.accelerator.synchronize()
        taken.append(time.perf_counter() - began)
    return median(taken[WARM_UP:])
