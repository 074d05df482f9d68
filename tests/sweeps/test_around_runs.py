"""What a run leaves in the memory of a sweep, and which workers follow the main process."""

import os

import pytest
from hydra.core.utils import JobReturn
from omegaconf import OmegaConf

from mnist_exp.sweeps import around_runs
from mnist_exp.sweeps.around_runs import AroundRuns
from tests.campaign.soak import soak


def config(sweeper, launcher="JoblibLauncher", mode="MULTIRUN"):
    text = f"{{hydra: {{mode: {mode}, sweeper: {{_target_: a.{sweeper}}}, launcher: {{_target_: a.{launcher}}}}}}}"
    found = OmegaConf.create(text)
    found.hydra.mode = getattr(around_runs.RunMode, mode)
    return found


def test_only_a_sweeper_of_hydra_gets_the_configuration_back():
    ours, others = (JobReturn(cfg=OmegaConf.create(), hydra_cfg=OmegaConf.create()) for _ in range(2))
    AroundRuns().on_job_end(config("StudySweeper"), ours)
    AroundRuns().on_job_end(config("OptunaSweeper"), others)
    assert (ours.cfg, ours.hydra_cfg) == (None, None)
    assert None not in (others.cfg, others.hydra_cfg)


@pytest.mark.parametrize(
    ("of", "follows"),
    [
        (config("OptunaSweeper"), True),
        (config("OptunaSweeper", launcher="BasicLauncher"), False),  # the run is in the main process
        (config("OptunaSweeper", mode="RUN"), False),
        (config("StudySweeper"), False),  # its workers do so already
    ],
)
def test_joblibs_workers_follow_their_parent(of, follows, monkeypatch):
    followed = []
    monkeypatch.setattr(around_runs.worker_process, "follow", followed.append)
    AroundRuns().on_job_start(of)
    assert followed == ([os.getppid()] if follows else [])


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_runs_leave_nothing_behind(launcher, tmp_path):
    """Many more: python -m tests.campaign.soak."""
    processes, faults = soak(tmp_path, launcher, runs=16, warm_up=6)
    assert f"{launcher}: main" in [process.name for process in processes]
    assert faults == []
