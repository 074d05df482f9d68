"""The charts as data: what they show, whatever draws it. Vega-Lite itself accepts every specification."""

import math
import re
from dataclasses import replace

import pytest
import vl_convert

from mnist_exp.study.comparison import BETTER, EQUIVALENT, OPEN
from mnist_exp.study.comparisons import compare
from mnist_exp.study.page.colours import arm_styles
from mnist_exp.study.page.cost_chart import cost_chart
from mnist_exp.study.page.curve_charts import curve_charts
from mnist_exp.study.page.line_chart import Axes, LinePoint, line_panels
from mnist_exp.study.page.means_chart import means_chart
from mnist_exp.study.page.pairs_chart import MOST_PAIRS, pairs_chart
from mnist_exp.study.page.ranking_chart import ranking_chart
from mnist_exp.study.page.study_data import study_data
from mnist_exp.study.page.swept_charts import swept_charts
from mnist_exp.study.page.variance_chart import variance_chart
from mnist_exp.study.ranking import rank_over_blocks
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.variance import measure
from tests.factories import arms, grid, measured, record, study_config
from tests.study.setups import one_source


def data_of(runs):
    swept = swept_keys(runs)
    return study_data(runs, swept, compare(runs, swept, study_config()))


def styles_of(data):
    return arm_styles(data.activations)


def drawn(chart):
    """The number of panels, each of which Vega-Lite can compile without a warning of ours."""
    for panel in chart.panels:
        assert vl_convert.vegalite_to_vega(panel.spec)["marks"]
    return len(chart.panels)


def test_the_means_of_each_network_have_a_scale_of_their_own():
    runs = [
        replace(run, model=model, test_acc=run.test_acc + more)
        for model, more in (("a", 0.0), ("b", 0.05))
        for run in arms(3, relu=0.0, mish=0.01)
    ]
    data = data_of(runs)
    chart = means_chart(data, styles_of(data))
    assert drawn(chart) == 2
    ranges = [panel.spec["layer"][0]["encoding"]["x"]["scale"]["domain"] for panel in chart.panels]
    assert ranges[0][1] < ranges[1][0]
    assert chart.sentence.endswith("1.00.")


def test_runs_at_chance_do_not_stretch_the_scale_of_the_means():
    data = data_of(arms(3, relu=0.0, mish=0.01) + [record("tanh", seed, test=0.1) for seed in range(3)])
    (panel,) = means_chart(data, styles_of(data)).panels
    assert panel.spec["layer"][0]["encoding"]["x"]["scale"]["domain"][0] > 89
    notes = [row["note"] for row in panel.spec["data"]["values"] if not row["learned"]]
    assert notes == ["◂ 10.0 %: 3 of 3 did not learn"]


def test_a_single_run_has_a_sensible_scale():
    data = data_of([record(test=0.99)])
    (panel,) = means_chart(data, styles_of(data)).panels
    low, high = panel.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert 0.2 <= high - low < 0.3
    assert low < 99 < high


def test_a_pair_is_drawn_from_its_winners_side_with_its_verdict():
    noise = [0.0001 * (seed % 2) for seed in range(6)]
    data = data_of(
        measured(relu=[0.99 + d for d in noise], mish=[0.99 - d for d in noise], tanh=[0.9 + d for d in noise])
    )
    chart = pairs_chart(data)
    assert drawn(chart) == 1
    rows = chart.panels[0].spec["data"]["values"]
    assert {row["pair"]: row["kind"] for row in rows} == {
        "relu − tanh": BETTER,
        "mish − tanh": BETTER,
        "relu − mish": EQUIVALENT,
    }
    assert all(row["low"] <= row["difference"] <= row["high"] for row in rows)
    assert all(len(row["groups"]) == 2 for row in rows)
    assert chart.sentence.startswith("2 better, 1 equivalent, 0 open.")
    assert rows[0]["difference"] == pytest.approx(9)


def test_many_pairs_are_in_the_table_and_those_of_the_leader_in_the_chart():
    runs = [record(f"own{i}", seed, test=0.9 + i / 1000, val=0.9 - i / 1000) for i in range(12) for seed in (0, 1)]
    chart = pairs_chart(data_of(runs))
    assert len(chart.table.rows) == 66
    rows = chart.panels[0].spec["data"]["values"]
    assert len(rows) == MOST_PAIRS
    assert "The table has all" in chart.how_to_read
    assert {row["kind"] for row in rows} == {OPEN}
    assert sum("own0" in row["names"] for row in rows) == 11  # own0 has the best validation accuracy


def domain_of(chart):
    """The ends of the x axis of the first panel, in its first layer that has one."""
    return chart.panels[0].spec["layer"][0]["encoding"]["x"]["scale"]["domain"]


