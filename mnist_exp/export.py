"""mnist-exp export RUN_DIR [FILE]: write a trained network as ONNX and compare it with its checkpoint.

The input `pixels` is uint8 (n, 1, 28, 28): raw values 0 to 255, light ink on dark; n may be any number.
The outputs `logits` and `probabilities` are (n, 10). Standardisation of the pixels is part of the network.
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.runs.run_selection import TrainedRun, held_out_test_set, open_best

if TYPE_CHECKING:
    from onnx import ModelProto

CHECK_IMAGES = 1000  # test images on which the file and the checkpoint are compared
MAX_DIFFERENCE = 1e-3  # between two probabilities; more than this is not rounding
FILE = "model.onnx"
PACKAGES = ("onnx", "onnxscript", "onnxruntime")


class WithProbabilities(nn.Module):
    """Adds a second output to a network: the probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(pixels)
        return logits, logits.softmax(1)


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
    parser = argparse.ArgumentParser(prog="mnist-exp export", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    run_help = "a run's folder, or a sweep's: then its best run by validation accuracy"
    parser.add_argument("run", type=Path, metavar="RUN_DIR", help=run_help)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help=f"default: {FILE} in the run's folder")
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
        UserError: Packages are missing, there is no such run, the file cannot be written, or the two differ.
    """
    _require_packages()
    trained = open_best(folder)
    path = path or trained.run_dir
    path = path / FILE if path.is_dir() else path
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


def write_onnx(trained: TrainedRun, path: Path) -> None:
    """Write a trained network as an ONNX file, without comparing it."""
    network = nn.Sequential(trained.model.standardise, trained.model.network).to(memory_format=torch.contiguous_format)
    example = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    with _quiet_exporter(), torch.no_grad():
        program = torch.onnx.export(
            WithProbabilities(network).eval(),
            (example,),
            dynamo=True,
            verbose=False,
            input_names=["pixels"],
            output_names=["logits", "probabilities"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("n")}},
        )
    assert program is not None
    model = program.model_proto
    _replace_metadata(model, trained)
    path.write_bytes(model.SerializeToString())


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Suppress the deprecation warnings of PyTorch's exporter and its log."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        yield


def _replace_metadata(model: "ModelProto", trained: TrainedRun) -> None:
    """Remove what the exporter noted, which includes paths on this machine; note which run the network is from."""
    from onnx.helper import set_model_props

    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        part.ClearField("metadata_props")
    record = trained.record
    noted: dict[str, object] = {"model": record.model, "activation": record.activation, "seed": record.seed}
    noted |= {"data": record.data, "test_acc": record.test_acc, "key": record.key}
    set_model_props(model, {key: str(value) for key, value in noted.items()})


def compare(trained: TrainedRun, path: Path, images: np.ndarray) -> Comparison:
    """Compare the probabilities of an ONNX file with those of the checkpoint, for images of raw pixels (n, 28, 28)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"pixels": images[:, np.newaxis]})
    expected = trained.probabilities(images)
    different = probabilities.argmax(1) != expected.argmax(1)
    return Comparison(float(np.abs(probabilities - expected).max()), int(different.sum()))


def _compare_on_test_set(trained: TrainedRun, path: Path) -> str:
    """The comparison in words. Raises UserError if the two differ by more than rounding."""
    data, test = held_out_test_set([trained.record])
    images = test.images[:CHECK_IMAGES]
    compared = compare(trained, path, images)
    if not compared.is_rounding:
        raise UserError(f"{compared} on {len(images)} test images: this is more than rounding, so nothing was written.")
    return f"{compared} (onnxruntime against the checkpoint, {len(images)} test images of {data})"


if __name__ == "__main__":
    main()
