"""The charts of predictions and associations: what they show, and that Vega-Lite accepts them."""

import vl_convert

from mnist_exp.study.page.association_chart import association_chart
from mnist_exp.study.page.colours import arm_styles
from mnist_exp.study.page.flow_charts import flow_charts
from mnist_exp.study.page.study_data import study_data
from tests.factories import grid, record
from tests.study.test_associations import NAMES, study
from tests.study.test_flow import probed


def data_of(runs):
    return study_data(runs, [], [])


def compiles(chart):
    return all(vl_convert.vegalite_to_vega(panel.spec)["marks"] for panel in chart.panels)


def test_predictions_are_dashed_lines_and_measured_numbers_points(tmp_path):
    norms = {"dense1": 0.1, "logits": 0.5}
    data = data_of([probed(tmp_path, "relu", seed, norms, norms) for seed in (0, 1)])
    charts = list(flow_charts(data, arm_styles(data.activations)))
    assert [chart.key for chart in charts] == ["predicted_activations", "predicted_gradients"]
    assert all(map(compiles, charts))
    spec = charts[1].panels[0].spec
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["line", "rule", "point"]
    assert "strokeDash" in spec["layer"][0]["mark"]
    assert [(row["layer"], row["predicted"], row["measured"]) for row in spec["data"]["values"]] == [
        ("dense1", 0.1, 0.1),
        ("logits", 0.5, 0.5),
    ]
    assert charts[1].table.rows[0].cells == ["cnn", "relu", "dense1", "0.1", "0.1", "0.1 to 0.1", "1.00", "2"]
    assert charts[1].table.rows[0].groups == [0]


def test_studies_without_predictions_have_no_such_chart():
    data = data_of(grid())
    assert list(flow_charts(data, arm_styles(data.activations))) == []
    assert association_chart(data) is None


def test_associations_are_a_point_with_an_interval_for_each_property(tmp_path):
    chart = association_chart(data_of(study(tmp_path)))
    assert compiles(chart)
    assert [panel.title for panel in chart.panels] == ["mlp_deep"]
    rows = chart.panels[0].spec["data"]["values"]
    assert [(row["property"], row["colour"], row["shape"]) for row in rows] == [
        ("gradient, first / last", "var(--better)", "circle"),
        ("activation kurtosis", "var(--soft)", "square"),
    ]
    assert all(-1 <= row["low"] <= row["rho"] <= row["high"] <= 1.0001 for row in rows)
    assert [row.cells[3] for row in chart.table.rows if row.cells[1] == "dead units"] == ["the same for all"]


def test_too_few_activations_are_a_sentence_without_a_panel(tmp_path):
    chart = association_chart(data_of(study(tmp_path, NAMES[:3])))
    assert (chart.panels, chart.table.rows, chart.how_to_read) == ([], [], "")
    assert "too few activations" in chart.sentence
    assert association_chart(data_of([record(run_dir=tmp_path)])) is None
