import csv

import pytest

from mnist_exp.study.reproduction import LENGTH, reproductions
from mnist_exp.study.reproduction_tables import cells_of, claimed, figures, shown, spread
from mnist_exp.study.write import write_study
from tests.study.test_reproduction import default, epochs, followed, published


@pytest.fixture
def runs():
    points = {1: [0.9, 0.5], 3: [0.99, 0.94]}
    claims = {"test_acc": 0.9335, "test_loss": 0.0665, "epochs": points}
    histories = [epochs(0.5, 0.8, last) for last in (0.93, 0.94)]
    for history in histories:
        for row in history:
            row["train_acc"] = row["test_acc"] + 0.01
    repeated = [published(seed, history, "old_cnn", **claims) for seed, history in enumerate(histories)]
    return [*repeated, *(default(i, epochs(0.9 + i / 100, 0.95 - i / 100, seconds=3)) for i in range(2))]


def test_a_row_says_what_is_claimed_measured_and_passed(runs):
    (one,) = reproductions(runs, [])
    assert cells_of(one) == [
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


def test_who_followed_a_setup_in_vain_is_told():
    rows = reproductions([published(0, epochs(0.1, 0.2), test_acc=0.95), followed(0.1, 0.2, 0.3)], [LENGTH])
    assert [cells_of(one)[7] for one in rows] == ["> 30 (3 epochs, n = 1)"]


def test_what_is_not_passed_or_not_run_says_so(runs):
    never = [published(0, epochs(0.5), test_acc=0.9), default(0, epochs(0.5))]
    assert cells_of(reproductions(never, [])[0])[-3:] == ["> 10", "> 10", "–"]
    alone = cells_of(reproductions(runs[:1], [])[0])
    assert alone[-4:] == ["not run", "> 30", "–", "–"]
    assert claimed(reproductions([published(0, epochs(0.5))], [])[0]) == "no figure"


def test_a_claim_is_shown_as_precisely_as_its_source_has_it():
    assert [shown("test_acc", value) for value in (0.92, 0.9935, 0.925)] == ["92 %", "99.35 %", "92.5 %"]
    assert shown("test_loss", 0.0296) == "0.0296"


def test_a_single_seed_has_no_spread():
    assert (spread("test_acc", [0.9]), spread("val_loss", [0.25])) == ("90.00 %", "0.2500")


def test_a_study_with_published_setups_ends_in_the_files_that_compare_them(tmp_path, runs):
    told = write_study(tmp_path, runs)
    assert "old_cnn: test 93.35 %, loss 0.0665 claimed, test 93.50 %" in told
    rows = list(csv.DictReader((tmp_path / "reproduction.csv").read_text().splitlines()))
    assert [(row["figure"], row["claimed"], row["n"], row["reached"]) for row in rows] == [
        ("test_acc", "0.9335", "2", "yes"),
        ("test_loss", "0.0665", "2", "yes"),
    ]
    assert float(rows[0]["times_sooner"]) == 5
    assert (rows[0]["default_passed_n"], rows[0]["default_passed_epochs"]) == ("2", "2")
    assert float(rows[0]["default_passed_test_acc"]) == pytest.approx(0.945)
    assert "| old_cnn | test 93.35 %, loss 0.0665 |" in (tmp_path / "reproduction.md").read_text()
    page = (tmp_path / "reproduction.html").read_text()
    assert page.count('<svg role="img"') == 2
    assert "<td>old_cnn</td>" in page
    assert page.count("python -m mnist_exp") == 1
    assert {path.stem for path in (tmp_path / "figures").glob("*.png")} >= {"claims", "trajectory_old_cnn"}


def test_runs_beside_which_two_setups_stand_are_counted_once(tmp_path, runs):
    another = published(0, epochs(0.9), "another_cnn", test_acc=0.9)
    write_study(tmp_path, [*runs, another])
    assert "5 of 5 runs" in (tmp_path / "reproduction.md").read_text()


def test_a_setup_that_was_not_watched_still_has_its_row(tmp_path, runs):
    for run in runs:
        run |= {"history": [{"epoch": 1, "train_acc": 0.9, "seconds": 10.0}], "test_loss": 0.07}
    told = write_study(tmp_path, runs)
    assert "old_cnn: test 93.35 %" in told
    assert cells_of(reproductions(runs, [])[0])[-3:] == ["–", "–", "–"]
    assert not (tmp_path / "figures" / "trajectory_old_cnn.png").exists()


def test_a_study_without_has_none(tmp_path):
    write_study(tmp_path, [default(0, epochs(0.5))])
    assert not list(tmp_path.glob("reproduction*"))


def test_the_trajectory_has_a_line_for_each_seed_and_the_published_points(runs):
    drawn = {name: figure for name, figure, _ in figures(reproductions(runs, []))}
    lines = drawn["trajectory_old_cnn"].axes[0].get_lines()
    by_name = {line.get_label(): list(line.get_ydata()) for line in lines}
    assert len(lines) == 2 * (2 + 1)
    assert by_name["test"] == pytest.approx([50, 80, 93])
    assert by_name["test, published"] == pytest.approx([50, 94])
    assert by_name["training, published"] == pytest.approx([90, 99])
