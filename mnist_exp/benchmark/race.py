"""python -m mnist_exp.benchmark.race --keras PYTHON: training seconds until 99.3 % on the test set, ours and Keras.

Ours is experiment=speedrun_993: trained on 55,000 digits at the precision and threads of trainer.…=auto, and tested on
four views of each digit, whose computation is not part of the training seconds. Keras runs the usual recipe
(convolutions of 32 and 64, dropout 0.5, Adam, batches of 128, 12 epochs) on all 60,000 digits, in fp32 and with its
own number of threads. Each seed has a process of its own; ours and Keras run in turns. The mean over the seeds counts.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np

from mnist_exp.benchmark.interleave import KERAS_SCRIPT, Contender, ContenderProcess
from mnist_exp.benchmark.settings import OUTPUT_DIR
from mnist_exp.config.compose import compose
from mnist_exp.config.schema import Config
from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.runs.files import read_record, write_csv, write_json
from mnist_exp.runs.versions import machine, versions

TARGET = 0.993
FIRST_SEED = 100  # none of the seeds with which the recipe was searched


class Epoch(NamedTuple):
    """Training seconds of one epoch, and the test accuracy after it."""

    seconds: float
    test_acc: float


LearningCurve = Sequence[Epoch]  # of one seed


def keras_curve(config: Config, python: str, seed: int, folder: Path) -> LearningCurve:
    """Train by Keras with one seed. The folder holds digits.npz. Raises UserError if Keras stops."""
    path = folder / f"{seed}.json"
    write_json(path, replace(config, seed=seed).to_dict())
    command = [python, str(KERAS_SCRIPT), str(path), str(folder / "digits.npz")]
    with ContenderProcess(Contender("Keras", command)) as process:
        process.read_versions()
        return [Epoch(*process.train_epoch()) for _ in range(config.trainer.max_epochs)]


def our_curve(seed: int, folder: Path) -> LearningCurve:
    """Train ours with one seed, in a process of its own. Raises UserError if the run fails."""
    run_dir = folder / f"ours{seed}"
    overrides = ["experiment=speedrun_993", f"seed={seed}", f"hydra.run.dir={run_dir}"]
    overrides += ["diagnostics.test_each_epoch=true", "diagnostics.figures=false", "trainer.progress_bar=false"]
    finished = subprocess.run([sys.executable, "-m", "mnist_exp", *overrides], capture_output=True, text=True)
    record = read_record(run_dir)
    if finished.returncode or record is None:  # a run that fails has a record too
        raise UserError(f"ours stopped: {(finished.stderr.strip().splitlines() or ['no message'])[-1]}")
    return [Epoch(row["seconds"], row["test_acc"]) for row in record.history]


def first_at_target(curves: Sequence[LearningCurve], target: float) -> tuple[int, float] | None:
    """The first epoch after which the mean accuracy over the seeds reaches the target, and the mean seconds until then.

    None if no epoch does.
    """
    for epoch in range(1, len(curves[0]) + 1):
        if mean(curve[epoch - 1].test_acc for curve in curves) >= target:
            return epoch, mean_seconds(curves, epoch)
    return None


def mean_seconds(curves: Sequence[LearningCurve], epochs: int) -> float:
    """The training seconds of `epochs` epochs, mean over the seeds."""
    return mean(sum(epoch.seconds for epoch in curve[:epochs]) for curve in curves)


def summary_lines(ours: Sequence[LearningCurve], keras: Sequence[LearningCurve]) -> Iterator[str]:
    """The results as text, and the ratio of the times if ours reaches the target."""
    yield f"  ours   {_summary(ours)}"
    yield f"  Keras  {_summary(keras)}"
    our_result, keras_result = first_at_target(ours, TARGET), first_at_target(keras, TARGET)
    if our_result:
        at_least = "" if keras_result else "at least "
        keras_seconds = keras_result[1] if keras_result else mean_seconds(keras, len(keras[0]))
        yield f"  ours is {at_least}{keras_seconds / our_result[1]:.1f} times as fast"


def _summary(curves: Sequence[LearningCurve]) -> str:
    epochs, last = len(curves[0]), [curve[-1].test_acc for curve in curves]
    at_end = f"{mean(last):.2%} ({min(last):.2%} to {max(last):.2%}, n = {len(last)}) after {epochs} epochs"
    result = first_at_target(curves, TARGET)
    reached = f"{result[1]:.1f} s, epoch {result[0]}" if result else f"not within {mean_seconds(curves, epochs):.1f} s"
    return f"{at_end}; mean of {TARGET:.1%}: {reached}"


def race(python: str, seeds: int) -> None:
    """Train with every seed, print the results, and write race.csv. Raises UserError."""
    config = compose(["experiment=cnn_dropout"])
    curves: dict[str, list[LearningCurve]] = {"ours": [], "Keras": []}
    print(f"{machine()}, torch {versions()['torch']}: training seconds, test accuracy at the end\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_digits(config, folder / "digits.npz")
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            curves["ours"].append(our_curve(seed, folder))
            curves["Keras"].append(keras_curve(config, python, seed, folder))
            for who, (*_, curve) in curves.items():
                total = mean_seconds([curve], len(curve))
                print(f"seed {seed}  {who:6} {total:6.1f} s  {curve[-1].test_acc:.2%}", flush=True)
    print("\n".join(["", *summary_lines(curves["ours"], curves["Keras"])]))
    _write_csv(curves)


def _write_digits(config: Config, path: Path) -> None:
    train, test = load(config.data)
    np.savez(path, images=train.images, labels=train.labels, test_images=test.images, test_labels=test.labels)


def _write_csv(curves: Mapping[str, Sequence[LearningCurve]]) -> None:
    rows = [
        {"who": who, "seed": seed, "epoch": number, **epoch._asdict(), "machine": machine()}
        for who, by_seed in curves.items()
        for seed, curve in enumerate(by_seed, start=FIRST_SEED)
        for number, epoch in enumerate(curve, start=1)
    ]
    OUTPUT_DIR.mkdir(parents=True, exist_ok=True)
    write_csv(OUTPUT_DIR / "race.csv", rows)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m mnist_exp.benchmark.race", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--keras", metavar="PYTHON", required=True, help="a Python interpreter that has Keras")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds (%(default)s)")
    options = parser.parse_args()
    try:
        race(options.keras, options.seeds)
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
