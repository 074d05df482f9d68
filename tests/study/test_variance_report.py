"""The study of the sources of variance as text, table and figure."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from mnist_exp.runs.files import write_predictions
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.variance import measure
from mnist_exp.study.variance_plots import variance_plots
from mnist_exp.study.variance_report import TRUE, variance_text, write_variance
from tests.study.setups import one_source, seeded

TOGETHER = one_source("all", [0.90, 0.92, 0.94])
WEIGHTS = one_source("weights", [0.90, 0.91, 0.92])


def variance_of(*runs, margin=0.1):
    return measure(split_by_source(runs)[1], margin)


def stored(runs, folder):
    """The runs with predictions: each is wrong on images of its own."""
    labels = np.zeros(100, dtype=int)
    for number in range(len(runs)):
        predicted = labels.copy()
        predicted[10 * number : 10 * (number + 1)] = 1
        (folder / str(number)).mkdir()
        write_predictions(folder / str(number), labels, np.eye(10)[predicted])
    return [replace(run, run_dir=folder / str(number)) for number, run in enumerate(runs)]


def test_the_text_has_each_source_with_its_interval_and_share():
    title, weights, together = variance_text(variance_of(*WEIGHTS, *TOGETHER)).splitlines()
    assert title == "Sources of variance, cnn relu on mnist (sd of the test accuracy in points, with 95 % interval):"
    # chi-square with 2 degrees of freedom: 0.0506 and 7.378; F with 2 and 2: 39.00
    assert weights == (
        "  initial weights alone: 1.000 (0.521 to 6.285), 25 % (1 % to 975 %) of the variance of all together, n = 3"
    )
    assert together == "  all together: 2.000 (1.041 to 12.569), n = 3"


@pytest.mark.parametrize(
    ("spread", "meaning"),
    [
        (0.01, "within chance of the whole"),
        (0.02, "more than the whole, so they are not parts of it"),
        (0.001, "less than the whole: a part of the spread appears only when several sources vary together"),
    ],
)
def test_the_text_says_whether_the_shares_add_up(spread, meaning):
    pattern = np.resize([-1, 1], 20)
    sources = [run for source in ("split", "order") for run in one_source(source, 0.9 + spread * pattern)]
    text = variance_text(variance_of(*sources, *one_source("all", 0.9 + 2**0.5 * 0.01 * pattern)))
    share = round(200 * (spread / 0.01) ** 2 / 2)
    assert f"the shares add up to {share} % (" in text
    assert meaning in text


def test_the_text_has_the_runs_that_a_comparison_needs():
    tests = 0.9 + 0.001 * np.resize([-1, 1], 20)
    both = [*one_source("all", tests), *one_source("all", tests + 0.01, "mish")]
    last = variance_text(variance_of(*WEIGHTS, *both, margin=0.2)).splitlines()[-1]
    assert last.startswith(
        "To show a difference of 0.2 points between relu and mish on cnn on mnist (power 80 %, alpha 0.05): "
    )
    assert last.endswith("2 runs paired by seed (from 20 seeds; the correlation over the seeds is 1.00).")


def test_the_text_names_what_failed_and_what_is_not_used():
    runs = [*WEIGHTS, seeded(weights=9, test=None, status="failed"), seeded(weights=1, order=2), *TOGETHER[:1]]
    text = variance_text(variance_of(*runs))
    assert ", n = 3 of 4\n" in text
    assert "  all together: too few runs for an sd, n = 1\n" in text
    assert text.endswith("Not used: 1 run in which the seeds of several sources differ from the others.")


def test_the_text_has_the_spread_beyond_the_test_images_where_predictions_are(tmp_path):
    runs = stored(TOGETHER, tmp_path)
    text = variance_text(variance_of(*WEIGHTS, *runs))
    assert "  runs differ by 0.000 on these test images and by 0.000 (0.000 to 0.000) in their accuracy" in text
    assert "runs differ" not in variance_text(variance_of(*WEIGHTS, *TOGETHER))


def test_the_table_has_a_row_for_each_arm_and_source(tmp_path):
    runs = stored(TOGETHER, tmp_path)
    write_variance(tmp_path, variance_of(*WEIGHTS, *runs, *one_source("split", [0.8, 0.9], "mish")))
    rows = list(csv.DictReader((tmp_path / "variance.csv").read_text().splitlines()))
    assert [(row["activation"], row["source"], row["n"]) for row in rows] == [
        *(("relu", "weights", "3"), ("relu", "all", "3"), ("relu", TRUE, "3")),
        *(("mish", "split", "2"), ("mish", "all", "0")),
    ]
    assert (rows[0]["network"], rows[0]["data"], float(rows[0]["sd"])) == ("cnn", "mnist", pytest.approx(1))
    assert float(rows[0]["share"]) == pytest.approx(0.25)
    assert (rows[3]["share"], rows[4]["sd"]) == ("", "")


def test_the_plot_has_a_mark_for_each_source_of_each_activation(tmp_path):
    runs = stored(TOGETHER, tmp_path)
    (plot,) = variance_plots(variance_of(*WEIGHTS, *runs, *one_source("split", [0.8, 0.9], "mish")))
    assert plot.name == "variance"
    (panel,) = plot.figure.axes
    assert panel.get_title() == "cnn"
    marks = {line.get_label(): list(line.get_ydata()) for line in panel.get_lines()}
    assert marks == {"relu": pytest.approx([1, 2, 0]), "mish": pytest.approx([100 * 0.1 / 2**0.5])}


def test_each_data_set_has_a_panel_and_without_an_sd_there_is_no_plot():
    elsewhere = [replace(run, data="mnist5k") for run in WEIGHTS]
    (plot,) = variance_plots(variance_of(*WEIGHTS, *elsewhere))
    assert [panel.get_title() for panel in plot.figure.axes] == ["cnn on mnist", "cnn on mnist5k"]
    one_value = [WEIGHTS[0], replace(WEIGHTS[1], status="diverged", test_acc=None)]
    assert variance_plots(variance_of(*one_value)) == []
