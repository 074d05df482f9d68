"""A network from its section of the configuration."""

from dataclasses import asdict, fields
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from mnist_exp import own_code, registry
from mnist_exp.arguments import check, check_kind, takes
from mnist_exp.config.schema import ModelConfig
from mnist_exp.errors import UserError
from mnist_exp.models.activations import InOrder, activation_factory
from mnist_exp.models.initialisation import initialise
from mnist_exp.own_code import failure

# Settings that are not arguments of the network itself.
NOT_OPTIONS = {*(f.name for f in fields(ModelConfig)), "dense_activation", "options"}


def build_network(
    config: ModelConfig, *, input_shape: tuple[int, int, int], num_classes: int, background: float = 0.0
) -> nn.Module:
    """The network that a configuration describes.

    Args:
        config: the section `model`. `_target_` names the class, the other keys are its arguments.
        input_shape: channels, height and width of an image.
        num_classes: how many logits the network returns.
        background: the value of a black pixel after standardisation.

    `activation` (a factory: each call returns a new module), `input_shape`, `num_classes` and `background` are given
    to a network whose signature has them. Raises UserError if the network cannot be made of this.
    """
    target = own_code.as_target(config._target_)
    network_class = registry.resolve("model", target)
    values = asdict(config)
    options: dict[str, Any] = {key: value for key, value in values.items() if key not in NOT_OPTIONS}
    options |= values.get("options", {})
    activation = activation_factory(config.activation, config.leaky_slope, config.activation_options)
    given: dict[str, Any] = {
        "activation": activation,
        "input_shape": input_shape,
        "num_classes": num_classes,
        "background": background,
    }
    if "dense_activation" in values:
        own = values["dense_activation"]
        given["dense_activation"] = activation_factory(own, config.leaky_slope) if own else given["activation"]
    network = _make(network_class, options | {key: v for key, v in given.items() if takes(network_class, key)}, target)
    if isinstance(activation, InOrder) and config.uses_activation:
        activation.check_number(config.name)
    own_code.calling(f"The network {target}", lambda: _create_lazy_parameters(network, input_shape))
    initialise(network, config.init, input_shape)
    # Channels last is the layout in which CPU and GPU convolutions are fast (6.0 s an epoch of cnn against 7.5).
    # Networks of the user's own keep theirs: with channels last, x.view(len(x), -1) after a convolution raises.
    if target.startswith("mnist_exp.") and _has_convolutions(network):
        network.to(memory_format=torch.channels_last)
    return network


def _make(network_class: Any, arguments: dict[str, Any], target: str) -> nn.Module:
    check_kind(network_class, (nn.Module, "nn.Module"), f"The network {target}", function=True)
    check(network_class, arguments, f"The network {target}", "model")
    try:
        network = network_class(**arguments)
    except UserError:
        raise
    except Exception as error:
        raise failure(error, target) from error
    if not isinstance(network, nn.Module):
        raise UserError(f"The network {target} must be an nn.Module, not {type(network).__name__}.")
    return network


def _create_lazy_parameters(network: nn.Module, input_shape: tuple[int, int, int]) -> None:
    """Run the network once if a layer, such as nn.LazyLinear, creates its parameters at its first call."""
    if any(is_lazy(value) for value in (*network.parameters(), *network.buffers())):
        network.eval()  # statistics of batch norm stay
        with torch.no_grad():
            network(torch.zeros(1, *input_shape))
        network.train()


def _has_convolutions(network: nn.Module) -> bool:
    return any(isinstance(layer, nn.Conv2d) for layer in network.modules())
