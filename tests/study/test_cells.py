import pytest

from mnist_exp.study.cells import Cell, at_best_rate, cells, lost, natural, ok, swept_keys


def result(activation="relu", seed=0, val=0.9, test=0.8, data="mnist", status="ok", lr=0.003, model="cnn"):
    """A result as it is read back, with as much configuration as a study looks at."""
    config = {
        **{"seed": seed, "data": {"name": data, "root": f"/{seed}"}, "optimizer": {"lr": lr}},
        "model": {"name": model, "activation": activation, "hidden": [] if model == "softmax" else [len(model)]},
    }
    return {
        **{"key": f"{data}-{model}-{activation}-{seed}-{lr}", "config": config, "status": status, "error": None},
        **{"model": model, "activation": activation, "seed": seed, "lr": lr, "data": data},
        **{"val_acc": val, "test_acc": test, "train_seconds": 2.0, "total_seconds": 3.0, "history": []},
        **{"device": "cpu", "precision": "32-true", "started": "2026-01-01T00:00:00+00:00", "per_class": None},
        **{"run_dir": f"runs/{model}_{activation}_{seed}_{lr}"},
        **{"overrides": [f"model.activation={activation}", f"seed={seed}"], "versions": {"python": "3"}},
    }


def test_networks_differ_by_their_definition_without_being_swept():
    assert swept_keys([result(), result(model="mlp"), result(seed=1)]) == []


def test_what_recipes_differ_by_is_told_by_their_names():
    """A recipe sets a dozen keys: all of them would bury what was typed."""

    def by_recipe(seed, **settings):
        quick = result(seed=seed, lr=0.1, **settings)
        return quick | {"overrides": [*quick["overrides"], "recipe=quick"]}

    runs = [result(), result(seed=1), by_recipe(0), by_recipe(1)]
    assert swept_keys(runs) == ["recipe"]
    assert [cell.named(["recipe"]) for cell in cells(runs, ["recipe"])] == ["cnn relu", "cnn relu recipe=quick"]
    assert [len(found) for found in cells(runs, ["recipe"]).values()] == [2, 2]
    also_at_another_rate = [*runs, result(lr=0.2)]
    assert swept_keys(also_at_another_rate) == ["optimizer.lr", "recipe"]
    assert swept_keys(runs[2:]) == []
    typed_too = runs[2] | {"overrides": [*runs[2]["overrides"], "optimizer.lr=0.1"]}
    assert swept_keys([*runs[:2], typed_too]) == ["optimizer.lr", "recipe"]


def test_no_recipe_is_none_whether_typed_or_not():
    typed = result(seed=1)
    runs = [result(), typed | {"overrides": [*typed["overrides"], "recipe=null"]}]
    assert swept_keys(runs) == []


def test_a_cell_is_what_differs_by_its_seed_alone():
    runs = [result(seed=0), result(seed=1), result("mish"), result(lr=0.1), result(seed=2, status="failed")]
    found = cells(runs, ["optimizer.lr"])
    assert found == {
        Cell("mnist", "cnn", ("0.003",), "relu"): [runs[0], runs[1], runs[4]],
        Cell("mnist", "cnn", ("0.003",), "mish"): [runs[2]],
        Cell("mnist", "cnn", ("0.1",), "relu"): [runs[3]],
    }
    assert next(iter(found)).named(["optimizer.lr"]) == "cnn relu optimizer.lr=0.003"


def test_names_are_sorted_by_the_numbers_in_them():
    assert sorted(["mlp 10×100", "mlp 2×100", "mlp", "cnn"], key=natural) == ["cnn", "mlp", "mlp 2×100", "mlp 10×100"]


def test_runs_that_went_well_and_how_the_others_ended():
    runs = [result(), *(result(seed=s, status=status) for s, status in enumerate(("missing", "diverged", "missing")))]
    assert ok(runs) == runs[:1]
    assert lost(runs) == "1 diverged, 2 missing"


@pytest.mark.parametrize(("keys", "left"), [(["optimizer.lr"], []), (["a.b", "optimizer.lr"], ["a.b"])])
def test_of_each_cell_the_rate_best_on_validation_is_kept(keys, left):
    """Better on the test set is not to be looked at."""
    runs = [result(lr=0.1, val=0.9, test=0.5), result(lr=0.2, val=0.8, test=0.9)]
    assert at_best_rate(runs, keys) == (runs[:1], left)


def test_a_rate_at_which_seeds_were_lost_is_not_the_best():
    well = [result(seed=s, val=0.9, lr=0.003) for s in range(6)]
    ill = [result(seed=s, val=0.95, lr=0.1) for s in range(2)]
    ill += [result(seed=s, status="diverged", val=None, test=None, lr=0.1) for s in range(2, 6)]
    assert at_best_rate(ill + well, ["optimizer.lr"]) == (well, [])


def test_a_rate_is_not_the_best_because_the_others_are_still_to_come():
    first = [result(seed=0, val=0.95, lr=0.0003), result(seed=0, val=0.98, lr=0.003)]
    second = [result(seed=1, val=0.95, lr=0.0003), result(seed=1, status="missing", val=None, test=None, lr=0.003)]
    assert at_best_rate(first + second, ["optimizer.lr"]) == ([first[1], second[1]], [])
    assert at_best_rate([first[0], second[1]], ["optimizer.lr"]) == ([first[0], second[1]], ["optimizer.lr"])


def test_without_validation_every_rate_stays_a_cell_of_its_own():
    runs = [result(val=None, lr=lr) for lr in (0.1, 0.2)]
    assert at_best_rate(runs, ["optimizer.lr"]) == (runs, ["optimizer.lr"])


def test_a_setting_that_older_results_lack_sets_them_apart():
    old, new = result(), result(seed=1)
    new["config"] = new["config"] | {"loss": {"label_smoothing": 0.1}}
    assert swept_keys([old, new]) == ["loss.label_smoothing"]
    assert len(cells([old, new], ["loss.label_smoothing"])) == 2
