import pytest

from mnist_exp.study.reproduction import reaches, reproductions, seconds_to, training
from tests.study.test_cells import result

NOTHING = {"train_acc": None, "val_acc": None, "test_acc": None, "test_loss": None, "epochs": {}}


def epochs(*test_accs, seconds=10.0):
    """A history that watched the test set; the loss falls as the accuracy rises."""
    return [{"epoch": e, "test_acc": a, "test_loss": 1 - a, "seconds": seconds} for e, a in enumerate(test_accs, 1)]


def published(seed=0, history=(), name="setup", data="mnist", **claims):
    """A run that repeats a published setup on a network of one layer of three."""
    run = result(seed=seed, data=data, lr=0.01)
    run["config"]["claim"] = {"name": name, "source": "a study", **NOTHING, **claims}
    return run | {"experiment": name, "history": list(history), "test_acc": history[-1]["test_acc"], "epochs": 3}


def default(seed=0, history=(), typed=("model=cnn",)):
    """A run of the same network with nothing typed but what network it is."""
    run = result(seed=seed)
    return run | {"history": list(history), "overrides": [*typed, f"seed={seed}"], "test_acc": history[-1]["test_acc"]}


def only(*runs):
    (found,) = reproductions(runs, [])
    return found


def when(passed):
    return passed.seconds, passed.epochs


def sooner(*runs):
    return only(*runs).sooner


def test_a_network_that_whitens_first_is_another_one():
    setup, own = published(history=epochs(0.97, 0.98), test_acc=0.98), default(history=epochs(0.99))
    assert len(only(setup, own).default) == 1
    own["config"]["model"]["whitening"] = {"filters": 12, "kernel": 6, "stride": 2}
    assert len(only(setup, own).default) == 0


@pytest.mark.parametrize(
    ("key", "claimed", "value", "as_good"),
    [
        ("test_acc", 0.9229, 0.9229, True),
        ("test_acc", 0.9229, 0.92284, False),
        ("test_acc", 0.9229, 0.92286, True),  # 92.29 as one would print it
        ("test_acc", 0.98, 0.9751, True),  # "about 98 %"
        ("test_acc", 0.98, 0.9749, False),
        ("test_loss", 0.2753, 0.27534, True),
        ("test_loss", 0.2753, 0.27536, False),
        ("test_loss", 0.2753, 0.2, True),
    ],
)
def test_a_value_is_compared_as_precisely_as_the_claim_is_told(key, claimed, value, as_good):
    assert reaches(key, claimed, value) is as_good


def test_a_claim_is_reached_by_the_mean_or_within_the_seeds_range():
    runs = [published(seed, epochs(0.5, last), test_acc=0.92) for seed, last in enumerate((0.90, 0.91, 0.94))]
    assert only(*runs).reached("test_acc") == "yes"  # the mean is 0.9167: told as 0.92
    claims = {"test_acc": 0.9301, "test_loss": 0.0501}
    runs = [published(seed, epochs(0.5, last), **claims) for seed, last in enumerate((0.90, 0.91, 0.94))]
    assert (only(*runs).reached("test_acc"), only(*runs).reached("test_loss")) == ("in range", "no")


def test_the_figures_are_those_of_the_last_epoch_though_an_earlier_one_was_better():
    run = published(history=epochs(0.99, 0.5), test_acc=0.98) | {"test_acc": 0.99}
    assert only(run).reached("test_acc") == "no"


def test_the_time_to_a_claim_ends_with_the_epoch_at_which_the_mean_has_every_figure():
    runs = [
        default(0, epochs(0.90, 0.95, 0.99, seconds=60)),
        default(1, epochs(0.91, 0.96, 0.99, seconds=20)),
        default(2, epochs(0.92, 0.94, 0.99, seconds=30)),
    ]
    runs[1]["history"][0]["seconds"] = 300  # one disturbed epoch of the quickest
    assert training(runs) == 3 * 20
    assert seconds_to({"test_acc": 0.91}, runs) == 20
    assert seconds_to({"test_acc": 0.92}, runs) == 40  # one seed was there before
    assert seconds_to({"test_acc": 0.92, "test_loss": 0.011}, runs) == 60
    assert seconds_to({"test_acc": 0.995}, runs) is None
    assert seconds_to({"test_acc": 0.5}, []) is None


def test_how_many_times_sooner_the_default_recipe_passes():
    slow, quick = published(history=epochs(0.1, 0.2, 0.95), test_acc=0.95), default(history=epochs(0.95, 0.96))
    assert sooner(slow, quick) == 3
    never = published(history=epochs(0.1, 0.2, 0.3), test_acc=0.95)
    assert (only(never, quick).passed, sooner(never, quick)) == (None, 3)
    assert sooner(slow, default(history=epochs(0.1, 0.2))) is None
    assert sooner(slow) is None


def test_the_default_recipe_over_other_epochs_may_pass_sooner_but_is_not_its_figure():
    slow, whole = published(history=epochs(0.1, 0.2, 0.95), test_acc=0.95), default(history=epochs(0.1, 0.96))
    typed = ("model=cnn", "trainer.max_epochs=1")
    found = only(slow, whole, default(history=epochs(0.95, seconds=12), typed=typed))
    assert (found.default, when(found.passed_by_default)) == ([whole], (12, 1))
    slower = default(history=epochs(0.94, seconds=12), typed=typed)
    assert when(only(slow, whole, slower).passed_by_default) == (20, 2)


def followed(*test_accs, seed=0, **besides):
    run = published(seed, epochs(*test_accs), test_acc=0.95)
    run["config"]["trainer"] = {"max_epochs": len(test_accs)}
    return run | {"overrides": ["experiment=setup", f"trainer.max_epochs={len(test_accs)}"], **besides}


