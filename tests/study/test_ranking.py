from dataclasses import replace

import pytest

from mnist_exp.study import write
from mnist_exp.study.ranking import rank_over_blocks
from mnist_exp.study.write import write_study
from tests.factories import arms, record, study_config
from tests.study.test_csv_tables import read_csv


def on(data, n=3, model="cnn", **tests):
    """n seeds of each activation on a network and data set."""
    return [replace(run, data=data, model=model) for run in arms(n, **tests)]


def three_blocks():
    """relu is first twice and third once, mish is second throughout, tanh is third twice and first once."""
    return [
        *on("mnist", relu=0.03, mish=0.02, tanh=0.01),
        *on("mnist", model="mlp", relu=0.03, mish=0.02, tanh=0.01),
        *on("mnist5k", relu=-0.7, mish=-0.6, tanh=-0.1),
    ]


def test_the_mean_rank_counts_every_block_alike():
    """Mean accuracies over the blocks would put tanh first."""
    ranking = rank_over_blocks(three_blocks(), [])
    assert [(arm.activation, arm.best_in) for arm in ranking.arms] == [("relu", 2), ("mish", 0), ("tanh", 1)]
    assert [arm.mean_rank for arm in ranking.arms] == pytest.approx([5 / 3, 2, 7 / 3])
    assert ranking.arms[0].ranks == {"cnn on mnist": 1, "cnn on mnist5k": 3, "mlp on mnist": 1}
    assert ranking.seeds == {"cnn on mnist": 3, "cnn on mnist5k": 3, "mlp on mnist": 3}
    assert [arm.share_of_wins for arm in ranking.arms] == [1, 0, 0]
    assert ranking.groups == [["relu", "mish", "tanh"]]
    assert ranking.friedman.chi2 == pytest.approx(2 / 3)


def test_groups_are_named_in_the_order_of_the_ranks():
    runs = [run for k in range(8) for run in on("mnist", model=f"net{k}", tanh=0.01, mish=0.02, relu=0.03)]
    ranking = rank_over_blocks(runs, [])
    assert ranking.critical_difference == pytest.approx(2.343 * (12 / 48) ** 0.5, abs=1e-3)
    assert ranking.groups == [["relu", "mish"], ["mish", "tanh"]]


def test_only_seeds_that_all_arms_of_a_block_share_count():
    """With its third seed, mish would be ahead."""
    runs = [run for model in ("cnn", "mlp") for run in on("mnist", 2, model=model, relu=0.02, mish=0.01)]
    runs += [record("mish", 2, test=0.999, model="cnn"), record("relu", 5, test=0.1, model="mlp")]
    ranking = rank_over_blocks(runs, [])
    assert ranking.arms[0].ranks == {"cnn on mnist": 1, "mlp on mnist": 1}
    assert ranking.seeds == {"cnn on mnist": 2, "mlp on mnist": 2}


def test_an_activation_without_a_result_in_some_block_is_left_out():
    diverged = [record("elu", seed, status="diverged", test=None, data="mnist5k") for seed in range(3)]
    ranking = rank_over_blocks([*three_blocks(), *arms(3, elu=0.05), *diverged], [])
    assert ranking.left_out == ["elu"]
    assert [arm.activation for arm in ranking.arms] == ["relu", "mish", "tanh"]


def test_a_block_without_a_common_seed_does_not_count():
    apart = [record("relu", 0, model="mlp_deep"), record("mish", 1, model="mlp_deep"), record("tanh", model="mlp_deep")]
    ranking = rank_over_blocks([*three_blocks(), *apart], [])
    assert ranking.blocks_left_out == ["mlp_deep on mnist"]
    assert len(ranking.seeds) == 3


def test_networks_with_a_single_activation_or_none_do_not_count():
    others = [record(model="softmax"), record("mish", model="mlp_deep")]
    assert rank_over_blocks([*three_blocks(), *others], []) == rank_over_blocks(three_blocks(), [])


@pytest.mark.parametrize(
    "runs",
    [
        [],
        arms(3, relu=0.0, mish=0.1),
        [*arms(3, relu=0.0), *on("mnist5k", relu=0.0)],
        [*arms(3, relu=0.0, mish=0.1), *on("mnist5k", elu=0.0, tanh=0.0)],
        [record(status="failed", test=None), record("mish", status="missing", test=None)],
    ],
)
def test_less_than_two_blocks_or_arms_have_no_ranking(runs):
    assert rank_over_blocks(runs, []) is None


def test_equal_activations_share_the_first_rank():
    ranking = rank_over_blocks([*on("mnist", relu=0, mish=0, tanh=0), *on("mnist5k", relu=0, mish=0, tanh=0)], [])
    assert [(arm.mean_rank, arm.best_in, arm.share_of_wins) for arm in ranking.arms] == [
        (2, 2, pytest.approx(1 / 3)),
    ] * 3
    assert ranking.friedman == (0, 1)


def test_each_activation_is_ranked_at_its_best_rate():
    """By validation accuracy: 0.2 for relu, 0.1 for mish. At the rates that are best on the test set mish would win."""
    accuracies = {
        ("relu", 0.1): (0.8, 0.1),
        ("relu", 0.2): (0.9, 0.7),
        ("mish", 0.1): (0.9, 0.6),
        ("mish", 0.2): (0.8, 0.9),
    }
    runs = [
        record(name, seed, val=val, test=test, lr=lr, model=model)
        for (name, lr), (val, test) in accuracies.items()
        for model in ("cnn", "mlp")
        for seed in range(2)
    ]
    ranking = rank_over_blocks(runs, ["optimizer.lr"])
    assert list(ranking.seeds) == ["cnn on mnist", "mlp on mnist"]
    assert ranking.arms[0].activation == "relu"


def test_each_value_of_another_swept_setting_is_a_block():
    runs = [run for lr in (0.1, 0.2) for run in (record(lr=lr, val=None), record("mish", lr=lr, val=None, test=0.9))]
    ranking = rank_over_blocks(runs, ["optimizer.lr"])
    assert list(ranking.seeds) == ["cnn optimizer.lr=0.1 on mnist", "cnn optimizer.lr=0.2 on mnist"]
    assert ranking.has_settings


@pytest.fixture
def without_page(monkeypatch):
    """The page and its plots take seconds."""
    monkeypatch.setattr(write, "write_page", lambda *_: None)


@pytest.mark.usefixtures("without_page")
def test_a_study_has_the_table_and_the_text(tmp_path):
    text = write_study(tmp_path, three_blocks(), study_config())
    assert "Over 3 combinations of network and data set: relu has the best mean rank, 1.67 of 1 to 3" in text
    rows = read_csv(tmp_path / "ranking.csv")
    assert [(row["activation"], row["blocks"], row["best_in"], row["differs_from_best"]) for row in rows] == [
        *(("relu", "3", "2", "False"), ("mish", "3", "0", "False"), ("tanh", "3", "1", "False")),
    ]
    assert [float(row["mlp on mnist"]) for row in rows] == [1, 2, 3]
    write_study(tmp_path, arms(2, relu=0.0, mish=0.1), study_config())
    assert not (tmp_path / "ranking.csv").exists()


@pytest.mark.usefixtures("without_page")
def test_a_study_names_cells_at_chance_after_the_verdicts(tmp_path):
    runs = [*arms(2, relu=0.0), *(record("sigmoid", seed, test=0.13) for seed in range(2))]
    text = write_study(tmp_path, runs, study_config())
    assert "\n! cnn sigmoid did not learn: 13 %, chance is 10 %.\n" in text
    assert text.index("cnn on mnist:") < text.index("! cnn sigmoid")
