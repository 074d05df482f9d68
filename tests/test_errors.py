import pytest
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from mnist_exp.errors import UserError, explain, unknown


def test_unknown_lists_the_valid_and_suggests_the_nearest():
    assert (
        str(unknown("fruit", "aple", ["pear", "apple"]))
        == "fruit 'aple' is unknown. Did you mean 'apple'? Valid here: pear, apple."
    )


def test_unknown_does_not_suggest_what_is_nothing_like_it():
    assert str(unknown("fruit", "xyz", ["pear"])) == "fruit 'xyz' is unknown. Valid here: pear."


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "model.activation=rulu",
            "model.activation 'rulu' is unknown. Did you mean 'relu'? Valid here: sigmoid, tanh,",
        ),
        ("model.activation=1", "model.activation '1' is unknown. Valid here: sigmoid, tanh,"),
        ("trainer.precision=32", "trainer.precision '32' is unknown. Did you mean '32-true'?"),
        (
            "model=cn",
            "model 'cn' is unknown. Did you mean 'cnn'? Valid here: cnn, cnn_deep, cnn_quick, mlp, mlp_deep, softmax.",
        ),
        ("data=mnist5", "data 'mnist5' is unknown. Did you mean 'mnist5k'? Valid here: mnist, mnist5k."),
        ("experiment=augment", "experiment 'augment' is unknown. Did you mean 'augmented'?"),
        ("model.actvation=relu", "model: key 'actvation' is unknown. Did you mean 'activation'?"),
        ("modle=cnn", "Key 'modle' is unknown. Did you mean 'model'?"),
        (
            "trainer.max_epochs=three",
            "trainer.max_epochs: Value 'three' of type 'str' could not be converted to Integer",
        ),
        ("optimizer.lr=[", "'optimizer.lr=[' cannot be read: settings are typed as key=value"),
        ("foo", "'foo' cannot be read: settings are typed as key=value"),
        (
            "model.activation=relu,mish",
            "model.activation=relu,mish names several values: to do a run with each, add -m",
        ),
    ],
)
def test_what_hydra_refuses_is_explained_in_one_line(composed, override, line):
    with pytest.raises((HydraException, OmegaConfBaseException)) as refused:
        composed(override)
    explained = explain(refused.value)
    assert explained.startswith(line)
    assert "\n" not in explained


def test_dense_networks_do_not_know_channels(composed):
    with pytest.raises(HydraException) as refused:
        composed("model=mlp", "model.channels=[8]")
    assert explain(refused.value).startswith("model: key 'channels' is unknown.")


def test_other_errors_are_named_by_type_and_first_line():
    assert explain(ValueError("one\ntwo")) == "ValueError: one"
    assert explain(ValueError()) == "ValueError"
    assert explain(UserError("do this")) == "do this"
    full = OSError(28, "No space left on device", "x/result.json")
    line = "No space left on device: x/result.json; free some space and type the same command again"
    assert explain(full) == line
    hidden = ValueError("Unable to configure handler 'file'")
    hidden.__cause__ = PermissionError(13, "Permission denied", "run.log")
    assert explain(hidden) == "Permission denied: run.log"
