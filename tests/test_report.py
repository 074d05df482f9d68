import os
import subprocess
import sys
from dataclasses import replace

import pytest

from mnist_exp.errors import UserError
from mnist_exp.report import main, newest_sweep, report
from mnist_exp.runs.files import write_record
from mnist_exp.runs.sweep_dir import write_plan
from tests.factories import measured, record, study_config


def write_run(folder, run):
    (folder / run.key).mkdir(parents=True)
    write_record(folder / run.key, run)


def test_a_report_over_two_sweeps_counts_a_shared_run_once(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, seeds in ((first, (0, 1)), (second, (1, 2))):
        for seed in seeds:
            write_run(folder, record("relu", seed))
            write_run(folder, record("mish", seed, val=0.95))
    printed = report([first, second])
    assert printed.splitlines()[2].startswith("1  cnn mish  3")
    assert "relu and mish are equal" in printed
    assert {path.name for path in first.glob("*.csv")} == {"results.csv", "summary.csv", "comparisons.csv"}
    assert list(second.glob("*.csv")) == []


def test_runs_are_compared_as_the_sweep_says_or_as_is_typed(tmp_path, capsys):
    noise = [0.0003, -0.0003, 0.0002, -0.0002, 0.0001, -0.0001, 0.0]
    runs = measured(relu=[0.99 + d for d in noise], mish=[0.9902 - d for d in noise], tanh=[0.95] * 7)
    for run in runs:
        write_run(tmp_path, run)
    planned = [replace(run, config=replace(run.config, study=study_config(margin=0.3))) for run in runs]
    write_plan(tmp_path, planned)
    assert "equivalent, within ±0.3 points: relu and mish" in report([tmp_path])
    assert "open: relu and mish" in report([tmp_path], margin=0.02)
    main([str(tmp_path), "--margin", "0.25", "--control", "tanh"])
    printed = capsys.readouterr().out
    assert "2 pairs with tanh" in printed
    assert "relu and mish" not in printed
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--margin", "0"])
    assert "--margin: 0: must be a number above 0" in capsys.readouterr().err


def test_folders_without_runs_are_refused(tmp_path):
    with pytest.raises(UserError, match="No finished run in"):
        report([tmp_path])
    with pytest.raises(UserError, match="is not a folder"):
        report([tmp_path / "none"])


def test_the_newest_sweep_is_the_one_whose_plan_was_written_last(tmp_path):
    for age, name in enumerate(("new", "old")):
        (tmp_path / name).mkdir()
        write_plan(tmp_path / name, [record()])
        os.utime(tmp_path / name / "plan.json", (1000 - age, 1000 - age))
    assert newest_sweep(tmp_path) == tmp_path / "new"
    with pytest.raises(UserError, match="No sweep in"):
        newest_sweep(tmp_path / "new")


@pytest.mark.slow
def test_main_writes_tables_of_the_folders_in_its_arguments(tmp_path, capsys):
    write_run(tmp_path, record())
    main([str(tmp_path)])
    assert capsys.readouterr().out.endswith(f"Tables → {tmp_path}\n")


@pytest.mark.slow
def test_the_command_prints_a_leaderboard_or_one_line_of_error(tmp_path):
    write_run(tmp_path, record())
    command = [sys.executable, "-m", "mnist_exp.report", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.stdout.startswith("Leaderboard on mnist")
    ran = subprocess.run([*command, "none"], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (
        1,
        "Error: none is not a folder: name one that holds the runs of a sweep.\n",
    )
