"""The predicted flow against wide random networks in double precision, and against closed forms."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mnist_exp.models.activations import FunctionActivation, activation_factory
from mnist_exp.models.batch_gradients import Batch
from mnist_exp.models.dense import DenseNet
from mnist_exp.models.initialisation import initialise
from mnist_exp.models.signal_flow import WEIGHT_VARIANCES, predict_flow

SHAPE, CLASSES, IMAGES = (1, 8, 8), 10, 20
DRAWS, WIDTH = 40, 200
ALL = Batch(IMAGES, 1 / (IMAGES - 1))  # two images of each class
FOUR = Batch(4, 0.1)
TOLERANCE = 0.1  # of the root mean square over DRAWS networks


def dense(activation, hidden=(WIDTH,) * 3, **changed):
    options = {"dropout": 0.0, "batch_norm": False} | changed
    return DenseNet(input_shape=SHAPE, num_classes=CLASSES, hidden=hidden, activation=activation, **options)


def images_and_labels():
    """Images of a class are alike, as in real data."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(IMAGES) % CLASSES
    centres = torch.randn(CLASSES, 64, generator=generator, dtype=torch.double)
    noise = torch.randn(IMAGES, 64, generator=generator, dtype=torch.double)
    return (0.8 * centres[labels] + 0.6 * noise).reshape(-1, *SHAPE), labels


def simulated(factory, init, images, labels):
    """Mean squares of activations and gradient norms by layer, root mean squares over random networks."""
    squares, gradients = [], []
    for _ in range(DRAWS):
        network = dense(factory)
        initialise(network, init, SHAPE)
        network.double()
        x, found = images.flatten(1), []
        for layer in network:
            x = layer(x)
            found += [] if isinstance(layer, nn.Linear | nn.Flatten) else [x.square().mean().item()]
        F.cross_entropy(x, labels).backward()
        squares.append(found)
        gradients.append([layer.weight.grad.square().sum().item() for layer in network if isinstance(layer, nn.Linear)])
    return torch.tensor(squares).mean(0), torch.tensor(gradients).mean(0).sqrt()


@pytest.mark.parametrize(
    ("name", "init"),
    [("relu", "torch"), ("tanh", "glorot"), ("sigmoid", "matched"), ("mish", "he"), ("prelu", "lecun"), ("sin", "he")],
)
def test_wide_random_networks_are_as_predicted(name, init):
    torch.manual_seed(0)
    images, labels = images_and_labels()
    factory = activation_factory(name, 0.01)
    squares, gradients = simulated(factory, init, images, labels)
    flow = predict_flow(dense(factory), init, images, images, labels, ALL)
    assert [layer.mean_square for layer in flow[:-1]] == pytest.approx(squares.tolist(), rel=TOLERANCE)
    assert [layer.gradient_norm for layer in flow] == pytest.approx(gradients.tolist(), rel=TOLERANCE)
    assert [layer.layer for layer in flow] == ["dense1", "dense2", "dense3", "logits"]
    assert (flow[-1].mean_square, flow[-1].chi) == (None, None)


def test_relu_with_the_weights_of_he_is_critical():
    """He et al. 2015: the variance stays, chi is 1, and so the gradient neither shrinks nor grows."""
    images, labels = images_and_labels()
    flow = predict_flow(dense(nn.ReLU), "he", images, images, labels, ALL)
    variance = 2 * images.square().mean().item()
    assert [layer.variance for layer in flow] == pytest.approx([variance] * 4, rel=1e-3)
    assert [layer.chi for layer in flow[:-1]] == pytest.approx([1.0] * 3, rel=1e-3)


def test_identity_with_the_weights_of_pytorch_in_closed_form():
    """Weights and biases have variance 1 / (3 n): the mean square m becomes m/3 + 1/(3 n), and chi is 1/3."""
    images, labels = images_and_labels()
    flow = predict_flow(dense(nn.Identity, (50, 50)), "torch", images, images, labels, ALL)
    square = images.square().mean().item()
    for layer, inputs in zip(flow, (64, 50, 50), strict=True):
        square = square / 3 + 1 / (3 * inputs)
        assert layer.variance == pytest.approx(square, rel=1e-4)
    assert [layer.chi for layer in flow[:-1]] == pytest.approx([1 / 3, 1 / 3], rel=1e-4)


@pytest.mark.parametrize("init", WEIGHT_VARIANCES)
def test_the_variances_are_those_of_the_weights(init):
    torch.manual_seed(0)
    layer = nn.Linear(600, 200)
    initialise(nn.Sequential(layer), init, SHAPE)
    assert layer.weight.var().item() == pytest.approx(WEIGHT_VARIANCES[init](600, 200), rel=0.02)
    if init == "torch":
        assert layer.bias.var().item() == pytest.approx(1 / (3 * 600), rel=0.2)


def test_a_function_of_the_users_own_has_a_prediction():
    images, labels = images_and_labels()
    own = predict_flow(dense(lambda: FunctionActivation(torch.relu, {})), "he", images, images, labels, FOUR)
    assert own == predict_flow(dense(nn.ReLU), "he", images, images, labels, FOUR)


def test_networks_that_are_not_covered_have_no_prediction():
    images, labels = images_and_labels()
    networks = [
        dense(nn.ReLU, ()),
        dense(nn.ReLU, dropout=0.5),
        dense(nn.ReLU, batch_norm=True),
        dense(lambda: FunctionActivation(torch.softmax, {"dim": 1})),
        nn.Sequential(nn.Flatten(), nn.Linear(64, 9), nn.ReLU(), nn.Linear(9, CLASSES)),
    ]
    assert [predict_flow(one, "he", images, images, labels, FOUR) for one in networks] == [None] * 5
