import doctest
import sys

import pytest
from omegaconf import OmegaConf

from mnist_exp.config import compose, schema
from mnist_exp.errors import UserError
from mnist_exp.runs.identity import key
from tests.factories import quick_first


@pytest.mark.parametrize(
    ("overrides", "line"),
    quick_first(2, [
        ("model.activation=ReLU", "model.activation 'ReLU' is unknown. Did you mean 'relu'?"),
        ("trainer.max_epochs=0", "trainer.max_epochs=0: must be from 1 to 1000000."),
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


NETWORKS = """
class WithActivation:
    def __init__(self, activation, num_classes, width): pass
class Without:
    def __init__(self, num_classes, width=3): pass
"""


@pytest.fixture
def own_files(tmp_path, monkeypatch):
    """compose_own("model=own") composes with a folder of the user's own config files, and with ./nets.py."""
    (tmp_path / "nets.py").write_text(NETWORKS)
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])

    def compose_own(*overrides: str):
        return compose.compose([f"hydra.searchpath=[file://{tmp_path}]", *overrides])

    return compose_own


def test_a_file_of_the_users_own_needs_nothing_but_a_target(own_files, tmp_path):
    (tmp_path / "model" / "own.yaml").write_text("_target_: ./nets.py:WithActivation\nwidth: 7\n")
    found = own_files("model=own", "model.activation=mish").model
    assert found == schema.OwnModelConfig(
        "./nets.py:WithActivation", "WithActivation", True, "mish", None, 0.01, "torch", {"width": 7}
    )
    assert own_files("model=own", "model.width=9").model.options == {"width": 9}


def test_whether_a_network_has_an_activation_is_seen_from_its_signature(own_files):
    def keys(network):
        return {
            key(own_files(f"model=./nets.py:{network}", f"model.activation={name}", "++model.width=3"))
            for name in ("relu", "mish")
        }

    assert (len(keys("WithActivation")), len(keys("Without"))) == (2, 1)


def test_a_short_form_has_the_arguments_with_their_defaults(own_files):
    assert own_files("model=./nets.py:Without").model.options == {"width": 3}
    assert own_files("model=./nets.py:Without", "model.width=4").model.options == {"width": 4}


def test_a_changed_source_is_another_run(own_files, tmp_path):
    before = own_files("model=./nets.py:Without")
    (tmp_path / "nets.py").write_text(f"{NETWORKS}\n# changed")
    after = own_files("model=./nets.py:Without")
    assert before.model == after.model
    assert key(before) != key(after)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("width: 3", "model: its config file needs _target_"),
        ("_target_: ./nets.py", "'./nets.py' names no code: write FILE.py:NAME or MODULE:NAME"),
        ("_target_: ./nets.py:Without\ninit: best", "model.init 'best' is unknown."),
        ("_target_: ./nets.py:Without\nleaky_slope: steep", "model.leaky_slope: must be a number, not 'steep'."),
    ],
)
def test_a_bad_file_of_the_users_own_is_refused(own_files, tmp_path, text, line):
    (tmp_path / "model" / "own.yaml").write_text(text)
    with pytest.raises(UserError) as refused:
        own_files("model=own")
    assert str(refused.value).startswith(line)
