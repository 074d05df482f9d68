import re

import pytest

from mnist_exp.runs.files import write_probes
from mnist_exp.study.page import finding, paragraphs, stamp
from mnist_exp.study.plots import pictures
from mnist_exp.study.tables import comparison_rows
from mnist_exp.study.write import write_study
from tests.study.test_tables import arms, run


def grid():
    """Two networks, two activations, three seeds; one run failed, one is missing."""
    confusion = [[5 if i == j else 0 for j in range(10)] for i in range(10)]
    runs = [
        r | {"model": model, "per_class": {"confusion": confusion}, "history": [{"epoch": 1, "val_acc": 0.5}]}
        for model in ("cnn", "mlp")
        for r in arms(3, relu=0.0, mish=0.01)
    ]
    nothing = {"val": None, "test": None}
    failed = run("tanh", 0, status="failed", **nothing) | {"error": "<no & memory>"}
    return [*runs, failed, run("tanh", 1, status="missing", **nothing) | {"error": "did not end"}]


@pytest.fixture
def page(tmp_path):
    (tmp_path / "my_grid").mkdir()
    write_study(tmp_path / "my_grid", grid())
    return (tmp_path / "my_grid" / "report.html").read_text()


def test_the_page_needs_nothing_but_itself(page):
    outside = re.findall(r"""(?:src|href)=["'](?!#)([^"']+)|url\((?!#)([^)]+)\)|@import""", page)
    assert [link for link in outside if not link[0].startswith("data:")] == []
    assert len(page) < 5_000_000


def test_every_run_has_a_row_with_its_command_and_trouble_is_in_plain_sight(page):
    assert page.count("<tr data-status=") == 14
    assert page.count('<tr data-status="ok"') == 12
    assert "2 of 14 runs have no figures" in page
    assert "failed (&lt;no &amp; memory&gt;)" in page
    assert "missing (did not end)" in page
    assert "python -m mnist_exp model.activation=relu seed=0" in page


def test_the_figures_stand_in_the_page_and_beside_it(page, tmp_path):
    names = {"heat_map", "ranked", "pairs", "time", "val_acc"}
    assert set(re.findall(r'<figure id="(\w+)">', page)) == names
    assert {path.stem for path in (tmp_path / "my_grid" / "figures").glob("*.png")} == names
    assert page.count('<svg role="img" aria-label="') == len(names)


def test_the_confusion_of_a_cell_adds_its_seeds(page):
    assert "cnn relu on mnist, n = 3" in page
    assert page.count('<td class="hit">15</td>') == 4 * 10


def test_the_finding_is_the_best_on_validation_whatever_the_test_set_says():
    runs = [run("relu", s, test=0.99, val=0.9) for s in range(2)] + [
        run("mish", s, test=0.5, val=0.95) for s in range(2)
    ]
    assert finding(runs, [], []) == (
        "Ahead on the validation set of mnist: cnn mish with 95.00 %; on the test set it reaches 50.00 %"
        " (95 % interval 50.00 to 50.00), n = 2."
    )
    assert finding([run(val=None)], [], []).startswith("No run finished with a validation accuracy")


def test_the_finding_says_over_whom_it_is_not_shown():
    runs = [*arms(6, relu=0.0, mish=0.01), *(run("tanh", s, 0.5, val=0.95) for s in range(6))]
    said = finding(runs, [], comparison_rows(runs, []))
    assert said.endswith("It differs from all others there.") or "not shown from" in said
    few = arms(2, relu=0.0, mish=0.01)
    assert finding(few, [], comparison_rows(few, [])).endswith("There, a difference is not shown from mish.")


def test_the_stamp_names_data_machine_and_software():
    said = " · ".join(stamp([run() | {"versions": {"python": "3.11", "torch": "2.15", "commit": "abc"}}]))
    assert said.startswith("data: mnist · 1 of 1 runs · on cpu, 32-true · ")
    assert "torch 2.15" in said
    assert "commit abc" in said


def test_the_words_are_paragraphs_with_what_is_indented_below():
    assert paragraphs("a:\n  b\n  c\nd") == [("a:", ["b", "c"]), ("d", [])]
    assert paragraphs("") == []


def test_a_study_of_nothing_but_failures_has_a_page(tmp_path):
    write_study(tmp_path, [run(status="failed", val=None, test=None)])
    assert "1 of 1 runs have no figures" in (tmp_path / "report.html").read_text()


def test_a_single_seed_has_dots_without_intervals():
    drawn = {name: figure for name, figure, _ in pictures(arms(1, relu=0.0, mish=0.1), [], [])}
    assert set(drawn) == {"heat_map", "ranked", "time"}


def test_the_pairs_are_those_of_the_comparisons():
    runs = arms(6, relu=0.0, mish=0.01)
    (pairs,) = [figure for name, figure, _ in pictures(runs, [], comparison_rows(runs, [])) if name == "pairs"]
    assert [text.get_text() for text in pairs.axes[0].texts] == ["-1.00", "+1.00"]
    assert not pairs.axes[0].get_images()[0].get_array().mask[0, 1]


def test_a_swept_rate_is_drawn_with_all_its_values_though_it_is_settled_elsewhere():
    runs = [run(name, lr=lr, test=0.5 + lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    drawn = {name: figure for name, figure, _ in pictures(runs, ["optimizer.lr"], [])}
    accuracy = drawn["rates"].axes[0]
    assert [list(shown.get_ydata()) for shown in accuracy.get_lines()] == [pytest.approx([60, 70])] * 2
    assert [shown.get_label() for shown in accuracy.get_lines()] == ["relu", "mish"]
    assert len(drawn["ranked"].axes[0].get_yticklabels()) == 2


def test_a_swept_depth_makes_a_network_of_each_depth_and_a_figure_over_them():
    runs = []
    for name in ("relu", "sigmoid"):
        for depth in (2, 12):
            one = run(name, test=depth / 100)
            one["config"]["model"] = one["config"]["model"] | {"hidden": [100] * depth}
            runs.append(one)
    drawn = {name: figure for name, figure, _ in pictures(runs, ["model.hidden"], [])}
    assert [place.get_title() for place in drawn["ranked"].axes] == ["cnn 2×100", "cnn 12×100"]
    assert list(drawn["depth"].axes[0].get_lines()[0].get_xydata().ravel()) == [2, 2, 12, 12]


def test_the_probes_of_the_first_and_the_last_step_are_drawn_by_layer(tmp_path):
    runs = [run("relu", seed) | {"run_dir": str(tmp_path / str(seed))} for seed in (0, 1)]
    for r, norm in zip(runs, (0.1, 0.3), strict=True):
        seen = {"activation_mean": 0.0, "activation_sd": 1.0, "saturated": 0.5}
        (tmp_path / str(r["seed"])).mkdir()
        steps = ((0, norm, 0.0), (100, 9.0, 0.25))
        rows = [{"step": s, "layer": "dense1", "gradient_norm": n, "dead": d, **seen} for s, n, d in steps]
        write_probes(tmp_path / str(r["seed"]), rows)
    drawn = {name: figure for name, figure, _ in pictures(runs, [], [])}
    (gradient,) = drawn["gradients"].axes[0].get_lines()
    (dead,) = drawn["dead"].axes[0].get_lines()
    assert (list(gradient.get_ydata()), list(dead.get_ydata())) == ([pytest.approx(0.2)], [25])
