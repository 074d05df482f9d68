import pytest

from mnist_exp.study import write
from mnist_exp.study.write import write_study
from tests.factories import arms, record, study_config


@pytest.mark.slow
def test_the_text_ends_with_the_best_run_of_one_data_set(tmp_path):
    runs = [*arms(1, relu=0.0), record("mish", val=0.95)]
    best = "Best run by validation: runs/cnn_mish_0_0.003/checkpoints/best.ckpt"
    assert write_study(tmp_path, runs, study_config()).splitlines()[-1] == best
    assert "Best run" not in write_study(tmp_path, [*runs, record(data="mnist5k")], study_config())


@pytest.mark.parametrize("part", ["write_page", "write_reproduction"])
def test_a_part_that_fails_does_not_hide_the_verdicts(tmp_path, monkeypatch, part):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(write, part, fail)
    text = write_study(tmp_path, arms(1, relu=0.0, mish=0.1), study_config())
    assert "is not written: " in text
    assert "disk full" in text
    assert "too few seeds for a verdict (n = 1" in text
    assert text.startswith("Leaderboard on mnist")
