import doctest

import pytest
import yaml
from omegaconf import OmegaConf

from mnist_exp.config import compose
from mnist_exp.errors import UserError
from mnist_exp.runs.identity import key
from tests.factories import quick_first


@pytest.mark.parametrize(
    ("overrides", "line"),
    quick_first(2, [
        ("model.activation=ReLU", "model.activation 'ReLU' is unknown. Did you mean 'relu'?"),
        ("trainer.max_epochs=0", "trainer.max_epochs=0: must be at least 1."),
        ("optimizer.name=sgd", "optimizer.name has been renamed: type optimizer=sgd"),
        ("model=resnet", "model 'resnet' is unknown."),
        ("lr=1", "Key 'lr' is unknown. Did you mean 'optimizer.lr'?"),
        ("foo", "'foo' cannot be parsed"),
        ("optimizer=sgd optimizer.betas=[0.9,0.99]", "optimizer=sgd has no optimizer.betas; adam, adamw and muon "
         "have it. Valid here: optimizer.lr, optimizer.weight_decay, optimizer.momentum."),
    ]),
)  # fmt: skip
def test_compose_refuses_with_the_line_that_the_command_prints(overrides, line):
    with pytest.raises(UserError) as refused:
        compose.compose(overrides.split())
    assert str(refused.value).startswith(line)


def test_composed_does_not_check():
    assert compose.composed(["trainer.max_epochs=0"]).trainer.max_epochs == 0


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(compose).failed == 0


def test_stamps_of_one_second_differ():
    stamps = {OmegaConf.create({"a": "${stamp:}"}).a for _ in range(20)}
    assert len(stamps) == 20


def test_a_stamp_stays_the_same_within_one_configuration():
    config = OmegaConf.create({"a": "${stamp:}"})
    assert config.a == config.a


@pytest.mark.slow
def test_own_network_without_listed_layers_keeps_its_activations_apart(tmp_path):
    """Whether a network has an activation is declared by uses_activation, not derived from `hidden` and `channels`."""
    own = {"_target_": "my_net.Net", "name": "own", "hidden": [], "uses_activation": True}
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "own.yaml").write_text(yaml.safe_dump(own))
    folder = f"hydra.searchpath=[file://{tmp_path}]"
    relu, mish = (compose.compose([folder, "model=own", f"model.activation={name}"]) for name in ("relu", "mish"))
    assert key(relu) != key(mish)
    (tmp_path / "model" / "own.yaml").write_text(yaml.safe_dump(own | {"uses_activation": False}))
    relu, mish = (compose.compose([folder, "model=own", f"model.activation={name}"]) for name in ("relu", "mish"))
    assert key(relu) == key(mish)
