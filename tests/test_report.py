import json
import subprocess
import sys

import pytest

from mnist_exp.errors import UserError
from mnist_exp.report import report
from tests.study.test_tables import run


def finish(folder, found):
    run_dir = folder / found["key"]
    run_dir.mkdir(parents=True)
    (run_dir / "result.json").write_text(json.dumps(found))


def test_a_report_over_two_sweeps_counts_a_shared_run_once(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, seeds in ((first, (0, 1)), (second, (1, 2))):
        for seed in seeds:
            finish(folder, run("relu", seed))
            finish(folder, run("mish", seed, val=0.95))
    printed = report([first, second])
    assert printed.splitlines()[2].startswith("1  cnn mish  3")
    assert "too few seeds to tell between mish and relu" in printed
    assert {path.name for path in first.glob("*.csv")} == {"results.csv", "summary.csv", "comparisons.csv"}
    assert list(second.glob("*.csv")) == []


def test_folders_without_runs_are_refused(tmp_path):
    with pytest.raises(UserError, match="No finished run in"):
        report([tmp_path])
    with pytest.raises(UserError, match="is no folder"):
        report([tmp_path / "none"])


def test_the_command(tmp_path):
    finish(tmp_path, run())
    typed = [sys.executable, "-m", "mnist_exp.report", str(tmp_path)]
    ran = subprocess.run(typed, capture_output=True, text=True, timeout=60)
    assert ran.stdout.startswith("Leaderboard on mnist")
    ran = subprocess.run([*typed, "none"], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (1, "Error: none is no folder: name one that holds the runs of a sweep.\n")
