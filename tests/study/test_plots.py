import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from mnist_exp.runs.files import write_probes
from mnist_exp.study.comparisons import compare
from mnist_exp.study.plots import study_plots
from mnist_exp.study.ranking import rank_over_blocks
from tests.factories import arms, record, study_config


def plots(runs, swept=(), comparisons=()):
    ranking = rank_over_blocks(runs, swept)
    return {plot.name: plot.figure for plot in study_plots(runs, swept, comparisons, ranking)}


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
    histories = (
        [{"val_acc": 0.5, "train_loss": 2.0}, {"val_acc": 0.8, "train_loss": 1.0}],
        [{"val_acc": 0.7, "train_loss": 1.0}, {"val_acc": 0.9, "train_loss": 0.5}],
    )
    figures = plots([record(seed=seed, history=history) for seed, history in enumerate(histories)])
    (accuracy,) = figures["val_acc"].axes[0].get_lines()
    (loss,) = figures["train_loss"].axes[0].get_lines()
    assert list(accuracy.get_xydata().ravel()) == pytest.approx([1, 60, 2, 85])
    assert list(loss.get_xydata().ravel()) == pytest.approx([1, 1.5, 2, 0.75])


def test_one_epoch_is_no_curve():
    assert "val_acc" not in plots([record(history=[{"val_acc": 0.5, "train_loss": 2.0}])])


def test_the_heat_map_is_pale_where_another_activation_is_shown_to_be_better():
    runs = arms(6, relu=0.0, mish=0.01)
    compared, alone = (
        plots(runs, [], comparisons)["heat_map"].axes[0].get_images()[0].get_array()[:, 0].tolist()
        for comparisons in (compare(runs, [], study_config()), [])
    )
    assert compared[0] < compared[1]
    assert alone == [compared[1]] * 2


def drawn_texts(figure):
    """Each text that is drawn, with its size in points."""
    FigureCanvasAgg(figure).draw()
    return [(text.get_text(), text.get_fontsize()) for text in figure.findobj(Text) if text.get_text().strip()]


def test_every_figure_is_one_or_two_columns_wide_with_type_of_7_to_9_points(tmp_path):
    history = [{"val_acc": 0.5 + epoch / 10, "train_loss": 1.0} for epoch in range(3)]
    runs = [
        record(name, seed, model=model, test=0.9 + seed / 100, lr=lr, history=history, run_dir=tmp_path / f"{name}{lr}")
        for name in ("relu", "mish", "tanh")
        for model in ("mlp", "cnn")
        for seed in (0, 1)
        for lr in (0.1, 0.2)
    ]
    for run in runs:
        run.run_dir.mkdir(exist_ok=True)
        write_probes(run.run_dir, [{"step": 0, "layer": "dense1", "gradient_norm": 0.1, "dead": 0.1, "saturated": 0.2}])
    found = plots(runs, ["optimizer.lr"], compare(runs, ["optimizer.lr"], study_config()))
    assert len(found) == 11
    for name, figure in found.items():
        millimetres = 25.4 * figure.get_size_inches()[0]
        assert millimetres == pytest.approx(85) or millimetres == pytest.approx(175), name
        assert [text for text, size in drawn_texts(figure) if not 7 <= size <= 9] == [], name


def test_networks_on_several_data_sets_are_named_with_them():
    figure = plots([record(), record("mish"), record(data="mnist5k"), record("mish", data="mnist5k")])["ranked"]
    assert [panel.get_title() for panel in figure.axes] == ["cnn on mnist", "cnn on mnist5k"]
