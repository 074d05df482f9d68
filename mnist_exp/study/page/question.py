"""The question that a study asks, made from what differs between its runs."""

from collections.abc import Sequence

from mnist_exp.errors import listed
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells
from mnist_exp.study.swept_settings import HIDDEN, LR

MOST_NAMED = 4  # names in a heading; more are counted


def question(records: Sequence[Record], swept: Sequence[str]) -> str:
    """Which activation on which network: relu or mish, on mlp or cnn?"""
    found = list(cells(records, swept))
    activations = _distinct([cell.activation for cell in found])
    networks = _distinct([cell.network for cell in found])
    data = _distinct([cell.data for cell in found])
    return f"{_what(activations, networks)}{_on_which_data(data)}{_settings(found)}?"


def _distinct(names: Sequence[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name is not None))


def _what(activations: Sequence[str], networks: Sequence[str]) -> str:
    if len(activations) > 1 and len(networks) > 1:
        names = f"{_either(activations, 'activations')} on {_either(networks, 'networks')}"
        return f"Which activation on which network: {names}"
    if len(activations) > 1:
        return f"Which activation on {networks[0]}: {_either(activations, 'activations')}"
    own = f" with {activations[0]}" if activations else ""
    if len(networks) > 1:
        return f"Which network{own}: {_either(networks, 'networks')}"
    return f"How accurate is {networks[0]}{own}" if networks else "How accurate are these networks"


def _either(names: Sequence[str], what: str) -> str:
    if len(names) > MOST_NAMED:
        return f"{len(names)} {what}"
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _on_which_data(data: Sequence[str]) -> str:
    return f" ({listed(data)})" if len(data) <= MOST_NAMED else f" ({len(data)} data sets)"


def _settings(found: Sequence[Cell]) -> str:
    """The other settings that differ."""
    swept = dict.fromkeys(key for cell in found for key, _ in cell.swept if key != HIDDEN)
    keys = [key for key in swept if key != LR]
    rate = ", at which learning rate" if LR in swept else ""
    if not keys:
        return rate
    return f"{rate}, by {listed(keys)}" if len(keys) <= MOST_NAMED else f"{rate}, by {len(keys)} settings"
