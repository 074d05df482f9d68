"""Work is spared, and nothing else: against the layers in the order of their names, in double precision."""

import copy

import pytest
import torch
from torch import nn

from mnist_exp.config.schema import CONF
from mnist_exp.kernels.conv_pruning import Trimmed
from mnist_exp.models.activations import ACTIVATIONS
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


def same_as_by_name(classifier) -> None:
    classifier, images, found = classifier.double(), digits(8), []
    for forward in (classifier, nn.Sequential(*classifier.network)):
        classifier.zero_grad()
        logits = forward(images)
        logits.logsumexp(1).sum().backward()
        found.append([logits, *(weights.grad.clone() for weights in classifier.parameters() if weights.requires_grad)])
    torch.testing.assert_close(found[0], found[1], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_neither_logits_nor_gradients_change(network, activation):
    same_as_by_name(network("model=cnn", f"model.activation={activation}"))


@pytest.mark.parametrize("model", sorted(path.stem for path in (CONF / "model").glob("*.yaml")))
def test_nor_those_of_any_network(network, model):
    same_as_by_name(network(f"model={model}"))


def test_nor_through_a_stride(network):
    classifier = network("model=cnn_quick", "model.kernel=4")  # 28 → 12 → 9 → 4: of 12 all but the last, 26 pixels wide
    assert classifier.network.seen == 26
    same_as_by_name(classifier)


def test_nor_those_of_no_convolution(network):
    same_as_by_name(network("model=cnn", "model.channels=[]"))


def test_images_of_another_size_are_refused_rather_than_cut(network):
    with pytest.raises(ValueError, match="28×28 pixels are read here, not of 32×30"):
        network("model=cnn", NARROW)(torch.zeros(1, 1, 32, 30))
    with pytest.raises(ValueError, match="not of 32×30"):
        network("model=cnn_quick", "model.views=true").eval()(torch.zeros(1, 1, 32, 30))


@pytest.mark.parametrize("channels", ["[3,4]", "[3,4,5]", "[4]"])
@pytest.mark.parametrize(("kernel", "padding"), [(k, p) for k in (1, 2, 3, 4, 5) for p in ("valid", "same")])
def test_nor_with_any_kernel_and_padding(network, channels, kernel, padding):
    if channels == "[3,4,5]" and kernel > 3 and padding == "valid":
        channels = "[5,4]"  # the third would have no pixel left
    shape = f"model.channels={channels}", f"model.kernel={kernel}", f"model.padding={padding}"
    same_as_by_name(network("model=cnn", *shape))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_batch_norm_still_sees_every_row(network, padding):
    classifier = network("model=cnn", NARROW, "model.kernel=4", f"model.padding={padding}", "model.batch_norm=true")
    assert classifier.network.seen == 28
    same_as_by_name(classifier)


def test_rows_of_the_image_that_reach_no_logit_are_left_out(network):
    classifier, images = network("model=cnn"), digits(4)  # 28 → 26 → 13 → 11 → 5: the last of 13 and of 11 fall away
    assert classifier.network.seen == 26
    changed = images.clone()
    changed[..., 26:, :] = changed[..., 26:] = 255
    named = nn.Sequential(*classifier.network)
    assert torch.equal(named(images), named(changed))
    changed[..., 25, 25] ^= 255
    assert not torch.equal(named(images), named(changed))


def test_an_odd_map_is_worked_out_but_for_its_last_row(network):
    classifier = network("model=cnn_deep")  # 28 → 14 → 7 → 3
    (trimmed,) = (step for step in classifier.network.as_done if isinstance(step, Trimmed))
    assert trimmed.convolution is classifier.network.conv3
    assert trimmed(torch.rand(2, 32, 7, 7)).shape == (2, 64, 6, 6)
    assert classifier.intermediates(digits(2), ["conv3"])["conv3"].shape == (2, 64, 7, 7)


def test_a_copy_works_with_its_own_weights(network):
    first, images = network("model=cnn_deep"), digits(2)
    second = copy.deepcopy(first)
    for weights in second.parameters():
        nn.init.zeros_(weights)
    assert first(images).any()
    assert not second(images).any()


def test_pooling_comes_first_where_the_activation_never_falls(network):
    def done(*overrides):
        classifier = network("model=cnn", *overrides)
        names = {layer: name for name, layer in classifier.network.named_children()}
        return [names[layer] for layer in classifier.network.as_done[1:5]]

    for rising in ("relu", "sigmoid", "softplus"):
        assert done(f"model.activation={rising}") == ["conv1", "pool1", "conv1_act", "conv2"]
    for falling in (["model.activation=swish"], ["model.activation=leaky_relu", "model.leaky_slope=-0.1"]):
        assert done(*falling) == ["conv1", "conv1_act", "pool1", "conv2"]
    assert done("model.batch_norm=true")[1:4] == ["conv1_norm", "pool1", "conv1_act"]
