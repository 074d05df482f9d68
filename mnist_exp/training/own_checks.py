"""Checks of the user's own code before anything is written: each part is made and tried on a few numbers."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mnist_exp import own_code
from mnist_exp.config.schema import Config, OwnOptimizerConfig, OwnScheduleConfig
from mnist_exp.errors import UserError
from mnist_exp.models.activations import activation_factory
from mnist_exp.models.build import build_network
from mnist_exp.training import service_loggers
from mnist_exp.training.metrics import check_metrics
from mnist_exp.training.optimizers import make_optimizer, make_schedule
from mnist_exp.training.service_loggers import RunLabels
from mnist_exp.training.trainer import make_callbacks, make_loggers

SHAPES = ((2, 3), (2, 3, 4, 4))  # a dense layer's output, and a convolution's
IMAGES = 2
TOTAL_STEPS, STEPS_TRIED = 100, 4


def check_own_code(config: Config) -> None:
    """Raise UserError for code of the user's that cannot work. What only built-in names describe is not tried."""
    with _unchanged_random_state():
        _check_activation(config)
        _check_network(config)
        _check_optimizer(config)
        check_metrics(config.metrics, config.images.num_classes)
        make_callbacks(config.callbacks)
        check_loggers(config.logger)


@contextmanager
def _unchanged_random_state() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def _check_activation(config: Config) -> None:
    model = config.model
    if model.activation_options and not isinstance(model.activation, str):
        raise UserError("model.activation_options: are arguments of one activation, but model.activation is a list.")
    if not model.uses_activation:
        return
    for name in model.activations():
        key = "dense_activation" if name == getattr(model, "dense_activation", None) else "activation"
        options = model.activation_options if name == model.activation else None
        if own_code.is_target(name) or options:
            check_activation(activation_factory(name, model.leaky_slope, options), f"model.{key}={name}")


def check_activation(factory: Callable[[], nn.Module], what: str) -> None:
    """Raise UserError unless the modules return finite values of the shape and type of their inputs."""
    for shape in SHAPES:
        activation = own_code.calling(what, factory)
        inputs = torch.linspace(-3, 3, 2 * shape[1] * int(torch.tensor(shape[2:]).prod())).reshape(shape)
        _check_values(what, activation, inputs.requires_grad_())
        if len(shape) == 4:  # the memory layout of the built-in convolutions' outputs
            _check_values(what, activation, inputs.to(memory_format=torch.channels_last))
        _check_devices(what, activation)
        _check_parameters(what, activation)
    zero = torch.zeros(2, 3, requires_grad=True)
    values = own_code.calling(what, factory()(zero.clone()).sum)
    own_code.calling(what, values.backward)
    if not values.isfinite():
        raise UserError(f"{what}: returns {values.item()} for an input of 0.")
    if zero.grad is None or not zero.grad.isfinite().all():
        raise UserError(f"{what}: has no finite derivative at 0, where many units begin.")


def _check_values(what: str, activation: nn.Module, inputs: Tensor) -> None:
    values = own_code.calling(what, lambda: activation(inputs.clone()))
    if not isinstance(values, Tensor):
        raise UserError(f"{what}: must return a tensor, not {type(values).__name__}.")
    if values.shape != inputs.shape:
        shapes = f"{tuple(inputs.shape)} became {tuple(values.shape)}"
        raise UserError(f"{what}: must return a tensor of the shape of its input; {shapes}.")
    if values.dtype != inputs.dtype:
        raise UserError(f"{what}: must return numbers of the type of its input; {inputs.dtype} became {values.dtype}.")


def _check_parameters(what: str, activation: nn.Module) -> None:
    for name, value in vars(activation).items():
        if isinstance(value, Tensor) and value.requires_grad and not isinstance(value, nn.Parameter):
            raise UserError(f"{what}: self.{name} is a tensor that would not be trained: make it an nn.Parameter.")


def _check_devices(what: str, activation: nn.Module) -> None:
    """A network is made on the CPU and then moved to the device that trains, with all its parameters."""
    for name, value in (*activation.named_parameters(), *activation.named_buffers()):
        if value.device.type != "cpu":
            raise UserError(
                f"{what}: its parameter {name} is on the device {value.device}. Create it without a device: the "
                "Trainer moves it."
            )


def _check_network(config: Config) -> None:
    target = own_code.as_target(config.model._target_)
    if target.startswith("mnist_exp.") and isinstance(config.model.activation, str):
        return
    what, images = f"The network {target}", config.images
    network = build_network(config.model, input_shape=images.input_shape, num_classes=images.num_classes)
    logits = own_code.calling(what, lambda: network(torch.zeros(IMAGES, *images.shape)))
    if not isinstance(logits, Tensor) or tuple(logits.shape) != (IMAGES, images.num_classes):
        found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise UserError(
            f"{what}: must return one number for each of the {images.num_classes} classes; for {IMAGES} images it "
            f"returned {found}, not {(IMAGES, images.num_classes)}."
        )
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise UserError(f"{what}: has no parameters to train.")
    if not logits.requires_grad:
        raise UserError(f"{what}: its output does not depend on its parameters in a way that can be trained.")
    _check_devices(what, network)


def _check_optimizer(config: Config) -> None:
    """A few steps on one parameter."""
    if not isinstance(config.optimizer, OwnOptimizerConfig) and not isinstance(config.schedule, OwnScheduleConfig):
        return
    weight = nn.Parameter(torch.ones(2, 2))
    optimizer = make_optimizer([weight], config.optimizer)
    schedule = make_schedule(optimizer, TOTAL_STEPS, config.schedule)
    for _ in range(STEPS_TRIED):
        weight.grad = torch.ones_like(weight)
        own_code.calling(f"optimizer={config.optimizer.name}", optimizer.step)
        own_code.calling(f"schedule={config.schedule.name}", schedule.step)


def check_loggers(specs: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise UserError for a logger that cannot be made. Those of services are not made: that would start a run."""
    remote = {name: spec for name, spec in specs.items() if service_loggers.package_of(spec)}
    for name, spec in remote.items():
        service_loggers.check(name, spec)
    local = {name: spec for name, spec in specs.items() if name not in remote}
    with tempfile.TemporaryDirectory() as folder:
        make_loggers(local, RunLabels(Path(folder)))
