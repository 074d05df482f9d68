import pytest
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from mnist_exp.error_messages import explain
from mnist_exp.errors import UserError
from tests.factories import quick_first


@pytest.mark.parametrize(
    ("override", "line"),
    quick_first(
        8,
        [
            (
                "model=cn",
                "model 'cn' is unknown. Did you mean 'cnn'? "
                "Valid here: cnn, cnn_deep, cnn_quick, mlp, mlp_deep, softmax.",
            ),
            ("data=mnist5", "data 'mnist5' is unknown. Did you mean 'mnist5k'? Valid here: cifar10, emnist_"),
            ("experiment=augment", "experiment 'augment' is unknown. Did you mean 'augmented'?"),
            ("model.actvation=relu", "Key 'model.actvation' is unknown. Did you mean 'model.activation'?"),
            ("lr=0.1", "Key 'lr' is unknown. Did you mean 'optimizer.lr'?"),
            ("epochs=5", "Key 'epochs' is unknown. Did you mean 'trainer.max_epochs'?"),
            ("BatchSize=5", "Key 'BatchSize' is unknown. Did you mean 'data.batch_size'?"),
            ("experimnt=augmented", "Key 'experimnt' is unknown. Did you mean 'experiment'?"),
            ("optimizer=SGD", "optimizer 'SGD' is unknown. Did you mean 'sgd'?"),
            ("modle=cnn", "Key 'modle' is unknown. Did you mean 'model'?"),
            (
                "trainer.max_epochs=three",
                "trainer.max_epochs: must be a whole number, not 'three'.",
            ),
            ("trainer.max_epochs=2.5", "trainer.max_epochs: must be a whole number, not '2.5'."),
            ("trainer.threads=x", "trainer.threads: must be a whole number or null, not 'x'."),
            ("optimizer.lr=high", "optimizer.lr: must be a number, not 'high'."),
            ("model.batch_norm=maybe", "model.batch_norm: must be true or false, not 'maybe'."),
            ("model.init=null", "model.init: must not be null."),
            ("model.init=[he]", "model.init: must be a string, not '['he']'."),
            ("model.hidden=[a]", "model.hidden: must be a list of whole numbers."),
            ("model.hidden=[1,null]", "model.hidden: must be a list of whole numbers."),
            ("model.hidden=null", "model.hidden: must be a list of whole numbers."),
            ("model.hidden={a:1}", "model.hidden: must be a list of whole numbers."),
            ("optimizer.betas=[a,b]", "optimizer.betas: must be a list of numbers."),
            ("callbacks=[Timer]", "callbacks 'Timer' is unknown. Did you mean 'timer'? Valid here: device_stats,"),
            ("claim.epochs=3", "claim.epochs: must be a mapping, not '3'."),
            ("sweep.axes=[1]", "sweep.axes: must be a mapping."),
            ("trainer=3", "trainer is a section: set its keys, for example trainer.max_epochs."),
            ("data.augment=1", "data.augment is a section: set its keys, for example data.augment.shift."),
            ("report=3", "Key 'report' is unknown. Valid here: "),
            ("optimizer.lr=[", "'optimizer.lr=[' cannot be parsed: type settings as key=value"),
            (
                "model.activation_options.a=1",
                "model.activation_options.a is not set yet: type a plus sign before it, as in "
                "+model.activation_options.a=",
            ),
            ("foo", "'foo' cannot be parsed: type settings as key=value"),
            (
                "model.activation=relu,mish",
                "model.activation=relu,mish has several values; add -m to run each of them: mnist-exp -m model.act",
            ),
            (
                "logger=csv,tensorboard",
                "logger=csv,tensorboard has several values; add -m to run each of them: "
                "mnist-exp -m logger=csv,tensorboard. A list has brackets: logger=[csv,tensorboard]",
            ),
        ],
    ),
)
def test_explain_gives_one_line_for_errors_from_hydra(composed, override, line):
    with pytest.raises((HydraException, OmegaConfBaseException)) as refused:
        composed(override)
    explained = explain(refused.value)
    assert explained.startswith(line)
    assert "\n" not in explained


def test_a_key_of_other_networks_is_answered_with_their_names(composed):
    with pytest.raises(HydraException) as refused:
        composed("model=mlp", "model.channels=[8]")
    assert explain(refused.value).startswith("model=mlp has no model.channels; cnn, cnn_deep and cnn_quick have it.")


def test_explain_gives_type_and_first_line_of_other_errors():
    assert explain(ValueError("one\ntwo")) == "ValueError: one"
    assert explain(ValueError()) == "ValueError"
    assert explain(UserError("do this")) == "do this"
    full = OSError(28, "No space left on device", "x/result.json")
    line = "No space left on the disk of x/result.json. Free some space and type the same command again."
    assert explain(full) == line
    shadowed = ImportError("partially initialized module 'torch'", name="torch", path="torch.py")
    assert explain(shadowed) == "torch.py hides another module named torch: rename the file."
    hidden = ValueError("Unable to configure handler 'file'")
    hidden.__cause__ = PermissionError(13, "Permission denied", "run.log")
    assert explain(hidden) == "Permission denied: run.log"


def test_a_key_of_one_other_choice_is_answered_with_it(composed):
    with pytest.raises(HydraException) as refused:
        composed("model=cnn", "model.views=true")
    assert explain(refused.value).startswith("model=cnn has no model.views; cnn_quick has it.")
