from mnist_exp.study.leaderboard import leaderboard
from tests.factories import record


def test_the_leaderboard_ranks_by_validation_and_gives_means_and_sds():
    runs = [record("relu", 0, 0.90, 0.95), record("relu", 1, 0.92, 0.97), record("mish", 0, 0.93, 0.90)]
    assert leaderboard(runs).splitlines() == [
        "Leaderboard on mnist, ranked by accuracy on the validation set",
        "             n      validation            test  training",
        "1  cnn mish  1         93.00 %         90.00 %     2.0 s",
        "2  cnn relu  2  91.00 % ± 1.41  96.00 % ± 1.41     2.0 s",
    ]


def test_cells_are_ranked_by_their_mean_not_by_their_first_seed():
    runs = [record("relu", 0, 0.99), record("relu", 1, 0.81), record("mish", 0, 0.92), record("mish", 1, 0.92)]
    board = leaderboard(runs)
    assert board.index("cnn mish") < board.index("cnn relu")


def test_different_data_are_never_ranked_against_each_other():
    board = leaderboard([record(data="mnist"), record(data="mnist5k", val=0.99)])
    first, second = board.split("\n\n")
    assert first.startswith("Leaderboard on mnist,")
    assert second.startswith("Leaderboard on mnist5k,")
    assert first.splitlines()[-1].startswith("1")
    assert second.splitlines()[-1].startswith("1")


def test_a_cell_without_a_finished_run_comes_last_with_the_reason():
    nothing = {"val": None, "test": None}
    runs = [record(), record("mish", status="failed", **nothing), record("mish", 1, status="diverged", **nothing)]
    board = leaderboard(runs).splitlines()
    assert board[-1] == "2  cnn mish  0 of 2  1 diverged, 1 failed"
    assert leaderboard(runs[1:]) == "No run finished: no leaderboard."


def test_a_cell_counts_what_finished_of_what_was_planned():
    missing = record(seed=1, status="missing", val=None, test=None)
    assert "cnn relu  1 of 2     90.00 %" in leaderboard([record(), missing])


def test_a_cell_is_named_by_its_settings_and_not_by_what_was_typed():
    runs = [record(lr=0.1), record(lr=0.2), record(lr=0.1, seed=1, overrides=["experiment=other"])]
    board = leaderboard(runs)
    assert "cnn relu optimizer.lr=0.1  2" in board
    assert "cnn relu optimizer.lr=0.2  1" in board


def test_runs_without_validation_come_last():
    board = leaderboard([record("relu", val=None, test=0.99), record("mish", val=0.5)])
    assert board.index("cnn mish") < board.index("cnn relu")


def test_a_network_without_hidden_units_has_no_activation_in_its_name():
    board = leaderboard([record(model="softmax")])
    assert board.splitlines()[-1].startswith("1  softmax  1 ")
