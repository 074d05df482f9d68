import pytest

from mnist_exp.study.cells import Cell, cells, count_not_ok, mean_curve, natural_order, ok, select_learning_rates
from tests.factories import record

LR = "optimizer.lr"


def test_runs_that_differ_by_their_seed_alone_are_a_cell():
    runs = [record(seed=0), record(seed=1), record("mish"), record(lr=0.1), record(seed=2, status="failed")]
    found = cells(runs, [LR])
    assert found == {
        Cell("mnist", "cnn", ((LR, "0.003"),), "relu"): [runs[0], runs[1], runs[4]],
        Cell("mnist", "cnn", ((LR, "0.003"),), "mish"): [runs[2]],
        Cell("mnist", "cnn", ((LR, "0.1"),), "relu"): [runs[3]],
    }


def test_a_cell_has_a_name_a_network_and_an_arm():
    cell = Cell("mnist", "mlp", (("model.hidden", "2×100"), (LR, "0.1"), ("recipe", "None")), "relu")
    assert cell.name == "mlp relu model.hidden=2×100 optimizer.lr=0.1"
    assert (cell.network, cell.arm) == ("mlp 2×100", "relu lr=0.1")
    assert cell.settings == {"model.hidden": "2×100", LR: "0.1", "recipe": "None"}
    assert cell.without_activation().arm == "(no activation) lr=0.1"
    assert cell.block == "mlp 2×100 optimizer.lr=0.1 on mnist"


def test_two_settings_whose_last_parts_are_equal_are_both_in_the_arm():
    cell = Cell("mnist", "cnn_quick", (("model.kernel", "3"), ("model.whitening.kernel", "6")), "relu")
    assert cell.arm == "relu kernel=3 kernel=6"


def test_names_are_sorted_by_the_numbers_in_them():
    names = ["mlp 10×100", "mlp 2×100", "mlp", "cnn"]
    assert sorted(names, key=natural_order) == ["cnn", "mlp", "mlp 2×100", "mlp 10×100"]


def test_other_runs_are_counted_by_how_they_ended():
    statuses = ("missing", "diverged", "missing")
    runs = [record(), *(record(seed=seed, status=status) for seed, status in enumerate(statuses))]
    assert ok(runs) == runs[:1]
    assert count_not_ok(runs) == "1 diverged, 2 missing"


def test_a_mean_curve_ends_with_the_shortest_run_and_skips_what_one_of_them_lacks():
    histories = ([{"val_acc": 0.5}, {"val_acc": 0.7}, {"val_acc": 0.9}], [{"val_acc": 0.7}, {}])
    runs = [record(seed=seed, history=history) for seed, history in enumerate(histories)]
    assert mean_curve(runs, "val_acc") == [(1, pytest.approx(0.6))]


@pytest.mark.parametrize(("keys", "left"), [([LR], []), (["data.batch_size", LR], ["data.batch_size"])])
def test_the_rate_with_the_best_validation_accuracy_is_selected(keys, left):
    """A better test accuracy must not count."""
    runs = [record(lr=0.1, val=0.9, test=0.5), record(lr=0.2, val=0.8, test=0.9)]
    assert select_learning_rates(runs, keys) == (runs[:1], left)


def test_nothing_is_selected_if_no_rate_was_swept():
    runs = [record(), record(seed=1)]
    assert select_learning_rates(runs, ["recipe"]) == (runs, ["recipe"])


def test_a_rate_at_which_runs_diverged_is_not_the_best():
    good = [record(seed=seed, val=0.9, lr=0.003) for seed in range(6)]
    bad = [record(seed=seed, val=0.95, lr=0.1) for seed in range(2)]
    bad += [record(seed=seed, status="diverged", val=None, test=None, lr=0.1) for seed in range(2, 6)]
    assert select_learning_rates(bad + good, [LR]) == (good, [])


def test_a_rate_is_not_the_best_because_runs_at_the_others_are_still_to_come():
    first = [record(seed=0, val=0.95, lr=0.0003), record(seed=0, val=0.98, lr=0.003)]
    second = [record(seed=1, val=0.95, lr=0.0003), record(seed=1, status="missing", val=None, test=None, lr=0.003)]
    assert select_learning_rates(first + second, [LR]) == ([first[1], second[1]], [])
    assert select_learning_rates([first[0], second[1]], [LR]) == ([first[0], second[1]], [LR])


def test_without_validation_every_rate_is_a_cell_of_its_own():
    runs = [record(val=None, lr=lr) for lr in (0.1, 0.2)]
    assert select_learning_rates(runs, [LR]) == (runs, [LR])
