"""python -m mnist_exp.inspect RUN_DIR…: what a trained network looks for, sees, gets right and gets wrong."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.figures import network, quality, training
from mnist_exp.figures.style import save
from mnist_exp.models import Classifier
from mnist_exp.runs.checkpoints import load_model
from mnist_exp.runs.files import FIGURES, read, read_predictions, read_probes, write_csv
from mnist_exp.runs.record import Record

GALLERY = 24  # digits in a gallery


def inspect(run_dir: Path, result: Record, model: Classifier, images: np.ndarray) -> dict[str, Figure]:
    """Draw into RUN_DIR/figures and write the classification report; the figures by name.

    The images are the test set (n, 28, 28), in the order of the run's predictions.
    """
    labels, probabilities = read_predictions(run_dir)
    drawn = dict(figures(run_dir, result, model, images, labels, probabilities.astype(np.float32)))
    for name, figure in drawn.items():
        save(figure, run_dir / FIGURES / f"{name}.png")
    write_report(run_dir / FIGURES, classification_report(result["per_class"]))
    return drawn


def figures(
    run_dir: Path,
    result: Record,
    model: Classifier,
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
) -> Iterator[tuple[str, Figure]]:
    yield from inside(model, images, labels)
    yield "confusion", quality.confusion(np.array(result["per_class"]["confusion"]))
    answers, confidence = probabilities.argmax(1), probabilities.max(1)
    yield "calibration", quality.calibration(confidence, answers == labels)
    wrong = np.flatnonzero(answers != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    captions = [f"{labels[i]} as {answers[i]}: {confidence[i]:.0%}" for i in wrong[:GALLERY]]
    heading = f"the most confident of {len(wrong)} mistakes: truth as answer"
    yield "mistakes", network.digits(list(images[wrong[:GALLERY]]), captions, heading)
    right = np.flatnonzero(answers == labels)
    doubtful = right[np.argsort(confidence[right], kind="stable")][:GALLERY]
    captions = [f"{labels[i]}: {confidence[i]:.0%}" for i in doubtful]
    yield "doubtful", network.digits(list(images[doubtful]), captions, "right, but the least confident")
    yield "curves", training.learning_curves(result["history"])
    if rows := read_probes(run_dir):
        yield "probes", training.probes(rows)


def inside(model: Classifier, images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[str, Figure]]:
    """The first layer's weights and, for a convolutional network, its answers to the first test image of each digit."""
    layers = dict(model.network.named_children())
    if "conv1" not in layers:
        weights: Any = layers.get("dense1", layers["logits"]).weight
        yield "weights", network.dense_weights(weights.detach().cpu().numpy().reshape(-1, 28, 28))
        return
    first: Any = layers.get("white", layers["conv1"]).weight
    yield "filters", network.filters(first.detach().cpu().numpy()[:, 0])
    chosen = images[[int(np.flatnonzero(labels == digit)[0]) for digit in np.unique(labels)]]
    names = [name for name in layers if name.startswith("conv") and name.endswith("_act")]
    with torch.inference_mode():
        seen = model.intermediates(torch.from_numpy(chosen).unsqueeze(1).to(first.device), names)
    for name, maps in seen.items():
        layer = name.removesuffix("_act")
        yield f"maps_{layer}", network.feature_maps(chosen, maps.float().cpu().numpy(), layer)


def classification_report(per_class: dict[str, list]) -> list[dict[str, Any]]:
    """Precision, recall, F1 and support of each digit, then their plain and their weighted means."""
    keys, support = ("precision", "recall", "f1"), np.array(per_class["support"])
    rows = [
        {"digit": digit, **{key: per_class[key][digit] for key in keys}, "support": int(support[digit])}
        for digit in range(len(support))
    ]
    for name, weights in (("macro average", None), ("weighted average", support)):
        means = {key: float(np.average(per_class[key], weights=weights)) for key in keys}
        rows.append({"digit": name, **means, "support": int(support.sum())})
    return rows


def write_report(folder: Path, rows: list[dict[str, Any]]) -> None:
    """report.csv, and report.txt for reading."""
    folder.mkdir(exist_ok=True)
    write_csv(folder / "report.csv", rows)
    (folder / "report.txt").write_text(as_text(rows) + "\n")


def as_text(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'':16}  precision  recall      f1  support"]
    lines += [
        f"{r['digit']!s:>16}  {r['precision']:9.4f}  {r['recall']:.4f}  {r['f1']:.4f}  {r['support']:7}" for r in rows
    ]
    return "\n".join(lines)


def inspect_run(run_dir: Path) -> str:
    result = read(run_dir)
    if result is None or result["status"] != "ok":
        raise UserError(f"{run_dir} holds no finished run: name the folder of one, with its result.json.")
    model = load_model(run_dir)
    _, test = load(result["data"], result["config"]["data"]["root"])
    drawn = inspect(run_dir, result, model, test.images)
    return f"{as_text(classification_report(result['per_class']))}\n{', '.join(drawn)} → {run_dir / FIGURES}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_exp.inspect", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_DIR")
    try:
        for run_dir in parser.parse_args().runs:
            print(inspect_run(run_dir))
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
