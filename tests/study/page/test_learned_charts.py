"""The charts of learned functions as data; Vega-Lite itself accepts every specification."""

import vl_convert

from mnist_exp.study.page.colours import arm_styles
from mnist_exp.study.page.learned_charts import learned_charts
from mnist_exp.study.page.study_data import study_data
from tests.factories import record
from tests.study.test_learned import trained


def charts(runs):
    data = study_data(runs, [], [])
    styles = arm_styles(data.activations)
    return list(learned_charts(data, styles)), [style.arm for style in styles]


def test_each_learned_activation_has_a_chart_with_a_panel_for_each_layer(tmp_path):
    layers = {"dense1": {"beta": 1.5}, "dense2": {"beta": 1.25}}
    runs = [trained(tmp_path, "swish_beta", seed, layers) for seed in (0, 1)]
    (chart,), arms = charts([record("relu", run_dir=tmp_path / "none"), *runs])
    assert (chart.key, chart.title) == ("learned-0", "What swish_beta learned")
    assert [panel.title for panel in chart.panels] == ["dense1", "dense2"]
    for panel in chart.panels:
        assert vl_convert.vegalite_to_vega(panel.spec)["marks"]
    rows = chart.panels[0].spec["data"]["values"]
    assert rows[-1] == {"x": 1.0, "start": 1.0, "end": 1.5, "low": 0.5, "high": 2.5}
    hover = chart.panels[0].spec["layer"][-1]["data"]["values"]
    assert [(row["place"], row["before"], row["after"], row["n"]) for row in hover][-1] == ("1", "1", "1.5", "2")
    colour = f"arm-{arms.index('swish_beta')}"  # that of the legend of all other charts
    assert chart.marks[1].colour == colour
    assert chart.panels[0].spec["layer"][2]["mark"]["color"] == f"var(--{colour})"
    cells = chart.table.rows[0].cells
    assert cells == ["cnn", "swish_beta", "dense1", "beta", "1", "1.5", "1.5 to 1.5", "2"]


def test_no_activation_that_is_learned_no_chart(tmp_path):
    assert charts([record("relu", run_dir=tmp_path)])[0] == []
