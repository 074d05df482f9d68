"""mnist-exp export RUN_DIR [FILE]: write a trained network as ONNX and compare it with its checkpoint.

The input `pixels` is uint8 (n, channels, height, width): raw values 0 to 255 of images like those of the training set,
for MNIST (n, 1, 28, 28), light ink on dark; n may be any number. The outputs `logits` and `probabilities` are
(n, classes). Standardisation of the pixels is part of the network. The names of the classes are in the file's metadata,
as a JSON list under `classes`.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mnist_exp.command_line import Parser, is_folder, named_path
from mnist_exp.data.pixels import channels_first
from mnist_exp.errors import UserError
from mnist_exp.onnx_file import not_exportable, write_onnx
from mnist_exp.runs.run_selection import TrainedRun, held_out_test_set, open_best

CHECK_IMAGES = 1000  # test images on which the file and the checkpoint are compared
MAX_DIFFERENCE = 1e-3  # between two probabilities; more than this is not rounding
FILE = "model.onnx"
PACKAGES = ("onnx", "onnxscript", "onnxruntime")


@dataclass(frozen=True)
class Comparison:
    """How far onnxruntime's probabilities are from those of the checkpoint."""

    largest_difference: float
    different_classes: int  # number of images for which the predicted class differs

    @property
    def is_rounding(self) -> bool:
        """Whether the differences are small enough; false for one that is not a number."""
        return self.largest_difference <= MAX_DIFFERENCE

    def __str__(self) -> str:
        return (
            f"largest difference {self.largest_difference:.1e} between probabilities, "
            f"{self.different_classes} different predicted classes"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser("export", __doc__)
    run_help = "a run's folder, or a sweep's: then its best run by validation accuracy"
    parser.add_argument("run", type=named_path, metavar="RUN_DIR", help=run_help)
    parser.add_argument("file", nargs="?", type=named_path, metavar="FILE", help=f"default: {FILE} in the run's folder")
    options = parser.parse_args(arguments)
    try:
        print(export_run(options.run, options.file))
    except UserError as error:
        sys.exit(f"Error: {error}")


def export_run(folder: Path, path: Path | None) -> str:
    """Export a run and compare the file with its checkpoint. If they differ, nothing is written.

    Args:
        folder: Of the run, or of a sweep: then its best run is exported.
        path: The file, or a folder for it. None is the run's folder.

    Returns:
        What was written and how it compares, in one line.

    Raises:
        UserError: Packages are missing, there is no such run, ONNX cannot express the network, the file cannot be
            written, or the two differ.
    """
    _require_packages()
    trained = open_best(folder)
    path = path or trained.run_dir
    path = path / FILE if path.is_dir() else path
    if not is_folder(path.parent):
        raise UserError(f"{path} cannot be written: {path.parent} is not a folder.")
    try:
        compared = _write_compared(trained, path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}).") from error
    return f"{trained.name} → {path}: {compared}"


def _require_packages() -> None:
    for package in PACKAGES:
        try:
            __import__(package)
        except ImportError as error:
            raise UserError(f"Exporting needs the package {package}: pip install -e '.[export]'") from error


def _write_compared(trained: TrainedRun, path: Path) -> str:
    """Write to a temporary name, which becomes `path` after the comparison."""
    temporary = path.with_name(f".{path.name}")
    try:
        write_onnx(trained, temporary)
        compared = _compare_on_test_set(trained, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return compared


def compare(trained: TrainedRun, path: Path, images: np.ndarray) -> Comparison:
    """Compare the probabilities of an ONNX file with those of the checkpoint.

    Args:
        trained: The run with its network.
        path: The ONNX file.
        images: Images of raw pixels, (n, h, w) or (n, h, w, c).

    Raises:
        UserError: onnxruntime cannot run the file.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (probabilities,) = session.run(["probabilities"], {"pixels": channels_first(images)})
    except Exception as error:  # onnxruntime's exceptions have no common base class
        raise not_exportable(trained.record, error) from error
    expected = trained.probabilities(images)
    different = probabilities.argmax(1) != expected.argmax(1)
    return Comparison(float(np.abs(probabilities - expected).max()), int(different.sum()))


def _compare_on_test_set(trained: TrainedRun, path: Path) -> str:
    """The comparison in words. Raises UserError if the two differ by more than rounding."""
    images = held_out_test_set(trained.record).images[:CHECK_IMAGES]
    compared = compare(trained, path, images)
    if not compared.is_rounding:
        raise UserError(f"{compared} on {len(images)} test images: this is more than rounding, so nothing was written.")
    return f"{compared} (onnxruntime against the checkpoint, {len(images)} test images of {trained.record.data})"


if __name__ == "__main__":
    main()
