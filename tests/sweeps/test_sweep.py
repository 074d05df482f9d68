"""What is reused, what is told at the end, and what keeps two sweeps apart."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from mnist_exp.runs import files
from mnist_exp.sweeps.sweep import again, conclude
from tests.study.test_tables import run as result


def job(name: str, key: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, record=SimpleNamespace(key=key))


def ended(sweep_dir: Path, **results: dict | None) -> list[SimpleNamespace]:
    """A sweep directory whose runs ended so."""
    for name, found in results.items():
        (sweep_dir / name).mkdir()
        if found:
            (sweep_dir / name / files.RESULT).write_text(json.dumps(found | {"error": found.get("error")}))
    return [job(name, "key") for name in results]


def test_the_end_of_a_sweep_is_its_leaderboard(tmp_path, capsys):
    jobs = ended(tmp_path, a=result("relu"), b=result("mish", val=0.95))
    conclude(tmp_path, jobs, 12.3, "again")
    printed = capsys.readouterr().out
    assert printed.index("cnn mish") < printed.index("cnn relu")
    assert printed.endswith(f"2 of 2 runs finished in 12 s → {tmp_path}\n")


def test_runs_that_failed_or_never_ended_are_named_and_the_exit_is_not_zero(tmp_path, capsys):
    failed = result("mish", status="failed", val=None, test=None) | {"error": "no memory"}
    jobs = ended(tmp_path, good=result(), bad=failed, gone=None)
    with pytest.raises(SystemExit) as exited:
        conclude(tmp_path, jobs, 1, "python again")
    printed = capsys.readouterr()
    assert exited.value.code == 1
    assert "1 of 3 runs finished" in printed.out
    assert printed.err.splitlines() == [
        "! bad: no memory",
        "! gone: did not end",
        "To run again just what failed or did not end: python again",
    ]


def test_the_sweeper_hydra_finds_is_ours():
    from hydra.core.plugins import Plugins
    from hydra.plugins.sweeper import Sweeper

    assert "StudySweeper" in {found.__name__ for found in Plugins.instance().discover(Sweeper)}


@pytest.mark.parametrize(
    ("found", "done"),
    [
        ({"key": "k", "status": "ok"}, True),
        ({"key": "k", "status": "diverged"}, True),
        ({"key": "k", "status": "failed"}, False),
        ({"key": "other", "status": "ok"}, False),
        (None, False),
    ],
)
def test_what_is_not_run_again(tmp_path, found, done):
    ended(tmp_path, run=found)
    assert files.is_settled(tmp_path / "run", "k") is done


def test_a_diverged_run_is_not_offered_again(tmp_path, capsys):
    jobs = ended(tmp_path, a=result("relu"), b=result("mish", status="diverged", val=None, test=None) | {"error": "oh"})
    with pytest.raises(SystemExit):
        conclude(tmp_path, jobs, 1, "python again")
    assert capsys.readouterr().err == "! b: oh\n"


@pytest.mark.parametrize(
    ("folder", "typed", "command"),
    [
        ("multirun/2026-01-01", ["seed=0,1"], "python -m mnist_exp -m seed=0,1 sweep.name=2026-01-01"),
        ("multirun/x", ["sweep.name=x", "a=[1,2]"], "python -m mnist_exp -m 'a=[1,2]' sweep.name=x"),
        ("/tmp/y", ["seed=0,1"], "python -m mnist_exp -m seed=0,1 hydra.sweep.dir=/tmp/y"),
        ("multirun/my.study", ["a=1,2"], "python -m mnist_exp -m a=1,2 hydra.sweep.dir=multirun/my.study"),
        ("runs/lr=1,2", ["a=1,2"], "python -m mnist_exp -m a=1,2 'hydra.sweep.dir='\"'\"'runs/lr=1,2'\"'\"''"),
    ],
)
def test_the_command_that_goes_on_names_the_sweep(folder, typed, command):
    config = {"hydra": {"sweep": {"dir": folder}, "overrides": {"hydra": ["hydra.mode=MULTIRUN"]}}}
    assert again(typed, OmegaConf.create(config)) == command
