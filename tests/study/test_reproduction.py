from dataclasses import replace

import pytest

from mnist_exp.study.reproduction import reproductions
from tests.factories import compose_once
from tests.study.setups import default, epochs, longer, published, with_model

UNMEASURED = [{"epoch": 1, "train_acc": 0.9, "seconds": 10.0}]  # no test accuracy by epoch


def only(*runs):
    (found,) = reproductions(runs, [])
    return found


def seconds_and_epochs(default_pass):
    return default_pass.seconds, default_pass.epochs


def test_a_network_with_whitening_is_another_one():
    setup, own = published(history=epochs(0.97, 0.98), test_acc=0.98), default(history=epochs(0.99))
    assert only(setup, own).default == [own]
    whitened = compose_once("model=cnn_quick").model
    model = own.config.model
    same = {key: getattr(model, key) for key in ("hidden", "channels", "kernel", "padding", "dropout", "_target_")}
    assert only(setup, with_model(own, replace(whitened, **same))).default == []


def test_a_claim_is_reached_by_the_mean_or_by_the_best_seed():
    last = (0.90, 0.91, 0.94)
    runs = [published(seed, epochs(0.5, acc), test_acc=0.92) for seed, acc in enumerate(last)]
    assert only(*runs).reached("test_acc") == "yes"  # the mean is 0.9167, rounded to 0.92
    claims = {"test_acc": 0.9301, "test_loss": 0.0501}
    one = only(*(published(seed, epochs(0.5, acc), **claims) for seed, acc in enumerate(last)))
    assert (one.reached("test_acc"), one.reached("test_loss")) == ("in range", "no")


def test_metrics_are_those_of_the_last_epoch_though_an_earlier_one_was_better():
    run = replace(published(history=epochs(0.99, 0.5)), test_acc=0.99)
    setup = published(history=epochs(0.99, 0.5), test_acc=0.98)
    assert only(replace(setup, test_acc=run.test_acc)).reached("test_acc") == "no"


def test_how_many_times_sooner_the_default_recipe_reaches_the_target():
    slow, fast = published(history=epochs(0.1, 0.2, 0.95), test_acc=0.95), default(history=epochs(0.95, 0.96))
    assert only(slow, fast).times_sooner == 3
    never = published(history=epochs(0.1, 0.2, 0.3), test_acc=0.95)
    assert (only(never, fast).seconds_to_target, only(never, fast).times_sooner) == (None, 3)
    assert only(slow, default(history=epochs(0.1, 0.2))).times_sooner is None
    assert only(slow).times_sooner is None


def test_the_default_recipe_may_reach_it_sooner_with_other_epochs_but_its_accuracy_is_of_its_own():
    slow, whole = published(history=epochs(0.1, 0.2, 0.95), test_acc=0.95), default(history=epochs(0.1, 0.96))
    overrides = ("model=cnn", "trainer.max_epochs=1")
    found = only(slow, whole, default(history=epochs(0.95, seconds=12), overrides=overrides))
    assert (found.default, seconds_and_epochs(found.default_pass)) == ([whole], (12, 1))
    slower = default(history=epochs(0.94, seconds=12), overrides=overrides)
    assert seconds_and_epochs(only(slow, whole, slower).default_pass) == (20, 2)


def rows(*runs):
    """Name, number of seeds and number of longer runs of each setup."""
    found = reproductions(runs, ["trainer.max_epochs"])
    return [(one.name, len(one.runs), len(one.longer)) for one in found]


def test_longer_runs_show_when_a_setup_reaches_its_target_after_its_own_epochs():
    runs = [published(seed, epochs(0.1, 0.2), test_acc=0.95) for seed in range(2)]
    fast = default(history=epochs(0.95))
    (one,) = reproductions([*runs, fast, longer(0.1, 0.96, 0.3, 0.4)], ["trainer.max_epochs"])
    assert (one.name, one.runs, one.seconds_to_target, one.times_sooner) == ("setup", runs, None, 4)  # at least
    (one,) = reproductions([*runs, fast, longer(0.1, 0.96, 0.96, 0.4)], ["trainer.max_epochs"])
    assert (one.seconds_to_target, one.times_sooner, one.reached("test_acc")) == (30, 3, "no")


