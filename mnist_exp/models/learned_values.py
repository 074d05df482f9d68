"""What an activation has learned: its parameters as a few numbers, and its function as a table of values."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

MOST_VALUES = 16  # of a parameter that are kept one by one; of more only the mean and sd
LIMIT, PER_UNIT = 5, 8  # functions are tabulated from −5 to 5, at 8 points for each unit of x
BLOCK = 8  # points at a time, because each is computed for all places of a layer's inputs


class ParameterValue(NamedTuple):
    """A parameter: its mean and sd over the channels, or without sd its value."""

    mean: Tensor
    sd: Tensor | None


def is_learned(activation: nn.Module) -> bool:
    """Whether it has parameters that are trained."""
    return any(parameter.requires_grad for parameter in activation.parameters())


def parameter_values(activation: nn.Module, units: int) -> dict[str, ParameterValue]:
    """The parameters that are trained, by name; those of a vector as name[0], name[1], ….

    Args:
        units: the size of dimension 1 of the inputs. A dimension of this size is taken for the channels.
    """
    found: dict[str, ParameterValue] = {}
    for name, parameter in activation.named_parameters():
        if parameter.requires_grad:
            by_channel = _by_channel(parameter.detach().float(), units)
            several = by_channel.shape[1] > 1
            found |= {
                f"{name}[{index}]" if several else name: _value(by_channel[:, index])
                for index in range(by_channel.shape[1])
            }
    return found


def _by_channel(parameter: Tensor, units: int) -> Tensor:
    """A row for each channel, and a column for each of its values."""
    if units in parameter.shape:
        rows = parameter.movedim(parameter.shape.index(units), 0).reshape(units, -1)
    else:
        rows = parameter.reshape(1, -1)
    return rows if rows.shape[1] <= MOST_VALUES else rows.reshape(-1, 1)


def _value(values: Tensor) -> ParameterValue:
    return ParameterValue(values.mean(), values.std(correction=0) if len(values) > 1 else None)


def function_table(activation: nn.Module, shape: Sequence[int]) -> Tensor | None:
    """Rows of x and of the mean, the smallest and the largest f(x) over the channels.

    Args:
        activation: in evaluation mode.
        shape: of the inputs of one image.

    Returns:
        None if it is not a function of one number: if the outputs have another shape.
    """
    like = next(activation.parameters())
    x = torch.arange(-LIMIT * PER_UNIT, LIMIT * PER_UNIT + 1, dtype=like.dtype, device=like.device) / PER_UNIT
    rows = []
    with torch.no_grad():
        for place in range(0, len(x), BLOCK):
            block = x[place : place + BLOCK]
            inputs = block.view(-1, *[1] * len(shape)).expand(-1, *shape).clone()
            size = inputs.shape
            outputs = activation(inputs).float()  # may work in place
            if outputs.shape != size:
                return None
            values = outputs.flatten(1)
            rows.append(torch.stack([block.float(), values.mean(1), *values.aminmax(dim=1)], 1))
    return torch.cat(rows)
