import csv
import time

import pytest

from mnist_exp.study.tables import command, comparison_rows, summary_rows, write_tables
from mnist_exp.study.write import write_study
from tests.study.test_cells import result


def run(activation="relu", seed=0, test=0.8, **changed):
    return result(activation, seed, test=test, **changed)


def arms(n, **tests):
    """n seeds of each activation; each test accuracy a base that the seeds share, plus the arm's own."""
    return [run(name, seed, 0.9 + seed / 1000 + own) for name, own in tests.items() for seed in range(n)]


def test_a_cell_has_its_mean_and_interval():
    (row,) = summary_rows([run(seed=s, test=t, val=None) for s, t in enumerate((0.91, 0.92, 0.93))], [])
    assert (row["model"], row["activation"], row["n"]) == ("cnn", "relu", 3)
    assert row["test_acc_mean"] == pytest.approx(0.92)
    assert row["test_acc_sd"] == pytest.approx(0.01)
    assert row["test_acc_high"] == pytest.approx(0.92 + 4.302653 * 0.01 / 3**0.5)
    assert row["val_acc_mean"] is None
    assert row["train_seconds_median"] == 2.0


def test_pairs_are_paired_by_seed():
    """The seeds' own spread, 0.001 a seed, cancels: what is left is the arms' difference, with no spread."""
    (row,) = comparison_rows(arms(6, relu=0.0, mish=0.01), [])
    assert (row["a"], row["b"], row["n"]) == ("relu", "mish", 6)
    assert row["difference"] == pytest.approx(-0.01)
    assert row["sd"] == pytest.approx(0, abs=1e-12)
    assert row["p"] == pytest.approx(2 / 64)
    assert row["verdict"] == "mish is better"


def test_only_seeds_that_both_have_are_compared():
    runs = [run("relu", s, 0.9) for s in (0, 1, 2)] + [run("mish", s, 0.8) for s in (1, 2, 3)]
    assert comparison_rows(runs, [])[0]["n"] == 2


def test_too_few_seeds_get_a_number_instead_of_a_verdict():
    rows = comparison_rows(arms(3, relu=0.0, mish=0.01), [])
    assert rows[0]["verdict"] == "n = 3 cannot tell; 6 seeds could"


def test_the_six_of_the_study_need_ten_seeds():
    six = {name: i / 100 for i, name in enumerate(("sigmoid", "tanh", "relu", "leaky_relu", "swish", "mish"))}
    rows = comparison_rows(arms(9, **six), [])
    assert len(rows) == 15
    assert {row["verdict"] for row in rows} == {"n = 9 cannot tell; 10 seeds could"}
    assert all(row["verdict"].endswith("is better") for row in comparison_rows(arms(10, **six), []))


def test_networks_and_data_are_compared_apart():
    runs = arms(2, relu=0.0, mish=0.1) + [r | {"model": "mlp"} for r in arms(2, relu=0.0, mish=0.1)]
    runs += [r | {"data": "mnist5k"} for r in arms(2, relu=0.0)]
    assert [(row["data"], row["model"]) for row in comparison_rows(runs, [])] == [("mnist", "cnn"), ("mnist", "mlp")]


def test_softmax_is_in_no_comparison_and_failures_are_in_none():
    runs = [*arms(2, relu=0.0), run(model="softmax") | {"activation": None}, run("mish", status="failed")]
    assert comparison_rows(runs, []) == []


def test_each_activation_is_compared_at_its_own_best_rate_by_validation():
    runs = [
        *(run("relu", s, test=0.5, val=0.9, lr=0.1) for s in (0, 1)),
        *(run("relu", s, test=0.9, val=0.8, lr=0.2) for s in (0, 1)),  # better on the test set: not to be looked at
        *(run("mish", s, test=0.4, val=0.7, lr=0.1) for s in (0, 1)),
        *(run("mish", s, test=0.6, val=0.8, lr=0.2) for s in (0, 1)),
    ]
    (row,) = comparison_rows(runs, ["optimizer.lr"])
    assert row["difference"] == pytest.approx(0.5 - 0.6)
    assert "optimizer.lr" not in row