def test_longer_runs_must_have_the_same_settings_and_machine():
    setup = published(0, epochs(0.1, 0.2), test_acc=0.95)
    more = longer(0.1, 0.2, 0.3)
    assert rows(setup, more) == [("setup", 1, 1)]
    for other in (longer(0.96), replace(more, activation="mish"), replace(more, machine="another")):
        assert sorted(rows(setup, other))[0][2] == 0
        assert len(rows(setup, other)) == 2
    missing = longer(0.1, 0.2, 0.3, seed=1, status="missing", history=[])
    assert rows(setup, missing, more) == [("setup", 1, 1)]
    unfinished = replace(setup, status="missing", history=[], seed=1)
    assert sorted(n for *_, n in rows(unfinished, setup, longer(0.96))) == [0, 0]


def test_only_the_default_recipe_is_compared_whatever_precision_it_chooses():
    slow = published(history=epochs(0.1, 0.2, 0.95), test_acc=0.95)
    whole = replace(default(history=epochs(0.1, 0.96)), precision="bf16-mixed")
    recipe = default(history=epochs(0.99, seconds=1), overrides=("model=cnn", "recipe=muon_shift"))
    typed = default(history=epochs(0.99, seconds=1), overrides=("model=cnn", "trainer.precision=16-mixed"))
    found = only(slow, whole, recipe, typed)
    assert (found.default, found.other_lengths, found.times_sooner) == ([whole], [], 1.5)


def test_dropout_is_part_of_the_network():
    setup = published(history=epochs(0.97))
    own = default(history=epochs(0.99), overrides=("model=cnn", "model.dropout=0.5"))
    assert only(setup, own).default == [own]
    dropout = with_model(setup, replace(setup.config.model, dropout=0.25))
    assert only(dropout, own).default == []


def test_runs_without_test_accuracy_by_epoch_do_not_say_when_a_target_is_reached():
    blind = replace(published(history=epochs(0.95), test_acc=0.95), history=UNMEASURED)
    measured = default(history=epochs(0.95))
    assert (only(blind, measured).seconds_to_target, only(blind, measured).times_sooner) == (None, None)
    slow = published(history=epochs(0.1, 0.95), test_acc=0.95)
    unmeasured = replace(measured, history=UNMEASURED)
    found = only(slow, unmeasured, measured, unmeasured)
    assert (found.default, found.times_sooner) == ([measured], 2)  # of each seed the run that was measured


def test_times_on_other_machines_do_not_compare():
    slow, fast = published(history=epochs(0.1, 0.95), test_acc=0.95), default(history=epochs(0.95))
    assert only(slow, replace(fast, machine="another")).default == []
    assert only(slow, replace(fast, threads=2)).default == []
    assert only(slow, fast).times_sooner == 2


def test_runs_that_did_not_finish_are_counted():
    runs = [published(seed, epochs(0.95), test_acc=0.95) for seed in range(3)]
    runs[1].status = "diverged"
    assert (len(only(*runs).runs), only(*runs).not_ok) == (2, "1 diverged")
    runs[0].status = runs[2].status = "failed"
    assert reproductions(runs, []) == []


def test_the_target_of_a_setup_without_claims_is_its_own_test_accuracy():
    runs = [published(0, epochs(0.5, 0.90)), published(1, epochs(0.5, 0.92)), default(history=epochs(0.90, 0.91))]
    found = only(*runs)
    assert (found.target, found.claims) == ({"test_acc": pytest.approx(0.91)}, {})
    assert (found.seconds_to_target, seconds_and_epochs(found.default_pass)) == (20, (20, 2))


@pytest.mark.parametrize("section", ["diagnostics", "look"])  # the second is the name in earlier versions
def test_the_default_recipe_is_the_same_network_with_no_other_override(section):
    setup, history = published(history=epochs(0.9)), epochs(0.9)
    neutral = default(0, history, ("model=cnn", "trainer.threads=1", f"{section}.test_each_epoch=True"))
    tuned = default(0, history, ("model=cnn", "optimizer.lr=0.01"))
    wide = default(0, history)
    wide = with_model(wide, replace(wide.config.model, hidden=[99]))
    assert only(setup, neutral, tuned, wide).default == [neutral]


def test_runs_on_other_data_do_not_answer_a_claim():
    assert reproductions([published(history=epochs(0.9), data="mnist5k")], []) == []


def test_a_run_without_test_accuracy_by_epoch_counts_by_its_record():
    run = replace(published(history=epochs(0.5), test_acc=0.9), history=UNMEASURED, test_acc=0.93)
    assert (only(run).reached("test_acc"), only(run).seconds_to_target) == ("yes", None)


def test_setups_of_one_name_are_named_by_their_settings():
    setup, other = published(history=epochs(0.5, 0.9)), longer(0.9)
    found = reproductions([setup, other, longer(0.1, seed=1, activation="mish")], ["trainer.max_epochs"])
    assert len({one.name for one in found}) == len(found) == 3
