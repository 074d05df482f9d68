from mnist_exp.study.at_chance import at_chance_text, cells_at_chance
from mnist_exp.study.cells import Cell, cells
from tests.factories import arms, record


def sigmoid(*tests, **changed):
    return [record("sigmoid", seed, test=test, **changed) for seed, test in enumerate(tests)]


def test_a_cell_whose_runs_all_did_not_learn_has_their_mean():
    runs = [*arms(2, relu=0.0), *sigmoid(0.12, 0.14)]
    cell = Cell("mnist", "cnn", (), "sigmoid")
    assert cells_at_chance(cells(runs, [])) == {cell: "cnn sigmoid did not learn: 13 %, chance is 10 %"}


def test_of_a_cell_that_learned_with_some_seeds_these_are_counted():
    unfinished = record("sigmoid", 9, status="diverged", test=None)
    by_cell = cells([*sigmoid(0.1, 0.9, 0.12, 0.92), unfinished], [])
    assert list(cells_at_chance(by_cell).values()) == ["2 of 4 runs of cnn sigmoid did not learn: 11 %, chance is 10 %"]


def test_the_data_set_is_named_if_there_are_several():
    runs = [*sigmoid(0.1), *sigmoid(0.9, data="mnist5k")]
    assert at_chance_text(runs, []) == "! cnn sigmoid on mnist did not learn: 10 %, chance is 10 %."


def test_several_cells_are_below_a_heading():
    runs = [run for lr in (0.1, 0.2) for run in sigmoid(0.1, lr=lr)]
    assert at_chance_text(runs, ["optimizer.lr"]).splitlines() == [
        "! 2 cells have runs that did not learn:",
        "  cnn sigmoid optimizer.lr=0.1 did not learn: 10 %, chance is 10 %",
        "  cnn sigmoid optimizer.lr=0.2 did not learn: 10 %, chance is 10 %",
    ]


def test_a_study_whose_runs_all_learned_has_no_text():
    assert at_chance_text([*arms(2, relu=0.0), record("mish", status="failed", test=None)], []) == ""
