"""mnist-exp predict RUN_DIR… IMAGE…: classify image files with trained networks."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import torch

from mnist_exp.command_line import Parser, any_text
from mnist_exp.digits import image_files
from mnist_exp.digits.predictions import (
    PredictedImage,
    PredictedInput,
    Prediction,
    RankedClass,
    UnreadableImage,
    predict_images,
)
from mnist_exp.errors import UserError
from mnist_exp.runs.run_selection import HOW_TO_TRAIN, TrainedRun, holds_runs, open_best

NO_DIGIT = "no digit found"
FIGURE, MAX_DRAWN = Path("seen.png"), 40
USAGE = "mnist-exp predict RUN_DIR… IMAGE… [--digits] [--json] [--show]"
DETAILS = """
RUN_DIR is the folder of a run, or of a sweep: then its best run by validation accuracy is used. If you name several
folders, each network predicts, and so does the average of their probabilities.
IMAGE is a file (PNG, JPEG, BMP, TIFF, WebP), a folder of such files, or - for a list of names on standard input.
Networks trained on handwriting: ink may be dark on light or light on dark. It is cropped, scaled and centred as
MNIST's was. Without --digits, all ink in an image is one digit.
Networks trained on other images: the whole picture is made grey or colour, as the network needs, and resized to the
size of its images. A grey picture that is light at its border is inverted if the training images are dark there.
Networks that need different images cannot be named together.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit: 0 if every image could be read, else 1."""
    torch.set_num_threads(1)  # a few images are too little work for several threads
    try:
        sys.exit(0 if run(_parser().parse_intermixed_args(arguments)) else 1)
    except UserError as error:
        sys.exit(f"Error: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = Parser("predict", __doc__, usage=USAGE, epilog=DETAILS)
    parser.add_argument(
        "named", nargs="+", type=any_text, metavar="RUN_DIR… IMAGE…", help="folders of runs, then images: see below"
    )
    parser.add_argument("--digits", action="store_true", help="each image shows several handwritten digits in a row")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON list")
    show = f"draw the pixels that the networks receive, for the first {MAX_DRAWN} images, into {FIGURE}"
    parser.add_argument("--show", action="store_true", help=show)
    return parser


def run(options: argparse.Namespace) -> bool:
    """Predict the images and print the results. Returns whether all images could be read. Raises UserError."""
    folders, names = split_arguments(options.named)
    networks = open_networks(folders)
    output = Output(as_json=options.json, show=options.show)
    for result in predict_images(networks, image_paths(names), options.digits):
        output.add(result)
    output.finish()
    return output.all_read


@dataclass
class Output:
    """Prints each result as soon as it is known, and the JSON list and the figure at the end."""

    as_json: bool
    show: bool
    all_read: bool = True
    values: list[dict[str, object]] = field(default_factory=list)
    to_draw: list[PredictedImage] = field(default_factory=list)  # no more than are drawn: an image can be large

    def add(self, result: PredictedImage | UnreadableImage) -> None:
        """Print an error or, unless JSON is wanted, the predictions."""
        if self.as_json:
            self.values.append(as_json(result))
        if isinstance(result, UnreadableImage):
            self.all_read = False
            print(f"Error: {result.error}", file=sys.stderr)
            return
        if not self.as_json:
            print("\n".join(as_lines(result)), flush=True)
        if self.show and len(self.to_draw) < MAX_DRAWN:
            self.to_draw.append(result)

    def finish(self) -> None:
        """Print the JSON list and draw the figure, if they are wanted. Raises UserError."""
        if self.as_json:
            print(json.dumps(self.values, indent=1))
        if self.to_draw:
            draw(self.to_draw, FIGURE)


def open_networks(folders: Sequence[Path]) -> list[TrainedRun]:
    """The network of each folder. Prints which run is used for the folder of a sweep. Raises UserError."""
    networks = [open_best(folder) for folder in folders]
    for folder, network in zip(folders, networks, strict=True):
        if network.run_dir != folder:
            print(f"{folder}: using its best run by validation, {network.run_dir.name}", file=sys.stderr)
    return networks


def split_arguments(names: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The folders of runs, which come first, and the names of images. Raises UserError if either is missing."""
    folders = [Path(name) for name in takewhile(lambda name: holds_runs(Path(name)), names)]
    if not folders:
        raise UserError(f"{names[0]} holds no finished run: {HOW_TO_TRAIN}. Name the folder of a run, then the images.")
    if len(folders) == len(names) > 1 and images_in(folders[-1]):
        folders.pop()  # it holds runs and images: as the last argument it is named for its images
    if len(folders) == len(names):
        raise UserError("No image is named: after the run's folder, give files, a folder, or - for a list on stdin.")
    return folders, list(names[len(folders) :])


