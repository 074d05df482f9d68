"""Only unneeded work is left out: compared with the layers run as they are listed, in double precision."""

import copy
from collections import OrderedDict
from dataclasses import replace

import pytest
import torch
from torch import nn

from mnist_exp import registry
from mnist_exp.config import CONF
from mnist_exp.kernels.conv_pruning import MONOTONE, PartialConvolution, PrunedSequential, is_monotone, without_pruning
from mnist_exp.training.build import build_classifier

NARROW = "model.channels=[3,4]"
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")


@pytest.fixture
def network(plain):
    def make(*overrides: str):
        torch.manual_seed(0)
        return build_classifier(plain(*overrides))

    return make


def digits(n: int) -> torch.Tensor:
    return torch.randint(0, 256, (n, 1, 28, 28), dtype=torch.uint8)


def assert_same_when_run_plainly(module, images) -> None:
    """Equal outputs and gradients with and without pruning."""
    module, found = module.double(), []
    for plain in (False, True):
        module.zero_grad()
        torch.manual_seed(1)  # of dropout
        if plain:
            with without_pruning(module):
                logits = module(images)
        else:
            logits = module(images)
        logits.logsumexp(1).sum().backward()
        found.append([logits, *(weight.grad.clone() for weight in module.parameters() if weight.requires_grad)])
    torch.testing.assert_close(found[0], found[1], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("activation", registry.names("activation"))
def test_logits_and_gradients_of_every_activation_stay(plain, activation):
    config = plain("model=cnn")
    config.model.activation = activation
    torch.manual_seed(0)
    assert_same_when_run_plainly(build_classifier(config), digits(8))


@pytest.mark.parametrize("model", sorted(path.stem for path in (CONF / "model").glob("[!_]*.yaml")))
def test_logits_and_gradients_of_every_network_stay(network, model):
    assert_same_when_run_plainly(network(f"model={model}"), digits(8))


def test_a_stride_is_followed_back_to_the_image(network):
    classifier = network("model=cnn_quick", "model.kernel=4")  # 28 → 12 → 9 → 4: 11 of 12 are used, 26 pixels wide
    assert classifier.network.used_side == 26
    assert_same_when_run_plainly(classifier, digits(8))


def test_without_convolutions_nothing_changes(network):
    assert_same_when_run_plainly(network("model=cnn", "model.channels=[]"), digits(8))


def test_images_of_another_size_are_refused(network):
    with pytest.raises(ValueError, match="expected images of 28×28 pixels, got 32×30"):
        network("model=cnn", NARROW)(torch.zeros(1, 1, 32, 30))
    with pytest.raises(ValueError, match="got 32×30"):
        network("model=cnn_quick", "model.views=true").eval()(torch.zeros(1, 1, 32, 30))


@pytest.mark.parametrize("channels", [[3, 4], [3, 4, 5], [4]], ids=str)
@pytest.mark.parametrize(("kernel", "padding"), [(k, p) for k in (1, 2, 3, 4, 5) for p in ("valid", "same")])
def test_any_kernel_and_padding_keep_logits_and_gradients(plain, channels, kernel, padding):
    if channels == [3, 4, 5] and kernel > 3 and padding == "valid":
        channels = [5, 4]  # the third would have no pixel left
    config = plain("model=cnn")
    config.model = replace(config.model, channels=channels, kernel=kernel, padding=padding)
    torch.manual_seed(0)
    assert_same_when_run_plainly(build_classifier(config), digits(8))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_batch_norm_gets_every_row(network, padding):
    classifier = network("model=cnn", NARROW, "model.kernel=4", f"model.padding={padding}", "model.batch_norm=true")
    assert classifier.network.used_side == 28
    assert_same_when_run_plainly(classifier, digits(8))


def test_rows_that_reach_no_logit_are_left_out(network):
    classifier, images = network("model=cnn"), digits(4)  # 28 → 26 → 13 → 11 → 5: the last of 13 and of 11 are unused
    assert classifier.network.used_side == 26
    changed = images.clone()
    changed[..., 26:, :] = changed[..., 26:] = 255
    with without_pruning(classifier):
        assert torch.equal(classifier(images), classifier(changed))
        changed[..., 25, 25] ^= 255
        assert not torch.equal(classifier(images), classifier(changed))


def test_an_odd_map_is_computed_except_its_last_row(network):
    classifier = network("model=cnn_deep")  # 28 → 14 → 7 → 3
    (partial,) = (operation for operation in classifier.network.operations if isinstance(operation, PartialConvolution))
    assert partial.convolution is classifier.network.conv3
    assert partial(torch.rand(2, 32, 7, 7)).shape == (2, 64, 6, 6)
    assert classifier.intermediates(digits(2), ["conv3"])["conv3"].shape == (2, 64, 7, 7)


def test_a_copy_uses_its_own_weights(network):
    first, images = network("model=cnn_deep"), digits(2)
    second = copy.deepcopy(first)
    for weights in second.parameters():
        nn.init.zeros_(weights)
    assert first(images).any()
    assert not second(images).any()


@pytest.mark.parametrize("kind", MONOTONE)
def test_layers_that_are_listed_as_monotone_never_fall(kind):
    values = kind()(torch.linspace(-12, 12, 4801, dtype=torch.float64))
    assert is_monotone(kind())
    assert (values.diff() >= 0).all()


@pytest.mark.slow
def test_pooling_comes_first_where_the_activation_is_monotone(network):
    def order(*overrides):
        classifier = network("model=cnn", *overrides)
        names = {layer: name for name, layer in classifier.network.named_children()}
        return [names[layer] for layer in classifier.network.operations[:4]]

    for monotone in ("relu", "sigmoid", "softplus"):
        assert order(f"model.activation={monotone}") == ["conv1", "pool1", "conv1_act", "conv2"]
    for falling in (["model.activation=swish"], ["model.activation=leaky_relu", "model.leaky_slope=-0.1"]):
        assert order(*falling) == ["conv1", "conv1_act", "pool1", "conv2"]
    assert order("model.batch_norm=true")[1:4] == ["conv1_norm", "pool1", "conv1_act"]


class Reversed(nn.Module):
    """A layer that the optimisation knows nothing about: it is neither pointwise nor monotone."""

    def forward(self, x):
        return -x.flip(-1, -2)


class OddReLU(nn.ReLU):
    """A subclass may compute anything."""

    def forward(self, x):
        return (x - x.mean((2, 3), keepdim=True)).abs()


def falling_prelu():
    """Was monotone when it was made, and no longer is."""
    layer = nn.PReLU()
    nn.init.constant_(layer.weight, -0.5)
    return layer


LAYERS = {
    "prelu": falling_prelu,
    "rrelu": nn.RReLU,
    "group_norm": lambda: nn.GroupNorm(2, 4),
    "dropout2d": nn.Dropout2d,
    "dropout": nn.Dropout,
    "avg_pool": lambda: nn.AvgPool2d(2),
    "strided": lambda: nn.Conv2d(4, 4, 3, stride=2),
    "strided_and_padded": lambda: nn.Conv2d(4, 4, 3, stride=2, padding=1),
    "dilated": lambda: nn.Conv2d(4, 4, 3, dilation=2),
    "oblong": lambda: nn.Conv2d(4, 4, (3, 1)),
    "reflecting": lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
    "overlapping_pool": lambda: nn.MaxPool2d(3, stride=2),
    "ceil_pool": lambda: nn.MaxPool2d(2, ceil_mode=True),
    "unknown": Reversed,
    "subclass": OddReLU,
    "negative_slope": lambda: nn.LeakyReLU(-0.3),
    "inverted_elu": lambda: nn.ELU(-1.0),
    "adaptive_pool": lambda: nn.AdaptiveAvgPool2d(12),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_layers_that_are_not_listed_run_plainly(name, padding):
    """Against a plain nn.Sequential of the same layers."""
    torch.manual_seed(0)
    layers = OrderedDict(
        conv1=nn.Conv2d(1, 4, 4, padding=padding),
        act1=nn.ReLU(),
        special=LAYERS[name](),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(4, 3, 3, padding=padding),
        act2=LAYERS[name]() if name in ("prelu", "negative_slope", "inverted_elu", "subclass") else nn.Tanh(),
        pool2=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        logits=nn.LazyLinear(10),
    )
    images = torch.rand(6, 1, 29, 29, dtype=torch.float64)
    plain = nn.Sequential(layers).double()
    plain(images)
    pruned = PrunedSequential(layers, (29, 29))
    for training in (True, False):
        found = []
        for module in (plain, pruned):
            module.train(training)
            torch.manual_seed(2)
            found.append(module(images))
        torch.testing.assert_close(found[0], found[1], rtol=1e-10, atol=1e-12)


def test_a_slope_that_turns_negative_in_training_changes_nothing():
    torch.manual_seed(0)
    layers = OrderedDict(
        conv=nn.Conv2d(1, 4, 3), act=nn.PReLU(), pool=nn.MaxPool2d(2), flatten=nn.Flatten(), out=nn.Linear(4 * 169, 10)
    )
    pruned, images = PrunedSequential(layers, (28, 28)), torch.randn(4, 1, 28, 28)
    nn.init.constant_(layers["act"].weight, -0.5)
    assert torch.equal(pruned(images), nn.Sequential(layers)(images))
