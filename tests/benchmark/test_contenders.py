import pytest
import torch

from mnist_exp.benchmark import contenders
from mnist_exp.benchmark.settings import NETWORKS, epoch_config
from mnist_exp.runs.record import blank
from mnist_exp.training.build import build_classifier
from tests.factories import config, quick_first


@pytest.fixture
def small():
    overrides = ["model=softmax", "data.val_size=0", "data.batch_size=32", "trainer.accelerator=cpu"]
    return config(*overrides, data="mnist5k")


def standardised(images, config):
    return (images / 255 - config.images.mean) / config.images.std


@pytest.mark.parametrize("name", quick_first(2, NETWORKS))
def test_the_plain_networks_are_ours(name):
    """With our weights they return our logits."""
    small = epoch_config(name, "mnist5k")
    ours, plain = build_classifier(small).eval(), contenders.plain_network(small.model)
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    images = torch.randint(0, 256, (5, 1, 28, 28), dtype=torch.uint8)
    with torch.no_grad():
        assert torch.allclose(plain(standardised(images, small)), ours(images), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("contender", [contenders.plain_pytorch_loop, contenders.plain_lightning])
def test_an_epoch_is_trained_and_timed(small, contender, monkeypatch):
    networks = []
    build_plain = contenders.plain_network
    monkeypatch.setattr(contenders, "plain_network", lambda model: networks.append(build_plain(model)) or networks[0])
    train_epoch = contender(small)
    before = training_accuracy(networks[0], small)
    assert train_epoch() > 0.02
    assert training_accuracy(networks[0], small) > 0.8 > before


def training_accuracy(network, config):
    digits = contenders._training_set(config)
    images = standardised(torch.from_numpy(digits.images).unsqueeze(1), config)
    return (network(images).argmax(1) == torch.from_numpy(digits.labels)).float().mean().item()


def test_our_seconds_are_those_of_the_record(small, monkeypatch):
    def run(config, _, overrides):
        assert config is small
        record = blank(config, overrides)
        record.train_seconds = 1.25
        return record

    monkeypatch.setattr(contenders, "run", run)
    assert contenders.ours(small)() == 1.25
