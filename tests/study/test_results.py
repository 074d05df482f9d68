from mnist_exp.study.results import leaderboard, swept_keys


def result(activation="relu", seed=0, val=0.9, test=0.8, data="mnist", status="ok", lr=0.003, model="cnn"):
    """A result as it is read back, with as much configuration as a study looks at."""
    config = {
        **{"seed": seed, "data": {"name": data, "root": f"/{seed}"}, "optimizer": {"lr": lr}},
        "model": {"name": model, "activation": activation, "hidden": [] if model == "softmax" else [len(model)]},
    }
    return {
        **{"key": f"{data}-{model}-{activation}-{seed}-{lr}", "config": config, "status": status, "error": None},
        **{"model": model, "activation": activation, "seed": seed, "lr": lr, "data": data},
        **{"val_acc": val, "test_acc": test, "train_seconds": 2.0, "total_seconds": 3.0},
        **{"overrides": [f"model.activation={activation}", f"seed={seed}"], "versions": {"python": "3"}},
    }


def test_the_leaderboard_ranks_by_validation_and_gives_means_and_sds():
    runs = [result("relu", 0, 0.90, 0.95), result("relu", 1, 0.92, 0.97), result("mish", 0, 0.93, 0.90)]
    assert leaderboard(runs).splitlines() == [
        "Leaderboard on mnist, ranked by accuracy on the validation set",
        "             n      validation            test  training",
        "1  cnn mish  1         93.00 %         90.00 %     2.0 s",
        "2  cnn relu  2  91.00 % ± 1.41  96.00 % ± 1.41     2.0 s",
    ]


def test_cells_are_ranked_by_their_mean_not_by_their_first_seed():
    runs = [result("relu", 0, 0.99), result("relu", 1, 0.81), result("mish", 0, 0.92), result("mish", 1, 0.92)]
    board = leaderboard(runs)
    assert board.index("cnn mish") < board.index("cnn relu")


def test_different_data_are_never_ranked_against_each_other():
    board = leaderboard([result(data="mnist"), result(data="mnist5k", val=0.99)])
    first, second = board.split("\n\n")
    assert first.startswith("Leaderboard on mnist,")
    assert second.startswith("Leaderboard on mnist5k,")
    assert first.splitlines()[-1].startswith("1")
    assert second.splitlines()[-1].startswith("1")


def test_runs_that_failed_have_no_place():
    failed = result("mish", status="failed", val=None, test=None)
    assert "mish" not in leaderboard([result(), failed])
    assert leaderboard([failed]) == "No run finished: no leaderboard."


def test_a_cell_is_named_by_what_sets_it_apart_and_not_by_what_was_typed():
    runs = [result(lr=0.1), result(lr=0.2), result(lr=0.1, seed=1) | {"overrides": ["experiment=other"]}]
    board = leaderboard(runs)
    assert "cnn relu optimizer.lr=0.1  2" in board
    assert "cnn relu optimizer.lr=0.2  1" in board


def test_networks_differ_by_their_definition_without_being_swept():
    assert swept_keys([result(), result(model="mlp"), result(seed=1)]) == []


def test_runs_without_validation_come_last():
    board = leaderboard([result("relu", val=None, test=0.99), result("mish", val=0.5)])
    assert board.index("cnn mish") < board.index("cnn relu")


def test_a_network_without_hidden_units_has_no_activation_in_its_name():
    board = leaderboard([result(model="softmax") | {"activation": None}])
    assert board.splitlines()[-1].startswith("1  softmax  1 ")