def image_paths(names: Iterable[str]) -> Iterator[Path]:
    """The image files: those named, those in a named folder, and for - those listed on standard input."""
    for name in names:
        if name == "-":
            yield from (Path(line.strip()) for line in sys.stdin if line.strip())
        else:
            yield from images_in(Path(name)) or [Path(name)]


def images_in(folder: Path) -> list[Path]:
    """The image files in a folder; an empty list if it is not a folder or cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in image_files.SUFFIXES)
    except (OSError, ValueError):
        return []


def as_lines(image: PredictedImage) -> Iterator[str]:
    """A line for each input and network; a row of digits has its text first."""
    if not image.inputs:
        yield f"{image.name}  {NO_DIGIT}"
    if len(image.inputs) > 1:
        yield f"{image.name}  reads {image.text}"
    for number, one in enumerate(image.inputs, start=1):
        position = f" [{number}]" if len(image.inputs) > 1 else ""
        yield from (f"{image.name}{position}  {line}" for line in _input_lines(one))


def _input_lines(predicted: PredictedInput) -> Iterator[str]:
    """A line for each prediction, with the network's name if there are several."""
    width = max(len(prediction.network) for prediction in predicted.predictions)
    for prediction in predicted.predictions:
        network = f"{prediction.network:{width}}  " if len(predicted.predictions) > 1 else ""
        first, *others = (f"{one.label} ({100 * one.probability:.1f} %)" for one in prediction.ranked())
        yield f"{network}{first}   then {', '.join(others)}"


def as_json(result: PredictedImage | UnreadableImage) -> dict[str, object]:
    """The result as plain values."""
    if isinstance(result, UnreadableImage):
        return {"image": result.name, "read": None, "error": result.error, "digits": []}
    digits = [
        {"box": list(one.given.box), "answers": [_prediction_as_json(prediction) for prediction in one.predictions]}
        for one in result.inputs
    ]
    return {"image": result.name, "read": result.text or None, "error": None, "digits": digits}


def _prediction_as_json(prediction: Prediction) -> dict[str, object]:
    numbered = list(prediction.classes) == [str(i) for i in range(len(prediction.classes))]
    first, *others = (_class_as_json(one, numbered) for one in prediction.ranked())
    return {"by": prediction.network, **first, "runners_up": others}


def _class_as_json(ranked: RankedClass, numbered: bool) -> dict[str, object]:
    """A label is the name of the class, or a number if the classes are named 0, 1, 2 and so on."""
    return {"label": int(ranked.label) if numbered else ranked.label, "probability": ranked.probability}


def draw(images: Sequence[PredictedImage], path: Path) -> None:
    """Draw each image beside the pixels that the networks receive. Raises UserError if that cannot be written."""
    from mnist_exp.figures.prediction import beside
    from mnist_exp.figures.style import save

    captions = [f"{Path(image.name).name}: {image.text or NO_DIGIT}" for image in images]
    pixels = [[one.given.pixels for one in image.inputs] for image in images]
    boxes = [[one.given.box for one in image.inputs] for image in images]
    try:
        save(beside([image.pixels for image in images], pixels, boxes, captions), path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}).") from error
    print(f"The pixels that the networks receive → {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
