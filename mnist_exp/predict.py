"""mnist-exp predict RUN_DIR… IMAGE…: which digit a trained network reads in a picture."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mnist_exp.digits import image_files
from mnist_exp.digits.handwriting import Digit, find_digits
from mnist_exp.errors import UserError
from mnist_exp.runs.run_selection import HOW_TO_TRAIN, TrainedRun, holds_runs, open_best

NOTHING, AVERAGE = "no digit found", "average"
SHOWN, MOST_SHOWN = Path("seen.png"), 40
EXPLAINED = """
The leading arguments that are folders with runs in them are the networks: a run's folder, or a sweep's, of which the
best run by validation is asked. Several may be named: each answers, and so does the average of their probabilities.
All that follows are pictures (PNG, JPEG, BMP, TIFF, WebP), folders of pictures, or - for a list of names on stdin.
Ink may be dark on light or light on dark. Without --digits all ink in a picture is taken for one digit.
"""


@dataclass(frozen=True)
class Reading:
    """What one picture was read as: for each of its digits what every network, and their average, holds likely."""

    name: str
    grey: np.ndarray
    digits: list[Digit]
    answers: list[dict[str, np.ndarray]]

    @property
    def text(self) -> str:
        """All digits, by the last to answer: the only network, or the average."""
        return "".join(str(list(answer.values())[-1].argmax()) for answer in self.answers)


@dataclass(frozen=True)
class Unreadable:
    name: str
    error: str


def read(networks: Sequence[TrainedRun], path: Path, several: bool) -> Reading:
    grey = image_files.read_image(path)
    digits = find_digits(grey, several)
    return Reading(str(path), np.rint(grey).astype(np.uint8), digits, ask(networks, digits))


def ask(networks: Sequence[TrainedRun], digits: Sequence[Digit]) -> list[dict[str, np.ndarray]]:
    """For each digit, the probabilities by the network's name; of several also their average."""
    if not digits:
        return []
    images = np.stack([digit.pixels for digit in digits])
    told = {name: network.probabilities(images) for name, network in zip(names(networks), networks, strict=True)}
    if len(told) > 1:
        told[AVERAGE] = np.mean(list(told.values()), axis=0)
    return [{name: answers[i] for name, answers in told.items()} for i in range(len(digits))]


def names(networks: Sequence[TrainedRun]) -> list[str]:
    """What sets them apart: network, activation and seed, and the folder where that does not."""
    short = [network.name for network in networks]
    return [n if short.count(n) == 1 else f"{n} ({w.run_dir})" for n, w in zip(short, networks, strict=True)]


def ranked(probabilities: np.ndarray) -> list[dict[str, Any]]:
    """The answer and the two runners-up."""
    order = np.argsort(-probabilities, kind="stable")[:3]
    return [{"label": int(i), "probability": round(float(probabilities[i]), 6)} for i in order]


def as_lines(reading: Reading) -> Iterator[str]:
    if not reading.digits:
        yield f"{reading.name}  {NOTHING}"
    if len(reading.digits) > 1:
        yield f"{reading.name}  reads {reading.text}"
    for i, answer in enumerate(reading.answers, start=1):
        which = f" [{i}]" * (len(reading.answers) > 1)
        width = max(map(len, answer)) if len(answer) > 1 else 0
        for name, probabilities in answer.items():
            who = f"  {name:{width}}" if width else ""
            first, *others = (f"{r['label']} {100 * r['probability']:.1f} %" for r in ranked(probabilities))
            yield f"{reading.name}{which}{who}  {first}   then {', '.join(others)}"


def as_json(reading: Reading | Unreadable) -> dict[str, Any]:
    if isinstance(reading, Unreadable):
        return {"image": reading.name, "read": None, "error": reading.error, "digits": []}
    digits = [
        {"box": list(digit.box), "answers": [{"by": name, **_answer(p)} for name, p in answer.items()]}
        for digit, answer in zip(reading.digits, reading.answers, strict=True)
    ]
    return {"image": reading.name, "read": reading.text or None, "error": None, "digits": digits}


