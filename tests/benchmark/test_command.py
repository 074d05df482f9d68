import csv
import os
import subprocess
import sys

import pytest

from mnist_exp.benchmark.__main__ import Row, _row, as_lines, main, settings
from mnist_exp.benchmark.interleave import Contender


def row(**told):
    usual = {"network": "mlp", "batch": 32, "contender": "ours", "seconds": 2.0, "quickest": 1.9, "slowest": 2.5}
    usual |= {"turns": 5, "times_ours": 1.0, "share_of_gemm": 0.25, "threads": 1, "about": "torch 2"}
    return Row(**usual | told)


def test_lines_align_and_name_the_share_of_the_roofline():
    lines = list(as_lines([row(), row(contender="plain Lightning", times_ours=3.25, share_of_gemm=None)]))
    assert lines == [
        "mlp, batch 32, 1 thread",
        "  ours               2.00 s (1.90 to 2.50)      1.00   25% of matrix products' rate",
        "  plain Lightning    2.00 s (1.90 to 2.50)      3.25",
    ]


def test_a_ratio_is_the_median_of_the_turns_ratios():
    ours, other = Contender("ours", [], seconds=[1, 2, 10]), Contender("raw loop", [], {"torch": "2"}, [2, 6, 10])
    found = _row(settings("mlp", "mnist5k", None, None), other, ours, 1, 1.5)
    assert (found.times_ours, found.seconds, found.quickest, found.slowest) == (2, 6, 2, 10)
    assert (found.share_of_gemm, found.about) == (0.25, "torch 2")


@pytest.mark.parametrize(("network", "batch"), [("mlp", 32), ("cnn_deep", 128)])
def test_everyone_trains_on_all_images_with_the_usual_batches(network, batch):
    plain = settings(network, "mnist", None, None)
    assert (plain["data"]["batch_size"], plain["data"]["val_size"]) == (batch, 0)
    assert (plain["trainer"]["max_epochs"], plain["trainer"]["precision"]) == (1, "32-true")


def test_a_network_that_not_all_contenders_have_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmark", "cnn_quick", "mlp"])
    with pytest.raises(SystemExit):
        main()
    assert "cnn_quick: not among softmax, mlp," in capsys.readouterr().err


def test_the_command_prints_writes_and_draws(tmp_path):
    command = [sys.executable, "-m", "mnist_exp.benchmark", "softmax", "--turns", "1", "--data", "mnist5k"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=os.environ.copy())
    assert done.returncode == 0, done.stderr
    for expected in ("softmax, batch 32", "ours", "raw loop", "plain Lightning", "--keras PYTHON"):
        assert expected in done.stdout
    with (tmp_path / "multirun/benchmark/benchmark.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [r["contender"] for r in rows] == ["ours", "raw loop", "plain Lightning"]
    assert [bool(r["share_of_gemm"]) for r in rows] == [True, True, False]  # the others do not count their threads
    assert float(rows[0]["times_ours"]) == 1 < float(rows[2]["times_ours"])
    assert (tmp_path / "multirun/benchmark/benchmark.png").stat().st_size > 5000