def test_wide_intervals_do_not_stretch_the_axis_of_pairs_beyond_three_times_the_differences():
    low, high = domain_of(pairs_chart(data_of(measured(mish=[0.9, 0.91], relu=[0.92, 0.88]))))
    assert -4 < low < 0 < high < 4  # the difference is 0.5 points, the interval over seeds 32 points wide


def test_runs_at_chance_do_not_stretch_the_axis_of_pairs():
    runs = arms(3, relu=0.0, mish=0.01) + [record("tanh", seed, test=0.1) for seed in range(3)]
    chart = pairs_chart(data_of(runs))
    assert domain_of(chart)[1] < 4
    notes = [row["note"] for row in chart.panels[0].spec["data"]["values"] if not row["learned"]]
    assert notes == ["81.1 points: not all runs learned ▸", "80.1 points: not all runs learned ▸"]
    assert drawn(chart) == 1


def test_long_pairs_stand_on_two_lines_and_can_be_told_apart():
    names = [f"leaky_relu(negative_slope={slope})" for slope in (0.1, 0.2, 0.3)]
    chart = pairs_chart(data_of([record(name, test=0.9 + i / 100) for i, name in enumerate(names)]))
    svg = vl_convert.vegalite_to_svg(chart.panels[0].spec | {"width": 300})
    assert "leaky_relu(…0.3) −" in svg
    assert "negative" not in re.sub("aria-label=[^>]*", "", svg)


def test_the_largest_difference_is_named_with_its_data_set():
    noise = [0.0001 * (seed % 2) for seed in range(6)]
    shared = measured(relu=[0.99 + d for d in noise], mish=[0.9 + d for d in noise])
    runs = [replace(run, data=data) for data in ("mnist", "fashion_mnist") for run in shared]
    assert " on cnn on " in pairs_chart(data_of(runs)).sentence


def test_arms_without_a_result_have_a_row_with_how_their_runs_ended():
    lost = [record("selu", seed, status="diverged", val=None, test=None) for seed in range(4)]
    data = data_of(arms(3, relu=0.0, mish=0.01) + lost)
    chart = means_chart(data, styles_of(data))
    rows = chart.panels[0].spec["data"]["values"]
    assert [(row["arm"], row["note"]) for row in rows if not row["learned"]] == [("selu", "4 diverged")]
    assert drawn(chart) == 1


def test_a_study_without_results_or_of_one_run_says_no_more_than_it_has():
    chart = means_chart(data_of([record(status="failed", val=None, test=None)]), [])
    assert (chart.sentence, chart.how_to_read, chart.panels) == ("No run has a test accuracy.", "", [])
    data = data_of([record(test=0.97)])
    chart = means_chart(data, styles_of(data))
    assert chart.sentence == "One mean: 97.00 %."
    assert "Thick line" not in chart.how_to_read


def test_runs_at_chance_do_not_stretch_the_learning_curves():
    runs = arms(3, relu=0.0, mish=0.01) + [record("tanh", seed, test=0.1) for seed in range(3)]
    data = data_of([replace(run, history=[{"epoch": e, "val_acc": run.test_acc} for e in (1, 2)]) for run in runs])
    (chart,) = curve_charts(data, styles_of(data))
    assert {row["arm"] for row in chart.panels[0].spec["data"]["values"]} == {"relu", "mish"}
    assert "tanh" not in chart.sentence
    assert {row.cells[1] for row in chart.table.rows} == {"relu", "mish", "tanh"}


def test_after_one_epoch_the_arms_stand_beside_one_another():
    data = data_of([replace(run, history=[{"epoch": 1, "val_acc": 0.9}]) for run in arms(3, relu=0.0, mish=0.01)])
    (chart,) = curve_charts(data, styles_of(data))
    assert drawn(chart) == 1
    assert [row["x"] for row in chart.panels[0].spec["data"]["values"]] == ["relu", "mish"]
    assert [row.cells[2] for row in chart.table.rows] == ["1", "1"]


def test_many_layers_have_upright_names_and_few_have_level_ones():
    angles = []
    for count in (2, 12):
        points = [LinePoint("mlp", "relu", f"dense{i}", 1.0, 1.0, 1.0, 1) for i in range(count)]
        (panel,) = line_panels(points, Axes("layer", "gradient", x_type="ordinal"), arm_styles({"relu": "relu"}))
        angles.append(panel.spec["layer"][0]["encoding"]["x"]["axis"]["labelAngle"])
    assert angles == [0, -90]


