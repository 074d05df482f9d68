"""A study in TensorBoard: for each network the learning curves of all activations, as means over the seeds."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.custom_scalar import layout_pb2, metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from mnist_exp.runs.files import RESULT
from mnist_exp.runs.record import Record
from mnist_exp.runs.sweep_dir import PLAN
from mnist_exp.study.cells import Cell, cells, mean_curve, ok
from mnist_exp.study.swept_settings import format_settings

FOLDER = "mean"  # its runs are named after the activations, so that a chart's legend is readable
CURVES = {
    "val_acc": "validation accuracy",
    "val_loss": "validation loss",
    "train_acc": "training accuracy",
    "train_loss": "training loss",
}
Point = tuple[int, Summary.Value]  # a step and a value


def write_overlay(folder: Path, records: Sequence[Record], swept: Sequence[str]) -> None:
    """Write event files to mean/<activation>/, and the layout of TensorBoard's tab Custom Scalars."""
    if any((folder / FOLDER).rglob(RESULT)) or any((folder / FOLDER).rglob(PLAN)):
        return  # a sweep of that name
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    with_data = len({record.data for record in records}) > 1
    networks: list[str] = []
    for cell, runs in cells(records, swept).items():
        if ok(runs):
            networks.append(network := _network_name(cell, with_data))
            _write_events(folder / FOLDER / _folder_name(cell), _curves(network, ok(runs)))
    if networks:
        _write_events(folder / FOLDER, [_layout(list(dict.fromkeys(networks)))])


def _folder_name(cell: Cell) -> str:
    """The activation as one folder's name: a user's own may be /home/me/acts:Snake or ../acts:Snake."""
    return re.sub(r"[^\w-]+", "-", cell.activation or "no_activation").strip("-")


def _network_name(cell: Cell, with_data: bool) -> str:
    return " ".join([cell.model, *format_settings(cell.swept), *([f"on {cell.data}"] if with_data else [])])


def _curves(network: str, runs: Sequence[Record]) -> Iterator[Point]:
    for key in CURVES:
        for epoch, value in mean_curve(runs, key):
            yield epoch, Summary.Value(tag=f"{network}/{key}", simple_value=value)


def _layout(networks: Sequence[str]) -> Point:
    """A category for each network, a chart for each curve."""

    def chart(network: str, key: str) -> layout_pb2.Chart:
        lines = layout_pb2.MultilineChartContent(tag=[f"^{re.escape(network)}/{key}$"])
        return layout_pb2.Chart(title=CURVES[key], multiline=lines)

    categories = [layout_pb2.Category(title=name, chart=[chart(name, key) for key in CURVES]) for name in networks]
    text = layout_pb2.Layout(category=categories).SerializeToString()
    return 0, Summary.Value(
        tag=metadata.CONFIG_SUMMARY_TAG,
        metadata=metadata.create_summary_metadata(),
        tensor=TensorProto(dtype=DT_STRING, string_val=[text]),
    )


def _write_events(folder: Path, points: Iterable[Point]) -> None:
    writer = EventFileWriter(str(folder))
    for step, value in points:
        writer.add_event(Event(step=step, summary=Summary(value=[value])))
    writer.close()
