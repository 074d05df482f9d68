import pytest

from mnist_exp.study.reproduction import LENGTH, reproductions
from mnist_exp.study.reproduction_tables import (
    HEADER,
    claim_text,
    claimed,
    mean_sd_and_range,
    metric_rows,
    reached,
    table_row,
)
from tests.study.setups import default, epochs, longer, published, repeated_setup


def test_a_row_has_what_is_claimed_measured_and_passed():
    (one,) = reproductions(repeated_setup(), [])
    row = table_row(one)
    assert len(row) == len(HEADER)
    assert row == [
        "old_cnn",
        "test 93.35 %, loss 0.0665",
        "test 93.50 % ± 0.71 (93.00 to 94.00); loss 0.0650 ± 0.0071 (0.0600 to 0.0700)",
        "yes",
        "2",
        "30",
        "94.50 % ± 0.71 (94.00 to 95.00), n = 2",
        "30",
        "6.0 (2 epochs, n = 2)",
        "5.00",
    ]


def test_a_row_names_longer_runs_that_did_not_pass_either():
    setups = reproductions([published(0, epochs(0.1, 0.2), test_acc=0.95), longer(0.1, 0.2, 0.3)], [LENGTH])
    assert [table_row(one)[7] for one in setups] == ["> 30 (3 epochs, n = 1)"]


def test_a_row_says_what_was_not_passed_or_not_run():
    never = [published(0, epochs(0.5), test_acc=0.9), default(0, epochs(0.5))]
    assert table_row(reproductions(never, [])[0])[-3:] == ["> 10", "> 10", "–"]
    alone = table_row(reproductions(repeated_setup()[:1], [])[0])
    assert alone[-4:] == ["not run", "> 30", "–", "–"]
    (without_claims,) = reproductions([published(0, epochs(0.5))], [])
    assert (claimed(without_claims), reached(without_claims)) == ("no value", "–")


def test_claims_that_are_not_all_reached_are_answered_one_by_one():
    (one,) = reproductions([published(0, epochs(0.9), test_acc=0.9, test_loss=0.01)], [])
    assert reached(one) == "test yes, loss no"


def test_a_claim_has_the_digits_of_its_source():
    assert [claim_text("test_acc", value) for value in (0.92, 0.9935, 0.925)] == ["92 %", "99.35 %", "92.5 %"]
    assert claim_text("test_loss", 0.0296) == "0.0296"


def test_a_single_seed_has_neither_sd_nor_range():
    assert mean_sd_and_range("test_acc", [0.9]) == "90.00 %"
    assert mean_sd_and_range("val_loss", [0.25]) == "0.2500"


def test_the_csv_has_a_row_for_each_claimed_metric():
    (one,) = reproductions(repeated_setup(), [])
    rows = [row.csv_row() for row in metric_rows(one)]
    assert list(rows[0]) == [
        *("setup", "source", "figure", "claimed", "mean", "sd", "min", "max", "n", "reached", "epochs"),
        *("train_seconds", "seconds_to_claim", "followed_seconds", "followed_n", "default_n", "default_test_acc"),
        *("default_seconds_to_claim", "times_sooner", "default_passed_epochs", "default_passed_n"),
        *("default_passed_test_acc", "command"),
    ]
    assert [(row["figure"], row["claimed"], row["n"], row["reached"]) for row in rows] == [
        ("test_acc", 0.9335, 2, "yes"),
        ("test_loss", 0.0665, 2, "yes"),
    ]
    assert rows[0]["times_sooner"] == pytest.approx(5)
    assert (rows[0]["default_passed_n"], rows[0]["default_passed_epochs"]) == (2, 2)
    assert rows[0]["default_passed_test_acc"] == pytest.approx(0.945)