def beside(*runs):
    """Name, seeds of the setup, seeds that followed it: row by row."""
    rows = reproductions(runs, ["trainer.max_epochs"])
    return [(one.name, len(one.runs), len(one.followed)) for one in rows]


def test_a_setup_that_does_not_pass_in_its_own_epochs_may_be_followed_for_longer():
    runs = [published(seed, epochs(0.1, 0.2), test_acc=0.95) for seed in range(2)]
    quick = default(history=epochs(0.95))
    (found,) = reproductions([*runs, quick, followed(0.1, 0.96, 0.3, 0.4)], ["trainer.max_epochs"])
    assert (found.name, found.runs, found.passed, found.sooner) == ("setup", runs, None, 4)  # at least
    (found,) = reproductions([*runs, quick, followed(0.1, 0.96, 0.96, 0.4)], ["trainer.max_epochs"])
    assert (found.passed, found.sooner, found.reached("test_acc")) == (30, 3, "no")  # by fewer seeds than its own


def test_only_the_like_of_a_setup_follows_it():
    setup = published(0, epochs(0.1, 0.2), test_acc=0.95)
    shorter, longer = followed(0.96), followed(0.1, 0.2, 0.3)
    assert beside(setup, longer) == [("setup", 1, 1)]
    for other in (shorter, longer | {"activation": "mish"}, longer | {"machine": "another"}):
        assert sorted(beside(setup, other))[0][2] == 0
        assert len(beside(setup, other)) == 2
    lost = followed(0.1, 0.2, 0.3, seed=1) | {"status": "missing", "history": []}
    assert beside(setup, lost, longer) == [("setup", 1, 1)]
    unfinished = setup | {"status": "missing", "history": [], "seed": 1}
    assert sorted(n for *_, n in beside(unfinished, setup, shorter)) == [0, 0]


def test_only_the_default_recipe_stands_beside_a_setup_at_whatever_precision_it_chooses():
    slow, whole = published(history=epochs(0.1, 0.2, 0.95), test_acc=0.95), default(history=epochs(0.1, 0.96))
    whole["precision"] = "bf16-mixed"
    other = default(history=epochs(0.99, seconds=1), typed=("model=cnn", "recipe=muon_shift"))
    chosen = default(history=epochs(0.99, seconds=1), typed=("model=cnn", "trainer.precision=16-mixed"))
    found = only(slow, whole, other, chosen)
    assert (found.default, found.other_lengths, found.sooner) == ([whole], [], 1.5)


def test_dropout_is_part_of_the_network():
    setup, own = (
        published(history=epochs(0.97)),
        default(history=epochs(0.99), typed=("model=cnn", "model.dropout=0.5")),
    )
    assert only(setup, own).default == [own]
    setup["config"]["model"]["dropout"] = 0.25
    assert only(setup, own).default == []


def test_runs_that_did_not_watch_the_test_set_say_nothing_of_when():
    unwatched = [{"epoch": 1, "train_acc": 0.9, "seconds": 10.0}]
    blind = published(history=epochs(0.95), test_acc=0.95) | {"history": unwatched}
    seeing = default(history=epochs(0.95))
    assert (only(blind, seeing).passed, sooner(blind, seeing)) == (None, None)
    slow = published(history=epochs(0.1, 0.95), test_acc=0.95)
    elsewhere = seeing | {"history": unwatched, "run_dir": "another sweep's"}
    runs = slow, elsewhere, seeing, elsewhere
    assert (only(*runs).default, sooner(*runs)) == ([seeing], 2)  # one run a seed, and the one that tells


def test_times_on_other_machines_do_not_compare():
    slow = published(history=epochs(0.1, 0.95), test_acc=0.95) | {"machine": "a"}
    assert only(slow, default(history=epochs(0.95)) | {"machine": "b"}).default == []
    assert sooner(slow, default(history=epochs(0.95)) | {"machine": "a"}) == 2


def test_seeds_that_were_lost_are_told():
    runs = [published(seed, epochs(0.95), test_acc=0.95) for seed in range(3)]
    runs[1]["status"] = "diverged"
    assert (len(only(*runs).runs), only(*runs).lost) == (2, "1 diverged")
    runs[0]["status"] = runs[2]["status"] = "failed"
    assert reproductions(runs, []) == []


def test_a_setup_without_a_claim_is_held_to_what_it_reaches_itself():
    runs = [published(0, epochs(0.5, 0.90)), published(1, epochs(0.5, 0.92)), default(history=epochs(0.90, 0.91))]
    found = only(*runs)
    assert (found.target, found.claims) == ({"test_acc": pytest.approx(0.91)}, {})
    assert (found.passed, when(found.passed_by_default)) == (20, (20, 2))


def test_the_default_recipe_is_a_run_of_the_same_layers_with_nothing_else_typed():
    one = published(history=epochs(0.9))
    alike = default(history=epochs(0.9), typed=("model=cnn", "trainer.threads=1", "diagnostics.test_each_epoch=True"))
    tuned = default(history=epochs(0.9), typed=("model=cnn", "optimizer.lr=0.01"))
    wider = default(history=epochs(0.9))
    wider["config"]["model"]["hidden"] = [99]
    busier = alike | {"threads": 2}
    assert only(one, alike, tuned, wider, busier).default == [alike]


def test_other_data_cannot_answer_a_claim():
    assert reproductions([published(history=epochs(0.9), data="mnist5k")], []) == []


def test_a_run_that_was_not_watched_counts_by_the_figures_of_its_record():
    run = published(history=epochs(0.5), test_acc=0.9)
    run |= {"history": [{"epoch": 1, "train_acc": 0.9, "seconds": 10.0}], "test_acc": 0.93}
    assert (only(run).reached("test_acc"), only(run).passed) == ("yes", None)
