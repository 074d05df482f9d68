"""Values and keys that a composed configuration must not have."""

import pytest

from mnist_exp import registry
from mnist_exp.config import checks
from mnist_exp.errors import UserError
from tests.factories import quick_first


@pytest.mark.parametrize(
    ("override", "line"),
    quick_first(
        6,
        [
            ("optimizer.lr=0", "optimizer.lr=0.0: must be a number above 0, at most 1e+30."),
            ("optimizer.lr=nan", "optimizer.lr=nan: must be a number above 0, at most 1e+30."),
            ("optimizer.lr=inf", "optimizer.lr=inf: must be a number above 0, at most 1e+30."),
            ("data.batch_size=0", "data.batch_size=0: must be from 1 to 10000000."),
            ("trainer.max_epochs=-1", "trainer.max_epochs=-1: must be from 1 to 1000000."),
            ("trainer.gradient_clip=0", "trainer.gradient_clip=0.0: must be a number above 0, at most 1e+30."),
            ("model.dropout=1", "model.dropout=1.0: must be from 0 up to, not including, 1."),
            ("model.hidden=[10,0]", "model.hidden=[10, 0]: must be whole numbers from 1 to 100000."),
            ("optimizer.betas=[0.9]", "optimizer.betas=[0.9]: must be two numbers in [0, 1)."),
            ("seed=-1", "seed=-1: must be from 0 to 4294967295."),
            ("seeds.noise=4294967296", "seeds.noise=4294967296: must be from 0 to 4294967295."),
            ("+model.actvation=relu", "Key 'model.actvation' is unknown. Did you mean 'model.activation'?"),
            ("+data.augment.shft=1", "Key 'data.augment.shft' is unknown. Did you mean 'data.augment.shift'?"),
            ("data.augment.shift=inf", "data.augment.shift=inf: must be from 0 to 1000."),
            ("model.name=a/b", "model.name=a/b: must be letters, digits, - and _"),
            (
                "model.activation=rulu",
                "model.activation 'rulu' is unknown. Did you mean 'relu'? Valid here: sigmoid,",
            ),
            (
                "model.activation=Mine",
                "model.activation 'Mine' is unknown. Valid here: sigmoid, tanh, relu, leaky_relu, swish, mish, "
                f"… (mnist-exp choices lists all {len(registry.ACTIVATIONS)}). Your own is named by its file: "
                "./FILE.py:NAME.",
            ),
            (
                "model.activation=1",
                "model.activation=1: must be a name, or a list of names: one for each hidden layer.",
            ),
            ("trainer.precision=32", "trainer.precision '32' is unknown. Did you mean '32-true'?"),
            (
                "model.uses_activation=false",
                "model=cnn is declared to have no activation (model.uses_activation=false), but "
                "model.hidden=[128] gives it hidden units: type model=mlp model.hidden=[128].",
            ),
            ("~trainer", "trainer has been removed, but every run needs it."),
            ("+modle=cnn", "Key 'modle' is unknown. Did you mean 'model'?"),
        ],
    ),
)
def test_check_refuses_invalid_values_and_keys(composed, override, line):
    with pytest.raises(UserError) as refused:
        checks.check(composed(override))
    assert str(refused.value).startswith(line)


def test_check_accepts_nulls_where_they_mean_off(composed):
    checks.check(composed("trainer.gradient_clip=null", "trainer.early_stopping=null", "trainer.threads=null"))


@pytest.mark.parametrize(
    ("overrides", "advice"),
    [
        ("model=softmax model.hidden=[30,20]", "type model=mlp model.hidden=[30,20]."),
        ("model=cnn model.uses_activation=false model.hidden=[]", "type model=cnn model.channels=[32,64]."),
        ("model=mlp model.hidden=[]", "type model=softmax."),
        ("model=cnn model.channels=[] model.hidden=[]", "type model=softmax."),
    ],
)
def test_check_refuses_layers_that_contradict_uses_activation(composed, overrides, advice):
    with pytest.raises(UserError) as refused:
        checks.check(composed(*overrides.split()))
    assert str(refused.value).endswith(advice)


def test_check_accepts_an_activation_by_its_file_or_module(composed):
    checks.check(composed("model.activation=./my_act.py:Snake"))
    checks.check(composed("model.activation=my_package.acts:Snake"))


@pytest.mark.parametrize("name", ["./my_act.py", "my_act.Snake", "acts/Snake"])
def test_check_says_how_an_own_activation_is_written(composed, name):
    with pytest.raises(UserError, match=r"write your own as FILE\.py:NAME or MODULE:NAME"):
        checks.check(composed(f"model.activation={name}"))
