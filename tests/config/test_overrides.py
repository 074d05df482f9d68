import re

import pytest

from mnist_exp.config.overrides import check_overrides
from mnist_exp.errors import UserError


@pytest.mark.parametrize(
    ("override", "instead"),
    [
        ("optimizer.name=sgd", "optimizer=sgd"),
        ("optimizer.name=sgd,adam", "optimizer=sgd,adam"),
        ("schedule.name=cosine", "schedule=cosine"),
        ("look.figures=false", "diagnostics.figures=false"),
        ("+look.probe_every=0", "+diagnostics.probe_every=0"),
        ("model.hidden=512", "model.hidden=[512]"),
        ("model.hidden=256,128", "model.hidden=[256,128]"),
        ("++model.channels=8", "++model.channels=[8]"),
        ("loggers=[csv]", "logger=[csv]"),
    ],
)
def test_renamed_keys_and_missing_brackets_are_answered_with_what_to_type(override, instead):
    with pytest.raises(UserError) as refused:
        check_overrides(["seed=1", override])
    assert f"type {instead}" in str(refused.value)


@pytest.mark.parametrize("group", ["data", "model", "optimizer", "schedule"])
def test_a_group_that_every_run_needs_cannot_be_null(group):
    for override in (f"{group}=null", f"~{group}", f"{group}={{}}"):
        with pytest.raises(UserError, match=rf"{re.escape(override)}: must be one of [a-z]"):
            check_overrides([override])


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("model.batch_norm=2", "model.batch_norm: must be true or false, not '2'."),
        ("model.batch_norm=true,0", "model.batch_norm: must be true or false, not '0'."),
        ("diagnostics.figures=[]", "diagnostics.figures: must be true or false or null, not"),
        ("model=3", "model '3' is unknown."),
        ("recipe=[muon]", "recipe=[muon]: must be one of keras_adam"),
        ("callbacks={}", "callbacks={}: must be a list of names: type callbacks=[] for none."),
        ("hydra.sweep.dir=", "hydra.sweep.dir=: hydra.sweep.dir must be the name of a folder."),
    ],
)
def test_what_hydra_would_take_without_a_word_is_refused(override, line):
    with pytest.raises(UserError) as refused:
        check_overrides(["seed=1", override])
    assert str(refused.value).startswith(line)


@pytest.mark.parametrize(
    "argument",
    ["model.hidden=[512]", "model.hidden=[1],[2]", "model.hidden=${x}", "optimizer=sgd", "seed=1", "--cfg", "-m",
     "recipe=null", "~trainer", "model.batch_norm=on", "callbacks=[timer]",
     "sweep.arms=['model=mlp seed=3']", "unknown=1"],
)  # fmt: skip
def test_other_arguments_are_left_to_hydra(argument):
    check_overrides([argument])