def test_learning_curves_have_a_band_from_the_smallest_to_the_largest_seed():
    runs = [
        replace(run, history=[{"epoch": e, "val_acc": 0.5 + 0.1 * e + 0.01 * run.seed} for e in (1, 2)])
        for run in arms(3, relu=0.0, mish=0.01)
    ]
    data = data_of(runs)
    (chart,) = curve_charts(data, styles_of(data))
    assert drawn(chart) == 1
    last = chart.panels[0].spec["data"]["values"][1]
    assert (last["low"], last["mean"], last["high"], last["n"]) == (70, 71, 72, "3")


def test_long_curves_are_thinned_and_keep_their_last_epoch():
    history = [{"epoch": epoch, "val_acc": 0.9} for epoch in range(1, 302)]
    data = data_of([record(history=history)])
    (chart,) = curve_charts(data, styles_of(data))
    places = [row["x"] for row in chart.panels[0].spec["data"]["values"]]
    assert len(places) <= 61
    assert places[-1] == 301


def test_the_cost_is_the_median_time_and_its_sentence_names_the_slower_one():
    runs = [
        replace(run, train_seconds={"relu": 10.0, "mish": 20.0}[run.activation]) for run in arms(3, relu=0, mish=0.01)
    ]
    chart = cost_chart(data := data_of(runs), styles_of(data))
    assert drawn(chart) == 1
    assert chart.sentence == (
        "On cnn, training with mish takes 2.0 times as long as with relu, and its mean accuracy is 1.00 points higher."
    )


def test_the_cost_sentence_is_about_arms_that_are_in_the_chart():
    seconds = {"relu": 10.0, "mish": 10.0, "tanh": 99.0}
    runs = arms(3, relu=0, mish=0.01) + [record("tanh", seed, test=0.1) for seed in range(3)]
    data = data_of([replace(run, train_seconds=seconds[run.activation]) for run in runs])
    assert "tanh" not in cost_chart(data, styles_of(data)).sentence


def test_rates_at_which_nothing_was_learned_have_a_panel_of_their_own_without_them():
    tests = {0.001: 0.97, 0.01: 0.98, 0.1: 0.1}
    data = data_of([record(name, lr=lr, test=test) for name in ("relu", "mish") for lr, test in tests.items()])
    (chart,) = swept_charts(data, arm_styles({"relu": "relu", "mish": "mish"}))
    every, learned = ([row["x"] for row in panel.spec["data"]["values"]] for panel in chart.panels)
    assert (every, learned) == ([0.001, 0.01, 0.1] * 2, [0.001, 0.01] * 2)
    assert chart.sentence == "Test accuracy: the highest mean is 98 %, with relu on cnn at learning rate 0.01."
    assert "zero" not in chart.panels[0].spec["layer"][0]["encoding"]["x"]["scale"]  # Vega-Lite warns: the scale is log


def test_a_swept_rate_has_a_point_for_each_rate_and_a_group_of_its_runs():
    runs = [record(name, seed, lr=lr, test=0.9) for name in ("relu", "mish") for lr in (0.01, 0.1) for seed in (0, 1)]
    data = data_of(runs)
    (chart,) = swept_charts(data, arm_styles({"relu": "relu", "mish": "mish"}))
    assert drawn(chart) == 1
    rows = chart.panels[0].spec["data"]["values"]
    assert [(row["arm"], row["x"], row["n"]) for row in rows[:2]] == [("relu", 0.01, "2"), ("relu", 0.1, "2")]
    assert data.groups.rows[rows[0]["groups"][0]] == [0, 1]


def test_the_ranking_joins_what_is_not_distinguishable():
    data = data_of(grid())
    chart = ranking_chart(rank_over_blocks(data.records, data.swept), styles_of(data))
    assert drawn(chart) == 1
    assert [row.cells[:2] for row in chart.table.rows] == [["mish", "1.00"], ["relu", "2.00"]]
    bar = chart.panels[0].spec["layer"][-1]
    assert bar["data"]["values"] == [{"first": "mish", "last": "relu"}]


def test_the_sources_of_variance_have_intervals():
    runs = [run for source in ("weights", "order", "all") for run in one_source(source, [0.90, 0.92, 0.93])]
    _, sources = split_by_source(runs)
    chart = variance_chart(measure(sources, 0.1), arm_styles({"relu": "relu"}))
    assert drawn(chart) == 1
    row = chart.panels[0].spec["data"]["values"][0]
    assert row["low"] < row["sd"] < row["high"]
    assert chart.sentence == "relu on cnn has the largest sd, 1.528 points, when only the initial weights varies."
    assert row["sd"] == pytest.approx(math.sqrt(((5 / 3) ** 2 + (1 / 3) ** 2 + (4 / 3) ** 2) / 2))


def test_a_point_has_the_mean_and_the_ends_of_its_values():
    point = LinePoint.of("cnn", "relu", 1, [1.0, 2.0, 6.0], [0])
    assert (point.mean, point.low, point.high, point.n) == (3.0, 1.0, 6.0, 3)
