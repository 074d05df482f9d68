import pytest

from mnist_exp.study.comparisons import compare
from mnist_exp.study.plots import study_plots
from tests.factories import arms, record, study_config


def plots(runs, swept=(), comparisons=()):
    return {plot.name: plot.figure for plot in study_plots(runs, swept, comparisons)}


def test_a_single_seed_has_points_without_intervals():
    assert set(plots(arms(1, relu=0.0, mish=0.1))) == {"heat_map", "ranked", "time"}


def test_runs_that_all_failed_have_no_plots():
    assert plots([record(status="failed", val=None, test=None)]) == {}


def test_the_pairs_are_those_of_the_comparisons():
    runs = arms(6, relu=0.0, mish=0.01)
    (panel,) = plots(runs, [], compare(runs, [], study_config()))["pairs"].axes
    assert [text.get_text() for text in panel.texts] == ["-1.00", "+1.00"]
    assert not panel.get_images()[0].get_array().mask[0, 1]


def test_learning_curves_are_means_over_the_seeds_in_percent():
    histories = ([{"val_acc": 0.5, "train_loss": 2.0}], [{"val_acc": 0.7, "train_loss": 1.0}])
    figures = plots([record(seed=seed, history=history) for seed, history in enumerate(histories)])
    (accuracy,) = figures["val_acc"].axes[0].get_lines()
    (loss,) = figures["train_loss"].axes[0].get_lines()
    assert list(accuracy.get_xydata().ravel()) == pytest.approx([1, 60])
    assert list(loss.get_xydata().ravel()) == pytest.approx([1, 1.5])


def test_networks_on_several_data_sets_are_named_with_them():
    figure = plots([record(), record("mish"), record(data="mnist5k"), record("mish", data="mnist5k")])["ranked"]
    assert [panel.get_title() for panel in figure.axes] == ["cnn on mnist", "cnn on mnist5k"]
