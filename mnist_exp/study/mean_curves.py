"""A study in TensorBoard: the learning curves of all activations, as means over the seeds, and images."""

import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.custom_scalar import layout_pb2, metadata

from mnist_exp.runs.event_file import EventFile
from mnist_exp.runs.files import RESULT
from mnist_exp.runs.record import Record
from mnist_exp.runs.sweep_dir import PLAN
from mnist_exp.study.cells import Cell, cells, mean_curve, ok
from mnist_exp.study.event_images import study_images
from mnist_exp.study.swept_settings import format_settings

# TensorBoard sorts runs and groups of tags by name: these are the first ones of a sweep.
FOLDER, MEANS = "_study", "1 means"  # the runs in it are named after the activations
EARLIER = "mean"  # the name of the folder in earlier versions
CURVES = {
    "val_acc": "validation accuracy",
    "val_loss": "validation loss",
    "train_acc": "training accuracy",
    "train_loss": "training loss",
}
Point = tuple[int, Summary.Value]  # a step and a value


def write_overlay(folder: Path, records: Sequence[Record], swept: Sequence[str]) -> None:
    """Write event files to _study/<activation>/, and to _study/ the images and the layout of tab Custom Scalars."""
    if _has_runs(folder / FOLDER):
        return  # a sweep of that name
    for path in (folder / FOLDER, folder / EARLIER):
        if not _has_runs(path):
            shutil.rmtree(path, ignore_errors=True)
    try:
        _write_folder(folder, records, swept)
    except OSError:
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
        raise


def _write_folder(folder: Path, records: Sequence[Record], swept: Sequence[str]) -> None:
    with_data = len({record.data for record in records}) > 1
    networks: list[str] = []
    for cell, runs in cells(records, swept).items():
        if ok(runs):
            networks.append(network := _network_name(cell, with_data))
            _write_events(folder / FOLDER / _folder_name(cell), _curves(network, ok(runs)))
    if networks:
        images = ((0, image) for image in study_images(folder, records, swept))
        _write_events(folder / FOLDER, [_layout(list(dict.fromkeys(networks))), *images])


def _has_runs(folder: Path) -> bool:
    return any(folder.rglob(RESULT)) or any(folder.rglob(PLAN))


def _folder_name(cell: Cell) -> str:
    """The activation as one folder's name: a user's own may be /home/me/acts:Snake or ../acts:Snake."""
    return re.sub(r"[^\w-]+", "-", cell.activation or "no_activation").strip("-")


def _network_name(cell: Cell, with_data: bool) -> str:
    return " ".join([cell.model, *format_settings(cell.swept), *([f"on {cell.data}"] if with_data else [])])


def _curves(network: str, runs: Sequence[Record]) -> Iterator[Point]:
    for key in CURVES:
        for epoch, value in mean_curve(runs, key):
            yield epoch, Summary.Value(tag=_tag(network, key), simple_value=value)


def _tag(network: str, key: str) -> str:
    return f"{MEANS}: {network}/{key}"


def _layout(networks: Sequence[str]) -> Point:
    """A category for each network, a chart for each curve."""

    def chart(network: str, key: str) -> layout_pb2.Chart:
        lines = layout_pb2.MultilineChartContent(tag=[f"^{re.escape(_tag(network, key))}$"])
        return layout_pb2.Chart(title=CURVES[key], multiline=lines)

    categories = [layout_pb2.Category(title=name, chart=[chart(name, key) for key in CURVES]) for name in networks]
    text = layout_pb2.Layout(category=categories).SerializeToString()
    return 0, Summary.Value(
        tag=metadata.CONFIG_SUMMARY_TAG,
        metadata=metadata.create_summary_metadata(),
        tensor=TensorProto(dtype=DT_STRING, string_val=[text]),
    )


def _write_events(folder: Path, points: Iterable[Point]) -> None:
    writer = EventFile(folder)
    for step, value in points:
        writer.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=[value])))
    writer.close()
