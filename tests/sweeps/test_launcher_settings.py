"""Settings of launchers that cannot work."""

import pytest
from omegaconf import OmegaConf

from mnist_exp.errors import UserError
from mnist_exp.sweeps.launcher_settings import CHOICES, RULES, check_launcher


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"n_jobs": 0}, r"^hydra\.launcher\.n_jobs=0: must be -1, which fills the cores, or a whole number from 1"),
        ({"n_jobs": -2}, r"n_jobs=-2"),
        ({"backend": "nope"}, r"^hydra\.launcher\.backend 'nope' is unknown\. Valid here: loky"),
        ({"num_gpus": -1}, "must be 0 or more GPUs"),
        ({"num_cpus": True}, "must be a number above 0"),
        ({"mem_gb": "many"}, "must be a whole number from 1"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, line):
    with pytest.raises(UserError, match=line):
        check_launcher(OmegaConf.create(settings))


def test_null_and_settings_without_a_rule_are_left_to_the_launcher():
    check_launcher(OmegaConf.create({"n_jobs": 2, "backend": None, "num_gpus": 0.25, "partition": "cpu"}))


def test_every_rule_is_about_a_setting_of_a_launcher():
    """The names are those of the plugins: a renamed one would never be checked."""
    from hydra_plugins.hydra_joblib_launcher.config import JobLibLauncherConf

    from mnist_exp.config import CONF

    submitit = pytest.importorskip("hydra_plugins.hydra_submitit_launcher.config")
    ours = OmegaConf.load(CONF / "hydra" / "launcher" / "ray.yaml")
    known = {*vars(JobLibLauncherConf()), *vars(submitit.SlurmQueueConf()), *ours}
    assert {*RULES, *CHOICES} <= known
