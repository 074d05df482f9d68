"""How many runs each launcher gets at once; and a sweep with each of them, with equal numbers."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from mnist_exp.config import CONF
from mnist_exp.examples import write
from mnist_exp.sweeps import launchers
from mnist_exp.sweeps.launchers import adapter, quoted, runs_at_once, runs_one_at_a_time
from mnist_exp.training.run import run


@pytest.mark.parametrize("text", ["/plain/path", "/wéird, (x) #1=2/a", "it's", "back\\slash", "a\\'b", "${x}"])
def test_quoted_paths_are_parsed_back_by_hydra(text):
    parsed = OverridesParser.create().parse_override(f"key={quoted(text)}")
    assert parsed.value() == text


def of_kind(name, **attributes):
    return type(name, (SimpleNamespace,), {})(**attributes)


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(launchers, "usable_cores", lambda: 4)


JOBS = [SimpleNamespace(name=name, threads=threads) for name, threads in (("a", 1), ("b", 4), ("c", 1), ("d", 2))]


def batches(jobs, launcher):
    return adapter(launcher, Path()).batches(jobs)


def names(found):
    return ["".join(job.name for job in batch) for batch in found]


@pytest.mark.parametrize("kind", ["BasicLauncher", "SlurmLauncher", "UnknownLauncher"])
def test_launchers_with_a_queue_and_unknown_ones_get_everything_as_planned(kind):
    assert names(batches(JOBS, of_kind(kind))) == ["abcd"]
    assert names(batches([], of_kind(kind))) == []


@pytest.mark.parametrize(
    ("launcher", "expected"),
    [
        (of_kind("BasicLauncher"), 1),
        (of_kind("JoblibLauncher", joblib={"n_jobs": -1}), 4),
        (of_kind("JoblibLauncher", joblib={"n_jobs": 3}), 3),
        (of_kind("LocalLauncher"), 4),
        (of_kind("SlurmLauncher"), launchers.QUEUED),
    ],
)
def test_how_many_runs_go_on_at_once(launcher, expected):
    """Of those with the fewest threads."""
    assert runs_at_once(JOBS, Path(), launcher) == expected


@pytest.fixture
def target_of():
    """target_of("joblib") is the class that hydra/launcher=joblib names."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra._internal.utils import create_config_search_path
    from hydra.types import RunMode

    loader = ConfigLoaderImpl(create_config_search_path(str(CONF)))

    def find(launcher):
        overrides = [f"hydra/launcher={launcher}"]
        return loader.load_configuration("config", overrides, RunMode.MULTIRUN).hydra.launcher._target_

    return find


@pytest.mark.parametrize(
    ("launcher", "expected"),
    [("basic", True), ("joblib", False), ("submitit_local", False), ("slurm", False), ("ray", False)],
)
def test_only_hydras_own_launcher_runs_one_at_a_time(target_of, launcher, expected):
    assert runs_one_at_a_time(target_of(launcher)) is expected


def test_unknown_launchers_may_run_several_in_parallel():
    assert not runs_one_at_a_time("my_package.MyBasicLauncher")


def test_joblib_runs_as_many_at_once_as_fit_by_their_threads():
    launcher = of_kind("JoblibLauncher", joblib={"n_jobs": -1})
    assert [(names([batch]), launcher.joblib["n_jobs"]) for batch in batches(JOBS, launcher)] == [
        (["ac"], 4),
        (["d"], 2),
        (["b"], 1),
    ]


def test_a_configured_n_jobs_is_kept():
    launcher = of_kind("JoblibLauncher", joblib={"n_jobs": 3})
    assert [launcher.joblib["n_jobs"] for _ in batches(JOBS, launcher)] == [3, 3, 3]


def test_local_submitit_gets_no_more_runs_than_fit():
    jobs = [SimpleNamespace(name=name, threads=2) for name in "abcde"]
    assert names(batches(jobs, of_kind("LocalLauncher"))) == ["ab", "cd", "e"]


def test_ray_gets_the_cores_that_a_run_uses():
    launcher = of_kind("RayLauncher", num_cpus=None)
    assert [launcher.num_cpus for _ in batches(JOBS, launcher)] == [1, 2, 4]
    assert launcher.num_cpus is None


def test_a_lost_group_does_not_stop_the_other_groups(tmp_path):
    begun = []

    def launch_or_die(overrides, initial_job_idx):
        begun.append((len(overrides), initial_job_idx))
        raise RuntimeError("a worker is gone")

    launcher = of_kind("JoblibLauncher", joblib={"n_jobs": -1}, launch=launch_or_die)
    jobs = [SimpleNamespace(name=job.name, threads=job.threads, overrides=()) for job in JOBS]
    assert [str(error) for error in launchers.launch(jobs, tmp_path, launcher)] == ["a worker is gone"] * 3
    assert begun == [(2, 0), (1, 2), (1, 3)]


