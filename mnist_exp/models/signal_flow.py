"""Mean-field theory: how large outputs and gradients of a dense network are before it has learned anything.

The weights are independent and layers are taken to be wide, so that the inputs of activations are normal. Their
variances, and their covariances between images, follow layer by layer (Poole et al. 2016, arXiv 1606.05340). Gradients
follow on the way back, where the weights are taken to be independent of those on the way forward (Schoenholz et al.
2017, arXiv 1611.01232). The gradient of a layer's weights is a mean over the images of a batch, so its norm needs
products of all pairs of images (Jacot et al. 2018, arXiv 1806.07572).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mnist_exp.models.batch_gradients import Batch, output_errors, over_batch
from mnist_exp.models.dense import DenseNet
from mnist_exp.models.initialisation import MATCHED
from mnist_exp.models.normal_pairs import at_normal, correlations, pair_means, standard_normal
from mnist_exp.models.pointwise import Pointwise

# The variance of a layer's weights by its numbers of inputs and outputs; see models/initialisation.py.
WEIGHT_VARIANCES: dict[str, Callable[[int, int], float]] = {
    "torch": lambda inputs, _: 1 / (3 * inputs),  # uniform between ±1/√inputs
    "glorot": lambda inputs, outputs: 2 / (inputs + outputs),
    "he": lambda inputs, _: 2 / inputs,
    "lecun": lambda inputs, _: 1 / inputs,
}


@dataclass(frozen=True)
class LayerFlow:
    """What theory predicts for a dense layer.

    Args:
        layer: its name.
        variance: of its outputs, which are the inputs of its activation; mean over the probed images.
        mean_square: of the activation's outputs, likewise; None for the logits.
        chi: by how much the mean square of the gradient grows from the next layer's outputs to this one's.
        gradient_norm: of the loss by the layer's weights.
    """

    layer: str
    variance: float
    mean_square: float | None
    chi: float | None
    gradient_norm: float


@dataclass(frozen=True)
class _Layer:
    """A dense layer with its activation; the logits have none."""

    name: str
    linear: nn.Linear
    function: Pointwise | None


@dataclass(frozen=True)
class _Passed:
    """Images on their way through a layer, for each pair of them: the means of products of what they become."""

    layer: _Layer
    weight_variance: float
    bias_variance: float
    incoming: Tensor  # of the layer's inputs
    covariance: Tensor  # of its outputs
    outgoing: Tensor | None  # of the activation's outputs
    slopes: Tensor | None  # of the activation's derivatives


def predict_flow(
    network: nn.Module,
    init: str,
    probed: Tensor,
    images: Tensor,
    labels: Tensor,
    batch: Batch,
    label_smoothing: float = 0.0,
) -> list[LayerFlow] | None:
    """What theory predicts for each layer of a network, whose learned activations are taken as they are.

    Args:
        network: of any kind.
        init: how its weights were drawn: `model.init`.
        probed: the images whose activations are measured, standardised.
        images: a random sample of those that it is trained on, standardised.
        labels: of these images.
        batches: what is drawn from them in a step.
        label_smoothing: of the loss.

    Returns None for what the theory here does not cover: any network but a DenseNet with hidden layers; batch norm
    and dropout; activations that are not one function of one number for all units of a layer.
    """
    layers = _layers(network)
    if layers is None:
        return None
    products = images.flatten(1).double()
    passed = list(_forward(layers, init, products @ products.T / products.shape[1]))
    errors = output_errors(passed[-1].covariance, labels, layers[-1].linear.out_features, label_smoothing)
    through = zip(_outputs(passed, probed), list(_backward(passed, errors, labels, batch))[::-1], strict=True)
    return [
        LayerFlow(here.layer.name, *outputs, *gradients)
        for here, (outputs, gradients) in zip(passed, through, strict=True)
    ]


def _layers(network: nn.Module) -> list[_Layer] | None:
    """The dense layers with their activations; None for a network that is not covered."""
    if type(network) is not DenseNet:
        return None
    children = [(name, layer) for name, layer in network.named_children() if not isinstance(layer, nn.Flatten)]
    names, layers = zip(*children, strict=True)
    linear = [layer for layer in layers[::2] if isinstance(layer, nn.Linear)]
    if len(linear) < 2 or 2 * len(linear) - 1 != len(layers):  # batch norm and dropout are layers too
        return None
    functions = [Pointwise(layer, dense.out_features) for layer, dense in zip(layers[1::2], linear, strict=False)]
    if not all(function.is_one_function() for function in functions):
        return None
    return [_Layer(*found) for found in zip(names[::2], linear, [*functions, None], strict=True)]


def _forward(layers: Sequence[_Layer], init: str, products: Tensor) -> Iterator[_Passed]:
    """From the first layer to the last. `products` are those of two images, means over the pixels."""
    moment = 1.0
    for layer in layers:
        inputs, outputs = layer.linear.in_features, layer.linear.out_features
        weight = 1 / (inputs * moment) if init == MATCHED else WEIGHT_VARIANCES[init](inputs, outputs)
        bias = weight if init == "torch" else 0.0
        covariance = inputs * weight * products + bias
        incoming, outgoing, slopes = products, None, None
        if layer.function:
            moment = second_moment(layer.function)
            values, derivatives = layer.function(at_normal(covariance.diagonal()))
            correlation = correlations(covariance)
            outgoing, slopes = pair_means(values, correlation), pair_means(derivatives, correlation)
            products = outgoing
        yield _Passed(layer, weight, bias, incoming, covariance, outgoing, slopes)


def _outputs(passed: Sequence[_Passed], images: Tensor) -> Iterator[tuple[float, float | None]]:
    """Of each layer: the variance, and the mean square after the activation. Each image has its own; their means."""
    squares = images.flatten(1).double().square().mean(1)
    for here in passed:
        variances = here.layer.linear.in_features * here.weight_variance * squares + here.bias_variance
        if here.layer.function:
            values, _ = here.layer.function(at_normal(variances))
            squares = values.square() @ standard_normal()[1]
        yield variances.mean().item(), squares.mean().item() if here.layer.function else None


def second_moment(function: Pointwise) -> float:
    """E f(z)² for a standard normal z."""
    one = torch.ones(1, 1, dtype=torch.double)
    values, _ = function(at_normal(one[0]))
    return pair_means(values, one).item()


def _backward(
    passed: Sequence[_Passed], errors: Tensor, labels: Tensor, batch: Batch
) -> Iterator[tuple[float | None, float]]:
    """Chi and the gradient's norm, from the last layer to the first.

    `errors` are products of derivatives by a layer's outputs, summed over them.
    """
    chi = None
    for place in reversed(range(len(passed))):
        here, inputs = passed[place], passed[place].layer.linear.in_features
        yield chi, max(over_batch(inputs * here.incoming * errors, labels, batch), 0.0) ** 0.5
        slopes = passed[place - 1].slopes
        if place and slopes is not None:
            factor = inputs * here.weight_variance * slopes
            chi, errors = factor.diagonal().mean().item(), factor * errors
