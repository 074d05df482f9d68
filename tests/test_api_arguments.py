"""Arguments of the Python API."""

import numpy as np
import pytest

from mnist_exp.api_arguments import (
    NOT_IN_SWEEP,
    NOT_IN_TRAIN,
    check_objects,
    check_strings,
    refuse_overrides,
    seed_overrides,
    sweep_dir,
)
from mnist_exp.errors import UserError


@pytest.mark.parametrize(
    ("seed", "overrides"),
    [
        (None, []),
        (3, ["seed=3"]),
        (np.int64(3), ["seed=3"]),
        (range(3), ["seed=0,1,2"]),
        (np.arange(2), ["seed=0,1"]),
        ((seed for seed in (4, 5)), ["seed=4,5"]),
    ],
)
def test_seeds_become_one_override(seed, overrides):
    assert seed_overrides(seed) == overrides


@pytest.mark.parametrize(("seed", "line"), [([], "no seed"), (1.5, "1.5: must be an"), ([0, "1"], "'1': must be an")])
def test_a_seed_that_is_no_integer_is_refused(seed, line):
    with pytest.raises(UserError, match=line):
        seed_overrides(seed)


def test_a_sweep_is_in_the_folder_of_its_name_or_of_the_time():
    assert sweep_dir("my-study").as_posix() == "multirun/my-study"
    assert sweep_dir(None) != sweep_dir(None)


@pytest.mark.parametrize("name", ["a/b", "..", "", "a b", "/tmp/a"])
def test_a_name_that_is_no_folder_name_is_refused(name):
    with pytest.raises(UserError, match=r"^name='.*': must be letters, digits, - and _"):
        sweep_dir(name)


@pytest.mark.parametrize(
    ("override", "table", "advice"),
    [
        ("hydra.run.dir=abc", NOT_IN_TRAIN, "run_dir"),
        ("hydra/launcher=joblib", NOT_IN_TRAIN, "run_dir"),
        ("++hydra.verbose=true", NOT_IN_TRAIN, "run_dir"),
        ("sweep.name=own", NOT_IN_SWEEP, "argument name"),
        ("hydra.sweep.dir=hd", NOT_IN_SWEEP, "argument name"),
        ("hydra.run.dir=hd", NOT_IN_SWEEP, "argument name"),
        ("hydra.mode=RUN", NOT_IN_SWEEP, r"mx\.train"),
        ("sweep.dry_run=true", NOT_IN_SWEEP, "command"),
    ],
)
def test_overrides_that_have_no_effect_are_refused(override, table, advice):
    with pytest.raises(UserError) as refused:
        refuse_overrides(["model=mlp", override], table)
    assert str(refused.value).startswith(f"{override}: ")
    assert advice.replace("\\", "") in str(refused.value)


def test_other_settings_of_sweeps_and_launchers_are_accepted():
    refuse_overrides(["sweep=grid", "sweep.reuse=strict", "hydra.launcher.n_jobs=2"], NOT_IN_SWEEP)


@pytest.mark.parametrize("overrides", [(["model=mlp"],), ("model=mlp", 3)])
def test_overrides_that_are_not_strings_are_refused(overrides):
    with pytest.raises(UserError, match=r"is no override: give each as a string of its own"):
        check_strings(overrides)
    with pytest.raises(UserError, match=r"is no override"):
        refuse_overrides(overrides, NOT_IN_SWEEP)


def test_a_callback_given_by_its_name_is_refused():
    with pytest.raises(UserError, match=r"callbacks: takes objects\. For a name, use the override callbacks=\[timer\]"):
        check_objects("callbacks", ["timer"])
    check_objects("callbacks", [object()])