class Executor:
    """Records what submitit is asked for; its first job dies, the second has a result, the third raises."""

    calls: ClassVar[list[Any]] = []

    def __init__(self, **given):
        self.calls.append(given)

    def update_parameters(self, **given):
        self.calls.append(given)

    def map_array(self, function, *arguments):
        from submitit.core.utils import UncompletedJobError

        def job(outcome):
            def results():
                self.calls.append("waited")
                if isinstance(outcome, Exception):
                    raise outcome
                return [outcome]

            return SimpleNamespace(results=results)

        self.calls.append([list(each)[:4] for each in zip(*arguments, strict=True)])
        outcomes = (UncompletedJobError("gone"), "done", ValueError("a reason"))
        return [job(outcome) for outcome in outcomes[: len(self.calls[-1])]]


@pytest.fixture
def submitit_launcher(monkeypatch, tmp_path):
    """make("Slurm") is that launcher of the plugin with its default settings."""
    submitit = pytest.importorskip("submitit")
    from hydra_plugins.hydra_submitit_launcher import config, submitit_launcher

    monkeypatch.setattr(submitit, "AutoExecutor", Executor)
    monkeypatch.setattr(Executor, "calls", [])

    def make(kind):
        settings = OmegaConf.to_container(OmegaConf.structured(getattr(config, f"{kind}QueueConf")), resolve=False)
        del settings["_target_"]
        settings |= {"submitit_folder": tmp_path / ".submitit" / "%j", "name": "mnist_exp"}
        launcher = getattr(submitit_launcher, f"{kind}Launcher")(**settings)
        launcher.config = OmegaConf.create({"hydra": {"sweep": {"dir": str(tmp_path)}}})
        return launcher

    return make


@pytest.mark.parametrize("kind", ["Local", "Slurm"])
def test_submitit_is_asked_for_what_its_plugin_asks_for(submitit_launcher, tmp_path, kind):
    from submitit.core.utils import UncompletedJobError

    launcher = submitit_launcher(kind)
    with pytest.raises(UncompletedJobError):
        launcher.launch([["seed=0"], ["seed=1"]], initial_job_idx=4)
    plugin = Executor.calls[:-1]
    Executor.calls.clear()
    adapter(launcher, tmp_path).launch([["seed=0"], ["seed=1"]], 4)
    assert Executor.calls[: len(plugin)] == plugin


def test_submitit_waits_for_the_runs_of_a_group_after_one_has_died(submitit_launcher, tmp_path):
    errors = adapter(submitit_launcher("Slurm"), tmp_path).launch([["seed=0"], ["seed=1"], ["seed=2"]], 0)
    assert Executor.calls.count("waited") == 3
    assert [str(error) for error in errors] == ["a reason"]


# Python runs a module of this name as it starts: the first process that is about to train dies on the spot.
DIES_ONCE = """
import os, sys
from importlib.abc import MetaPathFinder

class Deadly(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "mnist_exp.training.run":
            try:
                os.unlink(os.path.join(os.path.dirname(__file__), "once"))
            except FileNotFoundError:
                return None
            os._exit(1)

sys.meta_path.insert(0, Deadly())
"""
# An activation with a parameter, in a file that the workers must find too.
OVERRIDES = ["data=mnist5k", "model=mlp", "model.activation=./own_activation.py:LearnableSwish", "trainer.max_epochs=1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "package", "seeds"),
    [("joblib", "joblib", (0, 1)), ("submitit_local", "submitit", (0,)), ("ray", "ray", (0,))],
    ids=["joblib", "submitit_local", "ray"],
)
def test_after_a_worker_dies_the_sweep_can_be_repeated_with_the_numbers_of_single_runs(
    name, package, seeds, shell, plain, tmp_path, monkeypatch
):
    pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    write("activation", tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(DIES_ONCE)
    (tmp_path / "site" / "once").touch()
    command = ["-m", *OVERRIDES, f"seed={','.join(map(str, seeds))}", "sweep.name=x", f"hydra/launcher={name}"]
    first = shell(*command, PYTHONPATH=str(tmp_path / "site"))
    assert not (tmp_path / "site" / "once").exists()
    if first.returncode:  # Ray tries a second time by itself
        assert "did not finish" in first.stderr
        assert "To run again only what failed or did not finish: python -m mnist_exp -m " in first.stderr
        assert shell(*command).returncode == 0
    for path in tmp_path.glob("multirun/x/*/result.json"):
        by_sweep = json.loads(path.read_text())
        single = run(plain(*OVERRIDES, f"seed={by_sweep['seed']}"), tmp_path / f"single{by_sweep['seed']}", OVERRIDES)
        assert (by_sweep["test_acc"], by_sweep["test_loss"]) == (single.test_acc, single.test_loss)
    assert all((tmp_path / f"single{seed}").exists() for seed in seeds)
