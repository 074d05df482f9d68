import pytest

from mnist_exp.study.time_to_target import last_values, reaches, seconds_to, training_seconds, with_every_epoch
from tests.factories import record
from tests.study.setups import default, epochs


@pytest.mark.parametrize(
    ("key", "claimed", "value", "expected"),
    [
        ("test_acc", 0.9229, 0.9229, True),
        ("test_acc", 0.9229, 0.92284, False),
        ("test_acc", 0.9229, 0.92286, True),  # printed as 92.29
        ("test_acc", 0.98, 0.9751, True),  # "about 98 %"
        ("test_acc", 0.98, 0.9749, False),
        ("test_loss", 0.2753, 0.27534, True),
        ("test_loss", 0.2753, 0.27536, False),
        ("test_loss", 0.2753, 0.2, True),
    ],
)
def test_a_value_is_rounded_to_the_digits_of_the_claim(key, claimed, value, expected):
    assert reaches(key, claimed, value) is expected


def test_the_time_to_a_target_ends_with_the_epoch_in_which_the_mean_has_every_metric():
    runs = [
        default(0, epochs(0.90, 0.95, 0.99, seconds=60)),
        default(1, epochs(0.91, 0.96, 0.99, seconds=20)),
        default(2, epochs(0.92, 0.94, 0.99, seconds=30)),
    ]
    runs[1].history[0]["seconds"] = 300  # one disturbed epoch of the fastest
    assert training_seconds(runs) == 3 * 20
    assert seconds_to({"test_acc": 0.91}, runs) == 20
    assert seconds_to({"test_acc": 0.92}, runs) == 40  # one seed reached it before
    assert seconds_to({"test_acc": 0.92, "test_loss": 0.011}, runs) == 60
    assert seconds_to({"test_acc": 0.91}, runs, after=1) == 40
    assert seconds_to({"test_acc": 0.995}, runs) is None
    assert seconds_to({"test_acc": 0.5}, []) is None


def test_values_are_those_of_the_last_epoch_or_else_of_the_record():
    runs = [record(test=0.99, history=epochs(0.99, 0.5)), record(test=0.8, history=[{"epoch": 1}])]
    assert last_values(runs, "test_acc") == [0.5, 0.8]


def test_runs_that_lack_a_metric_in_an_epoch_are_left_out():
    complete, partial = default(history=epochs(0.5, 0.6)), default(history=[*epochs(0.5), {"epoch": 2}])
    assert with_every_epoch(["test_acc"], [complete, partial]) == [complete]
