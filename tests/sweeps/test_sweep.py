"""What a sweep runs again, what it prints at the end, and the command that continues it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_record
from mnist_exp.runs.identity import code_digest
from mnist_exp.runs.record import Record
from mnist_exp.sweeps import sweep as module
from mnist_exp.sweeps.plan import Job, Plan
from mnist_exp.sweeps.sweep import finish, plan_rounds, resume_command, run_missing, run_rounds
from tests.factories import config, record
from tests.sweeps.test_rounds import MLP, end, plan_of


def end_runs(sweep_dir: Path, **records: Record | None) -> Plan:
    """A sweep directory in which these runs have ended; None has not."""
    for name, one in records.items():
        (sweep_dir / name).mkdir()
        if one:
            write_record(sweep_dir / name, one)
    return Plan([SimpleNamespace(name=name, config=config()) for name in records], None, False, False)


def test_a_sweep_ends_in_its_leaderboard(tmp_path, capsys):
    planned = end_runs(tmp_path, a=record("relu"), b=record("mish", val=0.95))
    finish(tmp_path, planned, 12.3, "retry")
    printed = capsys.readouterr().out
    assert printed.index("cnn mish") < printed.index("cnn relu")
    assert printed.endswith(f"2 of 2 runs finished in 12 s → {tmp_path}\n")


@pytest.mark.usefixtures("launched")
def test_a_sweep_of_one_run_is_reported_in_the_singular(tmp_path, capsys):
    finish(tmp_path, end_runs(tmp_path, a=record("relu")), 12.3, "retry")
    assert capsys.readouterr().out.endswith(f"1 of 1 run finished in 12 s → {tmp_path}\n")
    run_missing(tmp_path, Plan([Job((), config("model=mlp"))], None, False, False), launcher=None)
    assert capsys.readouterr().out.startswith(f"1 run → {tmp_path}\n")


def test_runs_that_failed_or_did_not_finish_are_named_and_the_exit_code_is_1(tmp_path, capsys):
    failed = record("mish", status="failed", val=None, test=None, error="no memory")
    planned = end_runs(tmp_path, good=record(), bad=failed, gone=None)
    with pytest.raises(SystemExit) as exited:
        finish(tmp_path, planned, 1, "python again")
    printed = capsys.readouterr()
    assert exited.value.code == 1
    assert "1 of 3 runs finished" in printed.out
    assert printed.err.splitlines() == [
        "! bad: no memory",
        "! gone: did not finish",
        "To run again only what failed or did not finish: python again",
    ]


def test_a_diverged_run_is_not_offered_again(tmp_path, capsys):
    diverged = record("mish", status="diverged", val=None, test=None, error="a reason")
    planned = end_runs(tmp_path, a=record("relu"), b=diverged)
    with pytest.raises(SystemExit):
        finish(tmp_path, planned, 1, "python again")
    assert capsys.readouterr().err == "! b: a reason\n"


def test_hydra_finds_our_sweeper():
    from hydra.core.plugins import Plugins
    from hydra.plugins.sweeper import Sweeper

    assert "StudySweeper" in {found.__name__ for found in Plugins.instance().discover(Sweeper)}


@pytest.fixture
def launched(monkeypatch):
    """The names of the runs that would be launched."""
    names = []
    monkeypatch.setattr(module, "launch", lambda jobs, *_: names.extend(job.name for job in jobs) or [])
    return names


@pytest.mark.parametrize("strict", [False, True])
def test_runs_of_other_code_are_reused_with_a_warning_or_run_again(tmp_path, capsys, launched, strict):
    jobs = [Job((f"seed={seed}",), config("model=mlp", seed=seed)) for seed in range(3)]
    for job, code in zip(jobs[:2], (code_digest(), None), strict=True):
        (tmp_path / job.name).mkdir()
        write_record(tmp_path / job.name, record(model="mlp", seed=job.config.seed, code=code))
    run_missing(tmp_path, Plan(jobs, None, False, strict), launcher=None)
    printed = capsys.readouterr()
    assert launched == [job.name for job in (jobs[1:] if strict else jobs[2:])]
    assert printed.out.startswith(f"3 runs ({1 if strict else 2} reused) → {tmp_path}\n")
    assert (jobs[1].name in printed.err) is not strict
    assert (tmp_path / jobs[1].name / "result.json").exists() is not strict


def until_decided(folder: Path, launched: list[list[tuple[str, int]]], lose: Collection[tuple[str, int]] = ()) -> None:
    """Run a sweep until all is decided, with a launcher whose runs end at once; `lose` fail."""
    planned = plan_of(*MLP)

    def launch(jobs: Sequence[Job], sweep_dir: Path, _launcher: object) -> list[Exception]:
        launched.append([(job.record.activation, job.config.seed) for job in jobs])
        for job, ended in zip(jobs, end(jobs).values(), strict=True):
            is_lost = launched[-1][jobs.index(job)] in lose
            lost = replace(ended, status="failed", test_acc=None, error="no memory")
            (sweep_dir / job.name).mkdir(exist_ok=True)
            write_record(sweep_dir / job.name, lost if is_lost else ended)
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "launch", launch)
        patch.setattr(module, "runs_at_once", lambda *_: 2)
        run_rounds(folder, plan_rounds(folder, planned, launcher=None), launcher=None)


def test_rounds_go_on_until_all_is_decided_or_the_seeds_are_used_up(tmp_path, capsys):
    launched = []
    until_decided(tmp_path, launched)
    assert [sorted(set(seeds)) for seeds in ([seed for _, seed in one] for one in launched)] == [
        [0, 1, 2, 3, 4, 5],
        [6, 7],
        [8, 9],
    ]
    assert [sorted({name for name, _ in one}) for one in launched[1:]] == [["mish", "relu"]] * 2
    assert len(json.loads((tmp_path / "plan.json").read_text())) == 18 + 8
    assert json.loads((tmp_path / "looks.json").read_text())["step"] == 2
    printed = capsys.readouterr().out
    assert printed.startswith(f"18 runs → {tmp_path}\nRound 1, seeds 0 to 5: 18 runs. ")
    assert "\nRound 3, seeds 8 and 9: 4 runs. Open: relu and mish on mlp (difference " in printed
    assert "\n2 of 3 pairs decided (2 better, 0 equivalent) after 3 rounds and 26 runs, of at most 30.\n" in printed


def test_the_same_command_again_runs_nothing(tmp_path, capsys):
    until_decided(tmp_path, [])
    capsys.readouterr()
    again = []
    until_decided(tmp_path, again)
    assert again == []
    assert capsys.readouterr().out.startswith(f"26 runs (26 reused) → {tmp_path}\n2 of 3 pairs decided")


def test_a_failed_run_is_not_waited_for_but_tried_again_by_the_next_command(tmp_path):
    launched, again = [], []
    until_decided(tmp_path, launched, lose=[("mish", 1)])
    assert len(launched) == 3
    assert sum(("mish", 1) in one for one in launched) == 1
    until_decided(tmp_path, again)
    assert again == [[("mish", 1)]]


def test_another_number_of_seeds_is_refused_before_anything_runs(tmp_path):
    until_decided(tmp_path, [])
    with pytest.raises(UserError, match=r"sweep\.max_seeds was 10 when"):
        plan_rounds(tmp_path, plan_of(*MLP, seeds=12), launcher=None)


def test_looks_of_another_machine_are_kept(tmp_path):
    until_decided(tmp_path, [])
    for path in tmp_path.glob("*/result.json"):
        path.unlink()
    stored = json.loads((tmp_path / "looks.json").read_text())
    (tmp_path / "looks.json").write_text(json.dumps(stored | {"step": 3}))
    launched = []
    until_decided(tmp_path, launched)
    assert sorted({seed for _, seed in launched[1]}) == [6, 7, 8]


@pytest.mark.parametrize(
    ("folder", "overrides", "command"),
    [
        ("multirun/2026-01-01", ["seed=0,1"], "python -m mnist_exp -m seed=0,1 sweep.name=2026-01-01"),
        ("multirun/x", ["sweep.name=x", "a=[1,2]"], "python -m mnist_exp -m 'a=[1,2]' sweep.name=x"),
        ("/tmp/y", ["seed=0,1"], "python -m mnist_exp -m seed=0,1 hydra.sweep.dir=/tmp/y"),
        ("multirun/my.study", ["a=1,2"], "python -m mnist_exp -m a=1,2 hydra.sweep.dir=multirun/my.study"),
        ("runs/lr=1,2", ["a=1,2"], "python -m mnist_exp -m a=1,2 'hydra.sweep.dir='\"'\"'runs/lr=1,2'\"'\"''"),
    ],
)
def test_the_command_that_continues_a_sweep_names_its_directory(folder, overrides, command):
    settings = {"hydra": {"sweep": {"dir": folder}, "overrides": {"hydra": ["hydra.mode=MULTIRUN"]}}}
    assert resume_command(overrides, OmegaConf.create(settings)) == command


def test_seeds_that_are_typed_do_not_go_into_the_folder_of_rounds(command, tmp_path):
    (tmp_path / "multirun/study").mkdir(parents=True)
    (tmp_path / "multirun/study/looks.json").write_text("{}")
    refused = command("-m", "data=mnist5k", "model=softmax", "seed=0,1", "sweep.name=study")
    assert refused.returncode == 1
    assert "multirun/study is a sweep with sweep.until=decided: type that too" in refused.stderr


def test_a_launcher_that_starts_nothing_ends_the_rounds(tmp_path):
    failure = OSError("no workers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "launch", lambda *_: [failure])
        patch.setattr(module, "runs_at_once", lambda *_: 2)
        assert run_rounds(tmp_path, plan_rounds(tmp_path, plan_of(*MLP, seeds=10), launcher=None), launcher=None) == [
            failure
        ]
