import pytest
import torch

from mnist_exp.benchmark import contenders
from mnist_exp.benchmark.__main__ import NETWORKS, settings
from mnist_exp.training.build import build_classifier


@pytest.fixture
def small(plain):
    return plain("data=mnist5k", "model=softmax", "data.val_size=0", "data.batch_size=32", "trainer.accelerator=cpu")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_of_others_are_ours(name):
    """With our weights they give our answers."""
    plain = settings(name, "mnist5k", None, None)
    ours, theirs = build_classifier(plain).eval(), contenders.plain_network(plain["model"])
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    images = torch.randint(0, 256, (5, 1, 28, 28), dtype=torch.uint8)
    with torch.no_grad():
        standardised = (images / 255 - plain["data"]["mean"]) / plain["data"]["std"]
        assert torch.allclose(theirs(standardised), ours(images), atol=1e-5)


@pytest.mark.parametrize("train", [contenders.raw, contenders.plain_lightning])
def test_an_epoch_is_trained_and_timed(small, train, monkeypatch):
    networks = []
    build_plain = contenders.plain_network
    monkeypatch.setattr(contenders, "plain_network", lambda model: networks.append(build_plain(model)) or networks[0])
    epoch = train(small)
    before = right(networks[0], small)
    assert epoch() > 0.02
    assert right(networks[0], small) > 0.8 > before


def right(network, plain):
    digits = contenders._training(plain)
    images = (torch.from_numpy(digits.images).unsqueeze(1) / 255 - plain["data"]["mean"]) / plain["data"]["std"]
    return (network(images).argmax(1) == torch.from_numpy(digits.labels)).float().mean().item()


def test_our_seconds_are_those_of_the_record(small, monkeypatch):
    from mnist_exp.runs.record import blank

    def run(config, _, typed):
        assert config is small
        record = blank(config, typed)
        record.train_seconds = 1.25
        return record

    monkeypatch.setattr(contenders, "run", run)
    assert contenders.ours(small)() == 1.25
