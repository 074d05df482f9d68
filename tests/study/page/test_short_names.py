import re

import pytest
import vl_convert

from mnist_exp.study.page.chart import names_axis
from mnist_exp.study.page.short_names import short_names

SLOPES = [f"leaky_relu(negative_slope={slope})" for slope in (0.001, 0.01, 0.1)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["relu", "mish"], ["relu", "mish"]),
        (SLOPES, ["leaky_relu(…0.001)", "leaky_relu(…0.01)", "leaky_relu(…0.1)"]),
        (["relu", "./my_long_file.py:SnakeOfMine"], ["relu", "SnakeOfMine"]),
        (["./my_long_file_1.py:Snake", "./my_long_file_2.py:Snake"], None),
        ([f"./acts.py:SnakeWithLearnableFrequency alpha={alpha}" for alpha in (1, 2)], None),
        ([f"swish recipe=a_long_name_{i} optimizer=adamw" for i in (1, 2)], None),
    ],
)
def test_long_names_are_shortened_where_they_are_alike(names, expected):
    short = short_names(names, 22)
    assert list(short) == names
    assert len(set(short.values())) == len(names)
    if expected:
        assert list(short.values()) == expected


def test_an_axis_shows_the_short_names():
    values = [{"arm": name, "x": 1} for name in SLOPES]
    encoding = {"y": {"field": "arm", "type": "nominal", "axis": names_axis(SLOPES)}}
    svg = vl_convert.vegalite_to_svg({"data": {"values": values}, "mark": "point", "encoding": encoding})
    assert "leaky_relu(…0.001)" in svg
    assert "negative" not in re.sub("aria-label=[^>]*", "", svg)
