import pytest

from mnist_exp.config import compose
from mnist_exp.errors import UserError
from mnist_exp.sweeps.axes import expand_axes, parse_axes


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        ("seed=0,1", {"seed": ["seed=0", "seed=1"]}),
        ("seed=range(2)", {"seed": ["seed=0", "seed=1"]}),
        ("++seed=3", {"seed": ["++seed=3"]}),
        (
            "model.activation=./my_act.py:Snake,relu",
            {"model.activation": ["model.activation=./my_act.py:Snake", "model.activation=relu"]},
        ),
    ],
)
def test_each_value_of_an_axis_is_an_override(typed, parsed):
    assert parse_axes([typed], None) == parsed


def test_the_last_axis_varies_fastest():
    runs = expand_axes(["model=mlp,cnn", "seed=0,1"], None, lambda overrides: compose.composed(overrides))
    assert runs == [["model=mlp", "seed=0"], ["model=mlp", "seed=1"], ["model=cnn", "seed=0"], ["model=cnn", "seed=1"]]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (["seed=range(3000000000,5000000000)"], "seed has 2000000000 values"),
        (["seed=shuffle(range(100001))"], "seed has 100001 values"),
        (["optimizer.lr=range(0,1,1e-9)"], "optimizer.lr has 1000000000 values"),
        (["seed=range(1000)", "data.split_seed=range(200)"], "seed has 1000 values, and the sweep 200000 runs"),
        (["seed=range(0,9,0)"], "the step of a range must not be 0"),
        (["seed=0,1,0"], "Type each value once"),
    ],
)
def test_too_many_runs_and_repeated_values_are_refused_at_once(typed, line):
    """Two thousand million seeds took hours and all memory."""
    with pytest.raises(UserError, match=line):
        expand_axes(typed, None, lambda overrides: compose.composed(overrides))
