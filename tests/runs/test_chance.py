from dataclasses import replace

import pytest

from mnist_exp.runs.chance import chance, did_not_learn, did_not_learn_line, percent
from tests.factories import OLD_RECORDS, old_record, on_classes, record

MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # images of each digit


@pytest.mark.parametrize(
    ("support", "expected"),
    [
        (MNIST_TEST, 0.1),  # 11.35 % are ones
        ([500, 500], 0.5),
        ([740, 260], 0.5),
        ([900, 100], 0.9),
        ([160, *[60] * 14], 0.16),
        ([1000], 1.0),
    ],
)
def test_chance_is_one_of_all_classes_or_the_share_of_one_that_is_much_more_frequent(support, expected):
    assert chance(on_classes(support)) == pytest.approx(expected)


def test_without_counts_the_classes_are_equally_frequent():
    assert chance(record()) == 0.1


@pytest.mark.parametrize(
    ("support", "accuracy", "expected"),
    [
        (MNIST_TEST, 0.1135, True),
        (MNIST_TEST, 0.13, True),
        (MNIST_TEST, 0.2021, True),  # 0.1135 + 0.1 · 0.8865 = 0.20215
        (MNIST_TEST, 0.2022, False),
        ([500, 500], 0.52, True),
        ([500, 500], 0.56, False),
        ([740, 260], 0.75, True),  # always the frequent class has 74 %
        ([900, 100], 0.905, True),
        ([900, 100], 0.92, False),
        ([10] * 100, 0.015, True),
        ([10] * 100, 0.08, False),  # eight times chance
        ([1000], 1.0, False),
    ],
)
def test_a_run_about_as_accurate_as_guessing_did_not_learn(support, accuracy, expected):
    assert did_not_learn(on_classes(support, test=accuracy)) == expected


@pytest.mark.parametrize("name", OLD_RECORDS)
def test_records_of_earlier_versions_are_judged_too(name):
    _, run = old_record(name)
    assert chance(run) == 0.1
    assert not did_not_learn(run)
    assert did_not_learn(replace(run, test_acc=0.12))


@pytest.mark.parametrize("status", ["failed", "diverged", "missing"])
def test_a_run_without_a_result_is_not_judged(status):
    assert not did_not_learn(record(status=status, test=0.1))
    assert not did_not_learn(record(status=status, test=None))


def test_the_line_names_the_run_its_accuracy_and_chance():
    run = record("sigmoid", test=0.1342)
    assert did_not_learn_line(run) == "cnn sigmoid did not learn: test accuracy 13 %, chance is 10 %."
    softmax = record(model="softmax", test=0.098)
    assert did_not_learn_line(softmax) == "softmax did not learn: test accuracy 9.8 %, chance is 10 %."


def test_small_percentages_have_a_digit_more():
    assert [percent(value) for value in (0.0213, 0.1, 0.995, 1)] == ["2.1 %", "10 %", "100 %", "100 %"]
