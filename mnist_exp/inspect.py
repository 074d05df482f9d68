"""mnist-exp inspect RUN_DIR…: draw a trained network's filters and feature maps, its mistakes and its calibration."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.figures import network, quality, training
from mnist_exp.figures.style import save
from mnist_exp.models.layers import activation_calls, weighted_layers
from mnist_exp.runs.checkpoints import load_model
from mnist_exp.runs.files import FIGURES, read_predictions, read_probes, read_record, write_csv
from mnist_exp.runs.record import PerClass, Record
from mnist_exp.training.classifier import LitClassifier

GALLERY = 24  # images in a gallery


@dataclass(frozen=True)
class ClassReport:
    """A row of the classification report: a class, or an average over the classes."""

    digit: int | str
    precision: float
    recall: float
    f1: float
    support: int


def inspect(run_dir: Path, record: Record, model: LitClassifier, images: np.ndarray) -> dict[str, Figure]:
    """Draw into RUN_DIR/figures and write the classification report.

    Args:
        images: the test set (n, 28, 28), in the order of the run's predictions.

    Returns the figures by name.
    """
    assert record.per_class is not None
    labels, probabilities = read_predictions(run_dir)
    drawn = dict(layer_figures(model, images, labels))
    drawn |= prediction_figures(record.per_class, images, labels, probabilities.astype(np.float32))
    drawn["curves"] = training.learning_curves(record.history)
    if rows := read_probes(run_dir):
        drawn["probes"] = training.probes(rows)
    for name, figure in drawn.items():
        save(figure, run_dir / FIGURES / f"{name}.png")
    write_report(run_dir / FIGURES, classification_report(record.per_class))
    return drawn


def prediction_figures(
    per_class: PerClass, images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> Iterator[tuple[str, Figure]]:
    """Confusion, calibration, and the most and least confident predictions."""
    yield "confusion", quality.confusion(np.array(per_class["confusion"]))
    predicted, confidence = probabilities.argmax(1), probabilities.max(1)
    yield "calibration", quality.calibration(confidence, predicted == labels)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    captions = [f"{labels[i]} as {predicted[i]}: {confidence[i]:.0%}" for i in wrong[:GALLERY]]
    heading = f"the most confident of {len(wrong)} mistakes: true class as predicted class"
    yield "mistakes", network.digits(list(images[wrong[:GALLERY]]), captions, heading)
    right = np.flatnonzero(predicted == labels)
    doubtful = right[np.argsort(confidence[right], kind="stable")][:GALLERY]
    captions = [f"{labels[i]}: {confidence[i]:.0%}" for i in doubtful]
    yield "doubtful", network.digits(list(images[doubtful]), captions, "right, but the least confident")


def layer_figures(model: LitClassifier, images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[str, Figure]]:
    """The first layer's weights and, for each convolution, its response to the first test image of each class."""
    first = next(iter(weighted_layers(model.network).values()))
    weights = first.weight.detach().cpu().numpy()  # type: ignore[operator]
    if not isinstance(first, nn.Conv2d):
        yield "weights", network.dense_weights(weights.reshape(-1, *images.shape[1:]))
        return
    yield "filters", network.filters(weights[:, 0])
    chosen = images[[int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels)]]
    with torch.inference_mode():
        pixels = torch.from_numpy(chosen).unsqueeze(1).to(model.device)
        calls = activation_calls(model.network, model.standardise(pixels))
    for name, call in calls.items():
        if call.output.dim() == 4:
            yield f"maps_{name}", network.feature_maps(chosen, call.output.float().cpu().numpy(), name)


def classification_report(per_class: PerClass) -> list[ClassReport]:
    """Precision, recall, F1 and support of each class, then their plain and their weighted means."""
    support = np.array(per_class["support"])
    columns = (per_class["precision"], per_class["recall"], per_class["f1"])
    rows = [
        ClassReport(label, precision, recall, f1, int(support[label]))
        for label, (precision, recall, f1) in enumerate(zip(*columns, strict=True))
    ]
    for name, weights in (("macro average", None), ("weighted average", support)):
        precision, recall, f1 = (float(np.average(column, weights=weights)) for column in columns)
        rows.append(ClassReport(name, precision, recall, f1, int(support.sum())))
    return rows


def write_report(folder: Path, rows: Sequence[ClassReport]) -> None:
    """report.csv, and report.txt for reading."""
    folder.mkdir(exist_ok=True)
    write_csv(folder / "report.csv", [asdict(row) for row in rows])
    (folder / "report.txt").write_text(as_text(rows) + "\n")


def as_text(rows: Sequence[ClassReport]) -> str:
    lines = [f"{'':16}  precision  recall      f1  support"]
    lines += [f"{r.digit!s:>16}  {r.precision:9.4f}  {r.recall:.4f}  {r.f1:.4f}  {r.support:7}" for r in rows]
    return "\n".join(lines)


def inspect_run(run_dir: Path) -> str:
    """Draw one finished run; what was found, to be printed. Raises UserError."""
    record = read_record(run_dir)
    if record is None or record.status != "ok" or record.per_class is None:
        raise UserError(f"{run_dir} holds no finished run: name the folder of one, with its result.json.")
    model = load_model(run_dir)
    _, test = load(record.data, record.config.data.root)
    drawn = inspect(run_dir, record, model, test.images)
    return f"{as_text(classification_report(record.per_class))}\n{', '.join(drawn)} → {run_dir / FIGURES}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="mnist-exp inspect", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_DIR")
    try:
        for run_dir in parser.parse_args(arguments).runs:
            print(inspect_run(run_dir))
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
