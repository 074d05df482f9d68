from dataclasses import replace

import pytest

from mnist_exp.runs.files import write_probes
from mnist_exp.study.plots import study_plots
from mnist_exp.study.swept_plots import dead_units_at_the_end, first_gradient_norm
from tests.factories import record


def plots(runs, swept):
    return {plot.name: plot.figure for plot in study_plots(runs, swept, [])}


def test_all_values_of_a_swept_rate_are_drawn_though_other_plots_show_the_best():
    runs = [record(name, lr=lr, test=0.5 + lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    figures = plots(runs, ["optimizer.lr"])
    accuracy = figures["rates"].axes[0]
    assert [list(drawn.get_ydata()) for drawn in accuracy.get_lines()] == [pytest.approx([60, 70])] * 2
    assert [drawn.get_label() for drawn in accuracy.get_lines()] == ["relu", "mish"]
    assert len(figures["ranked"].axes[0].get_yticklabels()) == 2


def with_depth(run, depth):
    return replace(run, config=replace(run.config, model=replace(run.config.model, hidden=[100] * depth)))


def test_each_depth_is_a_network_and_a_figure_compares_them():
    runs = [with_depth(record(name, test=depth / 100), depth) for name in ("relu", "sigmoid") for depth in (2, 12)]
    figures = plots(runs, ["model.hidden"])
    assert [panel.get_title() for panel in figures["ranked"].axes] == ["cnn 2×100", "cnn 12×100"]
    assert list(figures["depth"].axes[0].get_lines()[0].get_xydata().ravel()) == [2, 2, 12, 12]


def test_dead_units_are_those_of_the_last_step_and_the_gradient_that_of_the_first(tmp_path):
    layers = {"conv1": (0.0, 0.1), "dense1": (0.5, 0.2), "logits": (None, 0.3)}
    rows = [
        {"step": step, "layer": layer, "gradient_norm": norm + step, "dead": dead if step else 1.0}
        for step in (0, 100)
        for layer, (dead, norm) in layers.items()
    ]
    write_probes(tmp_path, rows)
    run = record(run_dir=tmp_path)
    assert (dead_units_at_the_end(run), first_gradient_norm(run)) == (25, 0.1)
    without = record(run_dir=tmp_path / "other")
    assert (dead_units_at_the_end(without), first_gradient_norm(without)) == (None, None)
