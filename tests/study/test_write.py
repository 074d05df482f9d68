import csv

import pytest

from mnist_exp.study import write
from mnist_exp.study.write import write_study
from tests.factories import arms, record, study_config
from tests.study.setups import one_source


@pytest.mark.slow
def test_the_text_ends_with_the_best_run_of_one_data_set(tmp_path):
    runs = [*arms(1, relu=0.0), record("mish", val=0.95)]
    best = "Best run by validation: runs/cnn_mish_0_0.003/checkpoints/best.ckpt"
    assert write_study(tmp_path, runs, study_config()).splitlines()[-1] == best
    assert "Best run" not in write_study(tmp_path, [*runs, record(data="mnist5k")], study_config())


def read_csv(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_runs_of_single_sources_are_in_the_study_of_variance_alone(tmp_path):
    ordinary = [run for name in ("relu", "mish") for run in one_source("all", [0.9, 0.91, 0.92], name)]
    single = [run for source in ("weights", "split") for run in one_source(source, [0.8, 0.9])]
    text = write_study(tmp_path, [*single, *ordinary], study_config(margin=0.3))
    assert [line.split()[1:4] for line in text.splitlines()[2:4]] == [["cnn", "relu", "3"], ["cnn", "mish", "3"]]
    assert "Sources of variance, cnn relu on mnist" in text
    assert "To show a difference of 0.3 points between relu and mish" in text
    assert [row["n"] for row in read_csv(tmp_path / "summary.csv")] == ["3", "3"]
    assert [row["n"] for row in read_csv(tmp_path / "comparisons.csv")] == ["3"]
    results = read_csv(tmp_path / "results.csv")
    assert [(row["seeds.weights"], row["data.split_seed"]) for row in results[:4]] == [
        *(("1", "0"), ("2", "0"), ("None", "1"), ("None", "2")),
    ]
    assert len(results) == 10
    assert len(read_csv(tmp_path / "variance.csv")) == 3
    assert (tmp_path / "figures" / "variance.png").is_file()
    assert "Sources of variance" in (tmp_path / "report.html").read_text()


def test_runs_of_single_sources_alone_have_no_leaderboard(tmp_path):
    text = write_study(tmp_path, one_source("order", [0.8, 0.9]), study_config())
    assert text.startswith("Sources of variance, cnn relu on mnist")
    assert "is not written" not in text
    assert (tmp_path / "figures" / "variance.png").is_file()


def test_an_ordinary_study_has_no_study_of_variance(tmp_path):
    assert "variance" not in write_study(tmp_path, arms(2, relu=0.0, mish=0.1), study_config())
    assert not (tmp_path / "variance.csv").exists()


@pytest.mark.parametrize("part", ["write_page", "write_reproduction"])
def test_a_part_that_fails_does_not_hide_the_verdicts(tmp_path, monkeypatch, part):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(write, part, fail)
    text = write_study(tmp_path, arms(1, relu=0.0, mish=0.1), study_config())
    assert "is not written: " in text
    assert "disk full" in text
    assert "too few seeds, n = 1" in text
    assert text.startswith("Leaderboard on mnist")
