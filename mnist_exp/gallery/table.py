"""The table of properties: its columns are those of the page, properties.csv and properties.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mnist_exp.gallery.cost import PRECISIONS, Costs, costs
from mnist_exp.gallery.functions import Function
from mnist_exp.gallery.properties import Properties, properties
from mnist_exp.gallery.texts import number, saturation
from mnist_exp.models.activations import SATURATED
from mnist_exp.own_code import calling


@dataclass(frozen=True)
class Row:
    """A function with what is known about it; no costs if they were not measured."""

    function: Function
    properties: Properties
    costs: Costs | None = None


@dataclass(frozen=True)
class Column:
    """A column of the page.

    Args:
        title: its head.
        meaning: one sentence.
        value: what the column is sorted by; None comes last.
        text: what is shown.
        csv: the columns of properties.csv that it stands for; by default one, `value`.
        is_text: whether it is aligned to the left.
    """

    title: str
    meaning: str
    value: Callable[[Row], Any]
    text: Callable[[Row], str]
    csv: dict[str, Callable[[Row], Any]]
    is_text: bool = False


def _value_of(name: str, row: Row) -> Any:
    return getattr(row.properties, name)


def _property(name: str, title: str, meaning: str, text: Callable[[Any], str] = number) -> Column:
    """A column of one property."""
    value = partial(_value_of, name)
    return Column(title, meaning, value, lambda row: text(value(row)), {name: value})


def _cost(precision: str, part: str, title: str, passes: str) -> Column:
    def value(row: Row) -> float | None:
        return round(getattr(row.costs[precision], part), 3) if row.costs else None

    def text(row: Row) -> str:
        found = value(row)
        return "" if found is None else number(found, 2 if found < 1 else 1)

    meaning = f"Time of {passes} in {precision} as a multiple of ReLU's."
    return Column(f"{title}, {precision}", meaning, value, text, {f"cost_{title}_{precision}": value})


NAME = Column(
    "activation",
    "Its name, as in model.activation=NAME, and f(x). σ is the sigmoid, Φ the normal distribution function.",
    lambda row: row.function.name,
    lambda row: row.function.name,
    {"activation": lambda row: row.function.name, "formula": lambda row: row.function.formula},
    is_text=True,
)
SOURCE = Column(
    "source",
    "Who proposed it for neural networks; of one's own the file.",
    lambda row: row.function.source,
    lambda row: row.function.source,
    {"source": lambda row: row.function.source},
    is_text=True,
)
LEARNED = Column(
    "learned",
    "Whether it has parameters that are trained with the weights. Its properties are those at the start.",
    lambda row: row.function.learned,
    lambda row: "learned" if row.function.learned else "no",
    {"learned": lambda row: row.function.learned},
    is_text=True,
)
ZERO = Column(
    "f(0)",
    "Its value at 0. A function that is zero there keeps inputs of mean 0 near 0.",
    lambda row: row.properties.value_at_zero,
    lambda row: number(row.properties.value_at_zero),
    {
        "zero_at_zero": lambda row: row.properties.zero_at_zero,
        "value_at_zero": lambda row: row.properties.value_at_zero,
    },
)
SMOOTHNESS = Column(
    "smooth",
    "C0: its derivative jumps. C1: its second derivative jumps. C2+: neither of them does.",
    lambda row: row.properties.smoothness.value,
    lambda row: row.properties.smoothness.value,
    {"smoothness": lambda row: row.properties.smoothness.value},
    is_text=True,
)
SATURATION = Column(
    "saturated",
    f"Where its derivative is below {SATURATED} in size; dead where it is 0. Sorted by the end on the left.",
    lambda row: row.properties.saturated_below,
    lambda row: saturation(row.properties),
    {name: partial(_value_of, name) for name in ("saturated_below", "saturated_above", "dead_below", "dead_above")},
    is_text=True,
)


COLUMNS = [
    NAME,
    SOURCE,
    LEARNED,
    _property("lowest", "lowest", "The largest number that no value is below."),
    _property("highest", "highest", "The smallest number that no value is above."),
    _property(
        "monotone", "monotone", "Whether it never falls, or never rises.", lambda yes: "monotone" if yes else "no"
    ),
    ZERO,
    _property("lipschitz", "Lipschitz", "The largest size of its derivative: gradients grow by no more."),
    SMOOTHNESS,
    SATURATION,
    _property(
        "saturated_share",
        "saturated, %",
        f"For how many standard normal inputs in a hundred its derivative is below {SATURATED} in size.",
        lambda share: number(100 * share, 1),
    ),
    _property(
        "gain",
        "gain",
        "1 / √(E f(z)²) for standard normal z: the factor of the weights that keeps the variance from layer to layer, "
        "as model.init=matched uses it.",
    ),
]
COSTS = [
    *(_cost(precision, "forward", "forward", "a forward pass") for precision in PRECISIONS),
    *(_cost(precision, "both", "training", "a forward and a backward pass") for precision in PRECISIONS),
]


def columns(rows: Sequence[Row]) -> list[Column]:
    """The columns of a table of these rows."""
    return [*COLUMNS, *(COSTS if any(row.costs for row in rows) else [])]


def computed(shown: Sequence[Function]) -> list[Row]:
    """A row for each function, without costs. Raises UserError if one of the user's own fails for some input."""
    return [Row(f, calling(f.name, partial(properties, f))) for f in shown]


def with_costs(rows: Sequence[Row]) -> list[Row]:
    """The rows with the costs of their functions, which takes about half a minute."""
    measured = costs([row.function.make for row in rows])
    return [replace(row, costs=found) for row, found in zip(rows, measured, strict=True)]


def csv_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of properties.csv."""
    named = {name: value for column in columns(rows) for name, value in column.csv.items()}
    return [{name: value(row) for name, value in named.items()} for row in rows]


def text_table(rows: Sequence[Row]) -> list[list[str]]:
    """The table of properties.md: a header, and a row for each function."""
    shown = [column for column in columns(rows) if column not in (SOURCE, LEARNED)]
    return [[column.title for column in shown], *([column.text(row) for column in shown] for row in rows)]
