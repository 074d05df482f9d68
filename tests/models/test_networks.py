"""The five networks and their variations: shapes, names, and parameters counted by hand."""

import pytest
import torch

from mnist_exp.config import CONF
from mnist_exp.errors import UserError
from mnist_exp.models import ConvNet, DenseNet, WhitenedNet
from mnist_exp.training.build import build_classifier

PARAMETERS = {
    "softmax": 784 * 10 + 10,  # 7,850
    "mlp": 784 * 100 + 100 + 100 * 10 + 10,  # 79,510
    "mlp_deep": 784 * 256 + 256 + 256 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10,
    "cnn": 32 * 9 + 32 + 64 * 32 * 9 + 64 + 1600 * 128 + 128 + 128 * 10 + 10,  # 225,034
    "cnn_quick": 12 * 36 + 12 + 16 * 12 * 9 + 16 + 400 * 128 + 128 + 128 * 10 + 10,
    "cnn_deep": 16 * 25 + 16 + 32 * 16 * 25 + 32 + 64 * 32 * 25 + 64 + 576 * 100 + 100 + 100 * 10 + 10,
}


@pytest.fixture
def network(plain):
    def make(*overrides: str):
        torch.manual_seed(0)
        return build_classifier(plain(*overrides))

    return make


def names(classifier) -> list[str]:
    return [name for name, _ in classifier.network.named_children()]


def digits(n: int = 3) -> torch.Tensor:
    return torch.randint(0, 256, (n, 1, 28, 28), dtype=torch.uint8)


@pytest.mark.parametrize(("model", "count"), PARAMETERS.items())
def test_parameters_are_as_counted_by_hand(network, model, count):
    classifier = network(f"model={model}")
    assert sum(p.numel() for p in classifier.parameters()) == count
    assert classifier(digits()).shape == (3, 10)
    assert f"{count:,} parameters" in (CONF / f"model/{model}.yaml").read_text()


def test_the_counts_of_the_design():
    assert (PARAMETERS["softmax"], PARAMETERS["mlp"], PARAMETERS["cnn"]) == (7_850, 79_510, 225_034)


def test_layers_have_names(network):
    assert names(network("model=softmax")) == ["flatten", "logits"]
    assert names(network("model=mlp")) == ["flatten", "dense1", "dense1_act", "logits"]
    assert names(network("model=cnn", "model.dropout=0.5", "model.batch_norm=true")) == [
        *("conv1", "conv1_norm", "conv1_act", "pool1", "conv2", "conv2_norm", "conv2_act", "pool2"),
        *("flatten", "dense1", "dense1_norm", "dense1_act", "dense1_drop", "logits"),
    ]


def test_dropout_is_as_strong_as_asked(network):
    assert network("model=mlp_deep", "model.dropout=0.3").network.dense2_drop.p == 0.3


def test_families(network):
    assert type(network("model=mlp_deep").network) is DenseNet
    assert type(network("model=cnn_deep").network) is ConvNet
    assert type(network("model=cnn_quick").network) is WhitenedNet


def test_intermediates_are_what_the_layers_give(network):
    classifier, images = network("model=cnn").eval(), digits()
    found = classifier.intermediates(images, ["conv1", "pool2", "logits"])
    assert {name: tuple(x.shape) for name, x in found.items()} == {
        "conv1": (3, 32, 26, 26),
        "pool2": (3, 64, 5, 5),
        "logits": (3, 10),
    }
    assert torch.equal(found["logits"], classifier(images))


def test_an_unknown_intermediate_is_refused(network):
    with pytest.raises(KeyError, match="conv9"):
        network("model=cnn").intermediates(digits(), ["conv1", "conv9"])


def test_the_pixels_are_standardised(network):
    black, white = torch.tensor([0, 255], dtype=torch.uint8)
    scaled = network("model=softmax").standardise(torch.stack([black, white]))
    assert scaled.tolist() == pytest.approx([-0.1307 / 0.3081, (1 - 0.1307) / 0.3081])


@pytest.mark.parametrize("activation", ["mish", "identity"])
def test_the_activation_is_every_hidden_one(network, activation):
    classifier = network("model=cnn", f"model.activation={activation}")
    kinds = {type(layer).__name__ for name, layer in classifier.network.named_children() if name.endswith("_act")}
    assert kinds == {{"mish": "Mish", "identity": "Identity"}[activation]}


def test_the_dense_activation_of_a_cnn_may_differ(network):
    layers = network("model=cnn_deep", "model.dense_activation=sigmoid").network
    assert (type(layers.conv3_act).__name__, type(layers.dense1_act).__name__) == ("ReLU", "Sigmoid")


def test_valid_padding_leaves_the_pixels_counted_by_hand(network):
    assert network("model=cnn").network.dense1.in_features == 5 * 5 * 64
    assert network("model=cnn_deep").network.dense1.in_features == 3 * 3 * 64


@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
def test_any_kernel_and_padding_fit_together(network, kernel, padding):
    classifier = network("model=cnn", f"model.kernel={kernel}", f"model.padding={padding}")
    assert classifier(digits()).shape == (3, 10)


def test_too_many_convolutions_are_refused(network):
    with pytest.raises(UserError, match="leaves no pixel after convolution 3: use fewer channels"):
        network("model=cnn", "model.channels=[8,8,8]", "model.kernel=5")


def test_an_identity_network_is_linear(network):
    """The control: without activations, depth adds nothing; f(a) + f(b) - f(0) = f(a + b)."""
    classifier = network("model=mlp_deep", "model.activation=identity").double()
    a, b = torch.rand(2, 4, 1, 28, 28, dtype=torch.float64)
    layers = classifier.network
    torch.testing.assert_close(layers(a) + layers(b) - layers(0 * a), layers(a + b))


def test_the_gradient_comes_back_as_channels_lie(network):
    leaf = torch.rand(2, 64, 5, 5).to(memory_format=torch.channels_last).requires_grad_()
    loss = network("model=cnn").network.flatten(leaf * 1).square().sum()
    (gradient,) = torch.autograd.grad(loss, leaf)
    assert gradient.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(gradient, 2 * leaf.detach())
