from mnist_exp.study.cells import cells
from mnist_exp.study.summary_table import accuracy_text, latex, markdown, summary_table, write_summary
from tests.factories import record


def test_activations_go_down_and_networks_across():
    runs = [record("relu"), record("mish", test=0.9), record("relu", model="mlp"), record(model="softmax")]
    assert summary_table(cells(runs, [])) == [
        ["", "cnn", "mlp", "softmax"],
        ["relu", "80.00, n = 1", "80.00, n = 1", "–"],
        ["mish", "90.00, n = 1", "–", "–"],
        ["(no activation)", "–", "–", "80.00, n = 1"],
    ]


def test_a_cell_of_the_table_is_mean_sd_and_interval():
    """91, 92, 93: mean 92, sd 1; ln(92 / 8) = 2.4423 ± 4.3027 / √3 · 100 / (92 · 8) = 0.3375 on the logit scale."""
    runs = [record(seed=s, test=t) for s, t in enumerate((0.91, 0.92, 0.93))]
    assert accuracy_text(runs) == "92.00 ± 1.00 [89.14, 94.16], n = 3"


def test_what_is_missing_is_shown_as_missing():
    missing = record(seed=1, status="missing", test=None)
    assert accuracy_text([record(), missing]) == "80.00, n = 1 (1 missing)"
    assert accuracy_text([missing, record(seed=2, status="diverged", test=None)]) == "1 diverged, 1 missing"


def test_markdown():
    assert markdown([["", "cnn"], ["relu", "1 ± 2"]], "What it is").splitlines() == [
        *("What it is", "", "|  | cnn |", "|---|---:|", "| relu | 1 ± 2 |")
    ]


def test_latex_escapes_special_characters():
    table = latex([["", "cnn_deep"], ["leaky_relu", "99.10 ± 0.10"]], "in %").splitlines()
    assert [line for line in table if "&" in line] == [r" & cnn\_deep \\", r"leaky\_relu & 99.10 $\pm$ 0.10 \\"]
    assert r"\caption{in \%}" in table
    assert r"\begin{tabular}{lr}" in table


def test_learning_rates_are_selected_first(tmp_path):
    runs = [record(lr=0.1, val=0.9, test=0.5), record(lr=0.2, val=0.8, test=0.9)]
    write_summary(tmp_path, runs, ["optimizer.lr"])
    text = (tmp_path / "summary.md").read_text()
    assert "learning rates by validation" in text.splitlines()[0]
    assert "| relu | 50.00, n = 1 |" in text


def test_different_data_have_tables_of_their_own(tmp_path):
    write_summary(tmp_path, [record(), record(data="mnist5k")], [])
    assert (tmp_path / "summary.md").read_text().count("Test accuracy on mnist") == 2
    assert (tmp_path / "summary.tex").read_text().count(r"\begin{table}") == 2
