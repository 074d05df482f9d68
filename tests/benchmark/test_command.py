import csv
import os
import runpy
import subprocess
import sys

import pytest

from mnist_exp.benchmark import __main__ as command_module
from mnist_exp.benchmark.__main__ import main


def test_a_network_that_is_not_benchmarked_is_refused():
    with pytest.raises(SystemExit, match=r"^Error: Network 'cnn_quick' is unknown\. .*Valid here: softmax, mlp,"):
        main(["cnn_quick", "mlp"])


def test_python_m_mnist_exp_benchmark_runs_the_same_command(monkeypatch):
    monkeypatch.setattr("sys.argv", ["benchmark", "cnn_quick", "mlp"])
    with pytest.raises(SystemExit, match=r"^Error: Network 'cnn_quick' is unknown"):
        runpy.run_path(command_module.__file__, run_name="__main__")


@pytest.mark.slow
def test_an_invalid_number_ends_in_one_line(capsys):
    with pytest.raises(SystemExit):
        main(["softmax", "--batch", "-1", "--data", "mnist5k"])
    printed = capsys.readouterr()
    assert printed.err.startswith("Error: --batch: -1: must be a whole number from 1")
    assert (printed.out, printed.err.count("\n")) == ("", 1)


@pytest.mark.slow
def test_the_command_prints_the_table_and_writes_files(tmp_path):
    command = [sys.executable, "-m", "mnist_exp", "bench", "softmax", "--turns", "1", "--data", "mnist5k"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=os.environ.copy())
    assert done.returncode == 0, done.stderr
    for expected in ("softmax, batch 32", "ours", "plain PyTorch loop", "plain Lightning", "--keras PYTHON"):
        assert expected in done.stdout
    with (tmp_path / "multirun/benchmark/benchmark.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["contender"] for row in rows] == ["ours", "plain PyTorch loop", "plain Lightning"]
    assert [bool(row["share_of_gemm"]) for row in rows] == [True, True, False]  # Lightning chooses its own threads
    assert float(rows[0]["times_ours"]) == 1 < float(rows[2]["times_ours"])
    assert (tmp_path / "multirun/benchmark/benchmark.png").stat().st_size > 5000
