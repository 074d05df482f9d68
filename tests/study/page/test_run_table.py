from dataclasses import replace

from mnist_exp.study.mistakes import Mistake, NetworkMistakes
from mnist_exp.study.page.mistake_rows import mistake_rows
from mnist_exp.study.page.run_table import columns, run_rows
from tests.factories import record


def test_a_row_has_the_values_of_its_columns_and_links_to_its_figures(tmp_path):
    run_dir = tmp_path / "other sweep" / "run"
    (run_dir / "figures").mkdir(parents=True)
    (run_dir / "figures" / "curves.png").touch()
    (row,) = run_rows([replace(record(), run_dir=run_dir)], ["optimizer.lr"], tmp_path / "here")
    assert [(link.name, link.address) for link in row.figures] == [
        ("curves", "../other%20sweep/run/figures/curves.png")
    ]
    shown = {column.title: column.form(row.values[column.key]) for column in columns(["optimizer.lr"])}
    assert (shown["network"], shown["optimizer.lr"], shown["test, %"]) == ("cnn", "0.003", "80.00")


def test_a_run_without_figures_has_no_links(tmp_path):
    assert run_rows([record()], [], tmp_path)[0].figures == []


def test_predictions_of_a_mistake_name_the_activations_only_if_they_differ():
    mistakes = [
        Mistake(7, "4", "data:", 6, 6, {"relu": "9", "mish": "9"}),
        Mistake(8, "4", "data:", 5, 6, {"relu": "9", "mish": "9", "tanh": "7"}),
    ]
    (found,) = mistake_rows([NetworkMistakes("cnn", "A sentence.", mistakes)])
    assert [picture.predicted for picture in found.pictures] == [["9"], ["9 (relu, mish)", "7 (tanh)"]]
    assert found.pictures[1].runs == "wrong in 5 of 6 runs"
