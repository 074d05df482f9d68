"""Networks as the configuration describes them: classes, names, and parameters counted by hand."""

import pytest
import torch
from torch import nn

from mnist_exp.config import CONF
from mnist_exp.config.schema import OwnModelConfig
from mnist_exp.errors import UserError
from mnist_exp.models import ConvNet, DenseNet, WhitenedNet
from mnist_exp.models.activations import is_activation
from mnist_exp.models.build import build_network

PARAMETERS = {
    "softmax": 784 * 10 + 10,  # 7,850
    "mlp": 784 * 100 + 100 + 100 * 10 + 10,  # 79,510
    "mlp_deep": 784 * 256 + 256 + 256 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10,
    "cnn": 32 * 9 + 32 + 64 * 32 * 9 + 64 + 1600 * 128 + 128 + 128 * 10 + 10,  # 225,034
    "cnn_quick": 12 * 36 + 12 + 16 * 12 * 9 + 16 + 400 * 128 + 128 + 128 * 10 + 10,
    "cnn_deep": 16 * 25 + 16 + 32 * 16 * 25 + 32 + 64 * 32 * 25 + 64 + 576 * 100 + 100 + 100 * 10 + 10,
}


def names(module) -> list[str]:
    return [name for name, _ in module.named_children()]


def digits(n: int = 3) -> torch.Tensor:
    return torch.rand(n, 1, 28, 28)


@pytest.mark.parametrize(("model", "count"), PARAMETERS.items())
def test_parameters_are_as_counted_by_hand(network, model, count):
    module = network(f"model={model}")
    assert sum(p.numel() for p in module.parameters()) == count
    assert module(digits()).shape == (3, 10)
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


def test_each_network_has_its_class(network):
    assert type(network("model=mlp_deep")) is DenseNet
    assert type(network("model=cnn_deep")) is ConvNet
    assert type(network("model=cnn_quick")) is WhitenedNet


@pytest.mark.parametrize("activation", ["mish", "identity"])
def test_the_activation_is_every_hidden_one(network, activation):
    module = network("model=cnn", f"model.activation={activation}")
    kinds = {type(layer).__name__ for name, layer in module.named_children() if name.endswith("_act")}
    assert kinds == {{"mish": "Mish", "identity": "Identity"}[activation]}


class OwnNet(nn.Module):
    """Takes the number of classes and an option from its file; has no use for the image's shape."""

    def __init__(self, activation, num_classes: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, width, 3), activation(), nn.Flatten(), nn.Linear(36 * width, num_classes)
        )


def own_config(name: str, activation: str = "relu", init: str = "torch", **options: object) -> OwnModelConfig:
    shared = {"name": name, "uses_activation": True, "leaky_slope": 0.01, "activation_options": None}
    return OwnModelConfig(f"{__name__}:{name}", activation=activation, init=init, options=options, **shared)


class ViewNet(nn.Module):
    """As in many tutorials: `view` needs the memory layout in which PyTorch makes tensors."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.convolution, self.logits = nn.Conv2d(3, 4, 3), nn.Linear(4 * 6 * 6, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.logits(self.convolution(images).view(len(images), -1))


class LazyNet(nn.Sequential):
    """As torchvision's examples: the width of the dense part is found at the first call."""

    def __init__(self, *, num_classes: int) -> None:
        layers = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.LazyLinear(num_classes)
        super().__init__(*layers)


@pytest.mark.parametrize("init", ["torch", "glorot"])
def test_lazy_layers_get_their_parameters(init):
    config = own_config("LazyNet", init=init)
    network = build_network(config, input_shape=(3, 8, 8), num_classes=5)
    assert network[-1].weight.shape == (5, 4 * 6 * 6)
    assert network[1].running_mean.tolist() == [0] * 4
    assert network.training
    assert network(torch.rand(2, 3, 8, 8)).shape == (2, 5)


def test_any_module_gets_what_its_signature_names():
    config = own_config("OwnNet", activation="mish", width=7)
    network = build_network(config, input_shape=(3, 8, 8), num_classes=4)
    convolution, activation, _, logits = network.layers
    assert (convolution.out_channels, logits.out_features) == (7, 4)
    assert is_activation(activation)
    assert convolution.weight.is_contiguous()


def test_only_networks_of_the_package_get_channels_last(network):
    assert network("model=cnn").conv2.weight.is_contiguous(memory_format=torch.channels_last)
    own = build_network(own_config("ViewNet"), input_shape=(3, 8, 8), num_classes=4)
    assert own(torch.rand(2, 3, 8, 8)).shape == (2, 4)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "The network tests.models.test_build:OwnNet needs width: set +model.width=…"),
        ({"width": 3, "widht": 3}, "The network tests.models.test_build:OwnNet has no argument 'widht' (model). Did"),
        ({"width": "wide"}, "tests/models/test_build.py, line "),
    ],
)
def test_a_network_that_cannot_be_made_is_refused(options, line):
    with pytest.raises(UserError) as refused:
        build_network(own_config("OwnNet", **options), input_shape=(1, 8, 8), num_classes=4)
    assert str(refused.value).startswith(line)


def kinds(module) -> list[str]:
    return [type(layer).__name__ for layer in module.modules() if is_activation(layer)]


def test_a_list_gives_each_hidden_layer_its_own_activation(network):
    assert kinds(network("model=mlp_deep", "model.activation=[relu,mish,tanh]")) == ["ReLU", "Mish", "Tanh"]
    assert kinds(network("model=cnn", "model.activation=[sin,prelu,relu]")) == ["Sin", "PRelu", "ReLU"]


def test_dense_activation_is_the_list_with_the_same_layers(network):
    short = network("model=cnn", "model.activation=relu", "model.dense_activation=sigmoid")
    assert kinds(short) == kinds(network("model=cnn", "model.activation=[relu,relu,sigmoid]"))


@pytest.mark.parametrize(("names", "count"), [("relu,mish", 2), ("relu,mish,tanh,sin", 4)])
def test_a_list_of_the_wrong_length_is_refused(network, names, count):
    with pytest.raises(UserError, match=rf"\[{names}\]: has {count} names, but mlp_deep has 3 hidden layers"):
        network("model=mlp_deep", f"model.activation=[{names}]")


def test_softmax_takes_no_notice_of_a_list(network):
    assert kinds(network("model=softmax", "model.activation=[relu,mish]")) == []


@pytest.mark.parametrize(
    ("override", "message"),
    [("model.activation=[relu,mihs,tanh]", "'mihs'.*mish"), ("model.activation=[]", "name at least one")],
)
def test_names_in_a_list_are_checked(network, override, message):
    with pytest.raises(UserError, match=message):
        network("model=mlp_deep", override)
