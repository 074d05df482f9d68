import csv
from dataclasses import replace

import pytest

from mnist_exp.study.reproduction import reproductions
from mnist_exp.study.reproduction_files import reproduction_plots, write_reproduction
from tests.study.setups import default, epochs, published, repeated_setup


def test_a_study_with_published_setups_has_a_csv_a_table_and_a_page(tmp_path):
    text = write_reproduction(tmp_path, repeated_setup(), [])
    assert "old_cnn: test 93.35 %, loss 0.0665 claimed, test 93.50 %" in text
    rows = list(csv.DictReader((tmp_path / "reproduction.csv").read_text().splitlines()))
    assert [(row["figure"], row["claimed"]) for row in rows] == [("test_acc", "0.9335"), ("test_loss", "0.0665")]
    assert "| old_cnn | test 93.35 %, loss 0.0665 |" in (tmp_path / "reproduction.md").read_text()
    page = (tmp_path / "reproduction.html").read_text()
    assert page.count('<svg role="img"') == 2
    assert "<td>old_cnn</td>" in page
    assert page.count("python -m mnist_exp") == 1
    assert {path.stem for path in (tmp_path / "figures").glob("*.png")} == {"claims", "trajectory_old_cnn"}


@pytest.mark.slow
def test_runs_that_two_setups_use_are_counted_once(tmp_path):
    another = published(0, epochs(0.9), "another_cnn", test_acc=0.9)
    write_reproduction(tmp_path, [*repeated_setup(), another], [])
    assert "5 of 5 runs" in (tmp_path / "reproduction.md").read_text()


def test_a_setup_without_accuracies_by_epoch_has_a_row_but_no_curve(tmp_path):
    history = [{"epoch": 1, "train_acc": 0.9, "seconds": 10.0}]
    runs = [replace(run, history=history, test_loss=0.07) for run in repeated_setup()]
    assert "old_cnn: test 93.35 %" in write_reproduction(tmp_path, runs, [])
    assert not (tmp_path / "figures" / "trajectory_old_cnn.png").exists()


def test_a_study_without_published_setups_writes_nothing(tmp_path):
    assert write_reproduction(tmp_path, [default(0, epochs(0.5))], []) == ""
    assert list(tmp_path.iterdir()) == []


def test_the_curve_has_a_line_for_each_seed_and_the_published_points():
    figures = {plot.name: plot.figure for plot in reproduction_plots(reproductions(repeated_setup(), []))}
    lines = figures["trajectory_old_cnn"].axes[0].get_lines()
    by_name = {line.get_label(): list(line.get_ydata()) for line in lines}
    assert len(lines) == 2 * (2 + 1)
    assert by_name["test"] == pytest.approx([50, 80, 93])
    assert by_name["test, published"] == pytest.approx([50, 94])
    assert by_name["training, published"] == pytest.approx([90, 99])
