import math
from pathlib import Path

import pytest

from mnist_exp.figures.style import STUDY
from mnist_exp.gallery.cost import Cost
from mnist_exp.gallery.functions import function
from mnist_exp.gallery.page import sketch, sortable
from mnist_exp.gallery.table import columns, computed, csv_rows, text_table

DOCS = Path(__file__).parents[2] / "docs" / "activations.md"


def test_the_table_in_the_documentation_is_the_computed_one():
    """Except for its last four columns, which are times."""
    header, *rows = text_table(computed([function(name) for name in STUDY]))
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith("| ")]
    documented = [[cell.strip() for cell in line.split("|")[1 : len(header) + 1]] for line in lines]
    assert header in documented
    assert [row for row in rows if row not in documented] == []


def test_costs_are_in_the_table_if_they_were_measured():
    (row,) = computed([function("relu")])
    timed = type(row)(row.function, row.properties, {"fp32": Cost(1.25, 0.333), "bf16": Cost(12.34, 2)})
    assert [column.text(timed) for column in columns([timed])[-4:]] == ["1.2", "12.3", "0.33", "2"]
    assert csv_rows([timed])[0]["cost_training_fp32"] == 0.333
    assert len(columns([row])) == len(columns([timed])) - 4


@pytest.mark.parametrize(
    ("value", "text"), [(math.inf, "Infinity"), (-math.inf, "-Infinity"), (None, ""), (0.5, "0.5"), (True, "True")]
)
def test_values_for_sorting(value, text):
    assert sortable(value) == text


def test_a_sketch_has_a_band_where_the_function_is_saturated():
    bands = {}
    for row in computed([function(name) for name in ("relu", "tanh", "identity")]):
        text = str(sketch(row))
        bands[row.function.name] = text.count("<rect")
        assert text.count("<path") == 3
    assert bands == {"relu": 1, "tanh": 2, "identity": 0}
    (relu,) = computed([function("relu")])
    assert '<rect x="0.0" width="60.0" height="50"/>' in sketch(relu)  # the left half
