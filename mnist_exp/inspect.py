"""mnist-exp inspect RUN_DIR…: draw a trained network's weights, feature maps and mistakes, and report on each class.

The figures are written to RUN_DIR/figures, and so is the report, as report.csv and report.txt.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_exp.atomic_files import write_text
from mnist_exp.command_line import Parser, named_path, require_folders
from mnist_exp.data.datasets import load
from mnist_exp.data.pixels import channels_first
from mnist_exp.errors import UserError
from mnist_exp.figures import network, quality, training
from mnist_exp.figures.learned import Curve, LearnedLayer, learned_shapes
from mnist_exp.figures.style import save, shortened
from mnist_exp.models.layers import activation_calls, is_weighted, record_calls
from mnist_exp.runs.checkpoints import load_model
from mnist_exp.runs.files import FIGURES, read_record, write_csv
from mnist_exp.runs.learned import change_text, parameter_changes, read_shapes
from mnist_exp.runs.measured_files import read_predictions, read_probes
from mnist_exp.runs.record import PerClass, Record
from mnist_exp.training.classifier import LitClassifier

GALLERY = 24  # images in a gallery
MAP_ROWS = 10  # images whose feature maps are drawn
CAPTION_NAME = 12  # letters of a class's name above an image in a gallery
CAPTION_LINE = 16  # letters that fit above an image


@dataclass(frozen=True)
class ClassReport:
    """A row of the classification report: a class, or an average over the classes."""

    digit: str  # the name of the class; the column of report.csv has had this name since there were digits alone
    precision: float
    recall: float
    f1: float
    support: int


def inspect(run_dir: Path, record: Record, model: LitClassifier, images: np.ndarray) -> dict[str, Figure]:
    """Draw into RUN_DIR/figures and write the classification report there.

    Args:
        run_dir: The run's folder, with its predictions.
        record: Of a run that was tested.
        model: Its trained network.
        images: The test set, (n, h, w) or (n, h, w, c), in the order of the predictions.

    Returns:
        The figures by name.
    """
    assert record.per_class is not None
    classes = record.config.images.classes
    labels, probabilities = read_predictions(run_dir)
    drawn = dict(layer_figures(model, images, labels))
    drawn |= prediction_figures(record.per_class, classes, images, labels, probabilities.astype(np.float32))
    drawn["curves"] = training.learning_curves(record.history)
    if rows := read_probes(run_dir):
        drawn["probes"] = training.probes(rows)
    if learned := learned_layers(run_dir):
        drawn["learned"] = learned_shapes(learned, record.activation)
    for name, figure in drawn.items():
        save(figure, run_dir / FIGURES / f"{name}.png")
    write_report(run_dir / FIGURES, classification_report(record.per_class, classes))
    return drawn


def learned_layers(run_dir: Path) -> dict[str, LearnedLayer]:
    """What the activation of each layer learned; empty if nothing was learned or measured."""
    changes = parameter_changes(read_probes(run_dir))
    return {
        layer: LearnedLayer(
            Curve(*shape.start),
            Curve(*shape.end),
            [f"{name} {change_text(change)}" for name, change in changes.get(layer, {}).items()],
        )
        for layer, shape in read_shapes(run_dir).items()
    }


def prediction_figures(
    per_class: PerClass, classes: Sequence[str], images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> Iterator[tuple[str, Figure]]:
    """Confusion, calibration, and the most and least confident predictions."""
    predicted, confidence = probabilities.argmax(1), probabilities.max(1)
    correct = predicted == labels
    yield "confusion", quality.confusion(np.array(per_class["confusion"]), classes)
    yield "calibration", quality.calibration(confidence, correct)
    names = [shortened(name, CAPTION_NAME) for name in classes]
    wrong = sorted(np.flatnonzero(~correct), key=lambda i: -confidence[i])
    heading = f"the most confident of {len(wrong)} mistakes: true class as predicted class, and its confidence"
    captions = _captions(
        [(names[labels[i]], f"as {names[predicted[i]]}: {confidence[i]:.0%}") for i in wrong[:GALLERY]]
    )
    yield "mistakes", network.gallery([images[i] for i in wrong[:GALLERY]], captions, heading)
    doubtful = sorted(np.flatnonzero(correct), key=lambda i: confidence[i])[:GALLERY]
    captions = _captions([(f"{names[labels[i]]}:", f"{confidence[i]:.0%}") for i in doubtful])
    heading = "the least confident correct predictions"
    yield "doubtful", network.gallery([images[i] for i in doubtful], captions, heading)


def _captions(parts: Sequence[tuple[str, str]]) -> list[str]:
    """Both parts of each caption on one line, or each on its own line if one of the captions is too long for that."""
    fits = all(len(first) + 1 + len(second) <= CAPTION_LINE for first, second in parts)
    return [(" " if fits else "\n").join(both) for both in parts]


def layer_figures(model: LitClassifier, images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[str, Figure]]:
    """The first layer's weights and, for each convolution, its response to the first test image of ten classes."""
    chosen = images[_one_per_class(labels)]
    pixels = model.standardise(torch.from_numpy(channels_first(chosen)).to(model.device))
    with torch.inference_mode():
        weighted = record_calls(model.network, pixels, is_weighted)
        activations = activation_calls(model.network, pixels)
    if weighted:
        yield from _first_weights(weighted[0].layer, tuple(pixels.shape[1:]))
    for name, call in activations.items():
        if call.output.dim() == 4:
            yield f"maps_{name}", network.feature_maps(chosen, call.output.float().cpu().numpy(), name)