def _answer(probabilities: np.ndarray) -> dict[str, Any]:
    first, *others = ranked(probabilities)
    return first | {"runners_up": others}


def show(readings: Sequence[Reading], path: Path) -> None:
    """Draw what the network saw beside the original."""
    from mnist_exp.figures.prediction import beside
    from mnist_exp.figures.style import save

    captions = [f"{Path(r.name).name}: {r.text or NOTHING}" for r in readings]
    seen, boxes = [[d.pixels for d in r.digits] for r in readings], [[d.box for d in r.digits] for r in readings]
    try:
        save(beside([r.grey for r in readings], seen, boxes, captions), path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}).") from error
    print(f"What the network saw → {path}", file=sys.stderr)


def pictures(named: Sequence[str]) -> Iterator[Path]:
    for name in named:
        if name == "-":
            yield from (Path(line.strip()) for line in sys.stdin if line.strip())
        else:
            yield from inside(Path(name)) or [Path(name)]


def inside(folder: Path) -> list[Path]:
    """The pictures in a folder; none if it is none, or may not be looked into."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in image_files.SUFFIXES)
    except (OSError, ValueError):
        return []


def apart(named: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The networks' folders, which come first, and the pictures."""
    folders = [Path(name) for name in takewhile(lambda name: holds_runs(Path(name)), named)]
    if not folders:
        raise UserError(f"{named[0]} holds no finished run: {HOW_TO_TRAIN}; then name its folder first.")
    if len(folders) == len(named) > 1 and inside(folders[-1]):
        folders.pop()  # runs somewhere below, but it is its pictures that are meant
    if len(folders) == len(named):
        raise UserError("No picture is named: give files, a folder, or - for a list on stdin, after the run's folder.")
    return folders, list(named[len(folders) :])


def attempts(networks: Sequence[TrainedRun], named: Sequence[str], several: bool) -> Iterator[Reading | Unreadable]:
    """What cannot be read does not keep the others from being read."""
    for path in pictures(named):
        try:
            yield read(networks, path, several)
        except UserError as error:
            yield Unreadable(str(path), str(error))


def answer(arguments: argparse.Namespace) -> bool:
    """Print what is read in each picture; whether all of them could be."""
    folders, named = apart(arguments.named)
    networks = [open_best(folder) for folder in folders]
    for folder, network in zip(folders, networks, strict=True):
        if network.run_dir != folder:
            print(f"{folder}: asking its best run, {network.run_dir.name}", file=sys.stderr)
    told: list[dict[str, Any]] = []
    shown: list[Reading] = []
    whole = True
    for attempt in attempts(networks, named, arguments.digits):
        told.append(as_json(attempt))
        if isinstance(attempt, Unreadable):
            whole = False
            print(f"Error: {attempt.error}", file=sys.stderr)
            continue
        if not arguments.json:
            print("\n".join(as_lines(attempt)), flush=True)
        if arguments.show and len(shown) < MOST_SHOWN:
            shown.append(attempt)
    if arguments.json:
        print(json.dumps(told, indent=1))
    if shown:
        show(shown, SHOWN)
    return whole


def main(arguments: Sequence[str] | None = None) -> None:
    usage = "mnist-exp predict RUN_DIR… IMAGE… [--digits] [--json] [--show]"
    parser = argparse.ArgumentParser(usage=usage, description=__doc__, epilog=EXPLAINED)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("named", nargs="+", metavar="RUN_DIR… IMAGE…", help="networks, then pictures: see below")
    parser.add_argument("--digits", action="store_true", help="several digits in a row, read from left to right")
    parser.add_argument("--json", action="store_true", help="everything as one JSON list")
    parser.add_argument(
        "--show", action="store_true", help=f"draw what the network saw, of the first {MOST_SHOWN}, into {SHOWN}"
    )
    torch.set_num_threads(1)  # a picture is too little work to share
    try:
        sys.exit(0 if answer(parser.parse_intermixed_args(arguments)) else 1)
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
