import pytest

from mnist_exp.config import compose
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