def _one_per_class(labels: np.ndarray) -> list[int]:
    """The index of the first image of each class; with more than ten classes, of ten that are evenly spaced."""
    present = np.unique(labels)
    if len(present) > MAP_ROWS:
        present = present[np.linspace(0, len(present) - 1, MAP_ROWS).round().astype(int)]
    return [int(np.flatnonzero(labels == label)[0]) for label in present]


def _first_weights(layer: nn.Module, shape: tuple[int, ...]) -> Iterator[tuple[str, Figure]]:
    """The filters of a convolution, or the weights of a dense layer if its inputs are the pixels of this shape."""
    if isinstance(layer, nn.Conv2d):
        yield "filters", network.filters(_as_images(layer.weight, shape[0]))
    elif isinstance(layer, nn.Linear) and layer.in_features == prod(shape):
        yield "weights", network.dense_weights(_as_images(layer.weight.reshape(-1, *shape), shape[0]))


def _as_images(weights: Tensor, channels: int) -> np.ndarray:
    """Weights (n, c, h, w) as (n, h, w, 3) for colour images, else those of the first channel as (n, h, w)."""
    values: np.ndarray = weights.detach().float().cpu().numpy()
    return np.moveaxis(values, 1, -1) if channels == values.shape[1] == 3 else values[:, 0]


def classification_report(per_class: PerClass, classes: Sequence[str]) -> list[ClassReport]:
    """Precision, recall, F1 and support of each class, then their plain and their weighted means."""
    support = np.array(per_class["support"])
    columns = (per_class["precision"], per_class["recall"], per_class["f1"])
    rows = [
        ClassReport(name, precision, recall, f1, int(images))
        for name, precision, recall, f1, images in zip(classes, *columns, support, strict=True)
    ]
    for name, weights in (("macro average", None), ("weighted average", support)):
        precision, recall, f1 = (float(np.average(column, weights=weights)) for column in columns)
        rows.append(ClassReport(name, precision, recall, f1, int(support.sum())))
    return rows


def write_report(folder: Path, rows: Sequence[ClassReport]) -> None:
    """Write report.csv, and report.txt as it is printed."""
    folder.mkdir(exist_ok=True)
    write_csv(folder / "report.csv", [asdict(row) for row in rows])
    write_text(folder / "report.txt", as_text(rows) + "\n")


def as_text(rows: Sequence[ClassReport]) -> str:
    """The report as a table of aligned columns."""
    width = max(len(row.digit) for row in rows)
    lines = [f"{'':{width}}  precision  recall      f1  support"]
    lines += [f"{r.digit:>{width}}  {r.precision:9.4f}  {r.recall:.4f}  {r.f1:.4f}  {r.support:7}" for r in rows]
    return "\n".join(lines)


def inspect_run(run_dir: Path) -> str:
    """Draw one finished run. Returns the report and the names of the figures. Raises UserError."""
    require_folders([run_dir], "name that of a finished run")
    record = read_record(run_dir)
    if record is None or record.status != "ok" or record.per_class is None:
        raise UserError(f"{run_dir} is not the folder of a finished run: name one that holds a result.json.")
    model = load_model(run_dir)
    _, test = load(record.config.data)
    drawn = inspect(run_dir, record, model, test.images)
    report = as_text(classification_report(record.per_class, record.config.images.classes))
    return f"{report}\n{run_dir / FIGURES}: {', '.join(drawn)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser("inspect", __doc__)
    parser.add_argument("runs", nargs="+", type=named_path, metavar="RUN_DIR", help="the folder of a finished run")
    try:
        for run_dir in parser.parse_args(arguments).runs:
            print(inspect_run(run_dir))
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