def test_the_files_hold_a_row_per_run_cell_and_pair(tmp_path):
    runs = [*arms(2, relu=0.0, mish=0.1), run("swish", status="failed", test=None) | {"error": "no memory"}]
    write_study(tmp_path, runs)
    tables = {path.stem: list(csv.DictReader(path.read_text().splitlines())) for path in sorted(tmp_path.glob("*.csv"))}
    assert {name: len(rows) for name, rows in tables.items()} == {"comparisons": 1, "results": 5, "summary": 3}
    assert tables["results"][4]["error"] == "no memory"
    assert tables["results"][0]["overrides"] == "model.activation=relu seed=0"
    assert tables["results"][0]["checkpoint"] == "runs/cnn_relu_0_0.003/checkpoints/best.ckpt"
    assert tables["results"][4]["checkpoint"] == ""
    assert [row["n"] for row in tables["summary"]] == ["2", "2", "0"]
    assert (tables["summary"][2]["failed"], tables["summary"][2]["test_acc_mean"]) == ("1", "")


def test_every_row_has_the_command_that_makes_it_again():
    runs = [run(seed=s) | {"overrides": ["model.hidden=[10,20]", f"seed={s}"]} for s in (2, 0, 1)]
    assert command(runs[:1]) == "python -m mnist_exp 'model.hidden=[10,20]' seed=2"
    assert command(runs) == "python -m mnist_exp -m 'model.hidden=[10,20]' seed=0,1,2"


def test_the_best_run_of_a_cell_is_the_one_best_on_validation():
    runs = [run(seed=0, val=0.8, test=0.9), run(seed=1, val=0.9, test=0.8)]
    assert summary_rows(runs, [])[0]["best_checkpoint"] == "runs/cnn_relu_1_0.003/checkpoints/best.ckpt"
    assert summary_rows([run(val=None)], [])[0]["best_checkpoint"] is None


def test_a_table_that_no_longer_has_rows_is_gone(tmp_path):
    write_study(tmp_path, arms(2, relu=0.0, mish=0.1))
    write_study(tmp_path, arms(2, relu=0.0))
    assert not (tmp_path / "comparisons.csv").exists()


def test_a_thousand_runs_are_done_in_seconds(tmp_path):
    runs = [r | {"model": f"net{k}"} for k in range(17) for r in arms(10, **{f"act{i}": i / 100 for i in range(6)})]
    began = time.process_time()  # other tests may be using the other core
    write_study(tmp_path, runs)
    assert time.process_time() - began < 10
    assert len((tmp_path / "comparisons.csv").read_text().splitlines()) == 1 + 17 * 15


def test_one_seed_each_is_no_verdict_and_no_crash():
    (row,) = comparison_rows(arms(1, relu=0.0, mish=0.1), [])
    assert (row["n"], row["sd"], row["p"]) == (1, None, 1.0)


def test_what_is_compared_at_which_rate_is_said():
    runs = [run("relu", lr=0.1), run("relu", val=0.5, lr=0.2), run("mish", val=0.5, lr=0.1), run("mish", lr=0.2)]
    (row,) = comparison_rows(runs, ["optimizer.lr"])
    assert (row["lr_a"], row["lr_b"]) == (0.1, 0.2)


def test_without_validation_every_rate_is_compared_by_itself():
    runs = [run(name, test=lr, val=None, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    assert [row["optimizer.lr"] for row in comparison_rows(runs, ["optimizer.lr"])] == ["0.1", "0.2"]


def test_results_of_several_versions_have_the_columns_of_all(tmp_path):
    old = run()
    del old["train_seconds"]
    write_tables(tmp_path, [old | {"status": "failed"}, run("mish") | {"energy": 5}], [], [])
    first, second = csv.DictReader((tmp_path / "results.csv").read_text().splitlines())
    assert (first["energy"], first["train_seconds"], second["energy"]) == ("", "", "5")
