from mnist_exp.study.page.study_data import study_data
from tests.factories import arms, record


def test_a_group_has_the_rows_of_its_runs_in_the_table():
    runs = [record("tanh", status="failed", test=None, val=None), *arms(2, relu=0.0, mish=0.01)]
    data = study_data(runs, [], [])
    rows = dict(zip(data.groups.labels, data.groups.rows, strict=True))
    assert rows == {"cnn, relu": [1, 2], "cnn, mish": [3, 4]}


def test_means_are_in_percent_and_highest_first():
    (means,) = study_data(arms(3, relu=0.0, mish=0.01), [], []).means.values()
    assert [(mean.arm, mean.n) for mean in means] == [("mish", 3), ("relu", 3)]
    assert abs(means[0].mean - 91.1) < 1e-9
    assert means[0].low < 91.1 < means[0].high
    assert means[0].low_images is None  # no predictions


def test_one_seed_has_no_interval_over_seeds():
    (means,) = study_data([record(test=0.9)], [], []).means.values()
    assert (means[0].low, means[0].high, means[0].at_chance) == (None, None, 0)


def test_runs_at_chance_are_counted():
    runs = [record(test=0.11), record(seed=1, test=0.98)]
    assert study_data(runs, [], []).means["cnn"][0].at_chance == 1
