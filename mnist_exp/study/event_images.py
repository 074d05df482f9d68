"""The images of a study in TensorBoard: its plots, and the best run of each activation on each network."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary

from mnist_exp.figures import best_runs as figures
from mnist_exp.figures.style import png
from mnist_exp.figures.tensorboard import image_value
from mnist_exp.runs.files import FIGURES
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import best_run
from mnist_exp.study.cells import cells, select_learning_rates
from mnist_exp.study.plots import group_runs

PLOTS, BEST = "2 study", "3 best runs"  # groups of tags, which TensorBoard sorts by name: the means are the first
MOST_ARMS = 12  # of each network, so that the figure stays readable
LAYER_PLOTS = ("filters", "weights", "learned")  # of a run, where they were drawn


def study_images(folder: Path, records: Sequence[Record], swept: Sequence[str]) -> Iterator[Summary.Value]:
    """The plots that the study has written to the folder, and the best run by validation of each cell."""
    for path in sorted((folder / FIGURES).glob("*.png")):
        yield image_value(f"{PLOTS}/{path.stem}", path.read_bytes())
    selected, others = select_learning_rates(records, swept)
    for network, by_arm in group_runs(cells(selected, others)).items():
        best = {arm: best_run(runs) or runs[0] for arm, runs in by_arm.items()}
        shown = sorted(best, key=lambda arm: _val_acc(best[arm]), reverse=True)[:MOST_ARMS]
        yield from _best_runs(f"{BEST}: {network}", {arm: best[arm] for arm in best if arm in shown})


def _val_acc(run: Record) -> float:
    return run.val_acc or 0.0


def _best_runs(group: str, by_arm: Mapping[str, Record]) -> Iterator[Summary.Value]:
    found = {arm: run.per_class["confusion"] for arm, run in by_arm.items() if run.per_class}
    matrices = {arm: np.array(matrix) for arm, matrix in found.items() if matrix}
    if matrices:
        classes = next(iter(by_arm.values())).config.images.classes
        yield image_value(f"{group}/confusion", png(figures.confusions(matrices, classes)))
    for arm, run in by_arm.items():
        for path in (run.run_dir / FIGURES / f"{name}.png" for name in LAYER_PLOTS):
            if path.is_file():
                yield image_value(f"{group}/{path.stem} of {arm}", path.read_bytes())
