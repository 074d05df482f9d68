"""python -m mnist_exp.benchmark.race --keras PYTHON: training seconds to 99.3 % on the test set, ours and Keras'.

Ours is experiment=speedrun_993, on 55,000 digits and at the precision and threads of trainer.…=auto, tested on
five views of each digit, which no seconds of training pay for; Keras' the usual
recipe (convolutions of 32 and 64, dropout 0.5, Adam, batches of 128, 12 epochs) on all 60,000, in fp32 and on as many
threads as it likes. A process for each seed, in turns; what counts is the mean over them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

import numpy as np

from mnist_exp.benchmark.__main__ import OUT
from mnist_exp.benchmark.interleave import KERAS_SCRIPT, Contender, Process
from mnist_exp.config.compose import compose
from mnist_exp.config.schema import Config
from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.runs.files import read_record, write_csv
from mnist_exp.runs.versions import machine, versions

BAR = 0.993
FIRST = 100  # seed: none of those on which the recipe was searched
Course = Sequence[Sequence[float]]  # seconds and test accuracy of each epoch


def keras_course(recipe: Config, python: str, seed: int, folder: Path) -> Course:
    told = folder / f"{seed}.json"
    told.write_text(json.dumps(replace(recipe, seed=seed).to_dict()))
    command = [python, str(KERAS_SCRIPT), str(told), str(folder / "digits.npz")]
    with Process(Contender("Keras", command)) as process:
        process.introduce()
        return [process.epoch() for _ in range(recipe.trainer.max_epochs)]


def our_course(seed: int, folder: Path) -> Course:
    run_dir = folder / f"ours{seed}"
    typed = ["experiment=speedrun_993", f"seed={seed}", f"hydra.run.dir={run_dir}"]
    aside = ["diagnostics.test_each_epoch=true", "diagnostics.figures=false", "trainer.progress_bar=false"]
    command = [sys.executable, "-m", "mnist_exp", *typed, *aside]
    done = subprocess.run(command, capture_output=True, text=True)
    result = read_record(run_dir)
    if done.returncode or result is None:  # a run that fails has a record too
        raise UserError(f"ours stopped: {(done.stderr.strip().splitlines() or ['nothing said'])[-1]}")
    return [[row["seconds"], row["test_acc"]] for row in result["history"]]


def passed(courses: Sequence[Course], bar: float) -> tuple[int, float] | None:
    """The first epoch after which the mean over the seeds is past the bar, and the mean seconds to its end."""
    for epoch in range(1, len(courses[0]) + 1):
        if mean(course[epoch - 1][1] for course in courses) >= bar:
            return epoch, seconds(courses, epoch)
    return None


def seconds(courses: Sequence[Course], epochs: int) -> float:
    return mean(sum(row[0] for row in course[:epochs]) for course in courses)


def as_lines(found: dict[str, list[Course]]) -> Iterator[str]:
    for name, courses in found.items():
        last, ends = len(courses[0]), [course[-1][1] for course in courses]
        when = passed(courses, BAR)
        ended = f"{mean(ends):.2%} ({min(ends):.2%} to {max(ends):.2%}, n = {len(ends)}) after {last} epochs"
        reached = f"{when[1]:.1f} s, epoch {when[0]}" if when else f"not within {seconds(courses, last):.1f} s"
        yield f"  {name:6} {ended}; mean of {BAR:.1%}: {reached}"
    keras = found["Keras"]
    ours, theirs = passed(found["ours"], BAR), passed(keras, BAR)
    least, took = ("", theirs[1]) if theirs else ("at least ", seconds(keras, len(keras[0])))
    if ours:
        yield f"  {least}{took / ours[1]:.1f} times sooner"


def race(python: str, seeds: int) -> None:
    recipe = compose(["experiment=cnn_dropout"])
    digits, test = load(recipe.data.name, recipe.data.root)
    found: dict[str, list[Course]] = {"ours": [], "Keras": []}
    print(f"{machine()}, torch {versions()['torch']}: training seconds, test accuracy at the end\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        halves = {"images": digits.images, "labels": digits.labels}
        halves |= {"test_images": test.images, "test_labels": test.labels}
        np.savez(folder / "digits.npz", **halves)  # type: ignore[arg-type]
        for seed in range(FIRST, FIRST + seeds):
            found["ours"].append(our_course(seed, folder))
            found["Keras"].append(keras_course(recipe, python, seed, folder))
            for who, (*_, course) in found.items():
                print(f"seed {seed}  {who:6} {seconds([course], len(course)):6.1f} s  {course[-1][1]:.2%}", flush=True)
    print("\n".join(["", *as_lines(found)]))
    OUT.mkdir(parents=True, exist_ok=True)
    rows = [
        {"who": who, "seed": seed, "epoch": epoch, "seconds": row[0], "test_acc": row[1], "machine": machine()}
        for who, courses in found.items()
        for seed, course in enumerate(courses, start=FIRST)
        for epoch, row in enumerate(course, start=1)
    ]
    write_csv(OUT / "race.csv", rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_exp.benchmark.race", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--keras", metavar="PYTHON", required=True, help="an interpreter that has Keras")
    parser.add_argument("--seeds", type=int, default=5, help="how many (%(default)s)")
    typed = parser.parse_args()
    try:
        race(typed.keras, typed.seeds)
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
