"""mnist-exp export RUN_DIR [FILE]: a trained network as ONNX, checked against its checkpoint.

Its input `pixels` is uint8 (n, 1, 28, 28), raw 0-255, light ink on dark; its outputs are `logits` and `probabilities`
(n, 10). Standardisation is part of the graph, n is free.
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.runs.run_selection import TrainedRun, held_out_test_set, open_best

CHECKED, AGREES = 1000, 1e-3  # test images; the largest difference between probabilities that is rounding
FILE = "model.onnx"


class WithProbabilities(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(pixels)
        return logits, logits.softmax(1)


def export(trained: TrainedRun, path: Path) -> None:
    network = nn.Sequential(trained.model.standardise, trained.model.network).to(memory_format=torch.contiguous_format)
    model = WithProbabilities(network).eval()
    example = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            model,
            (example,),
            dynamo=True,
            verbose=False,
            input_names=["pixels"],
            output_names=["logits", "probabilities"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("n")}},
        )
    assert program is not None
    path.write_bytes(_labelled(program.model_proto, trained).SerializeToString())


def _labelled(graph: Any, trained: TrainedRun) -> Any:
    """Which run it is of; not where on whose disk the exporter found each line of code."""
    import onnx

    for part in (
        graph,
        graph.graph,
        *graph.graph.node,
        *graph.graph.input,
        *graph.graph.output,
        *graph.graph.value_info,
    ):
        part.ClearField("metadata_props")
    told = {key: str(trained.record[key]) for key in ("model", "activation", "seed", "data", "test_acc", "key")}
    onnx.helper.set_model_props(graph, told)
    return graph


def largest_difference(trained: TrainedRun, path: Path, images: np.ndarray) -> tuple[float, int]:
    """Between the checkpoint's probabilities and onnxruntime's, and for how many images the answers differ."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"pixels": images[:, np.newaxis]})
    expected = trained.probabilities(images)
    return float(np.abs(probabilities - expected).max()), int((probabilities.argmax(1) != expected.argmax(1)).sum())


def _need(*packages: str) -> None:
    for package in packages:
        try:
            __import__(package)
        except ImportError as error:
            raise UserError(f"Exporting needs the package {package}: pip install -e '.[export]'") from error


def export_run(folder: Path, path: Path | None) -> str:
    """Write the file, checked or not at all; what was found, to be printed."""
    _need("onnx", "onnxscript", "onnxruntime")
    trained = open_best(folder)
    path = path or trained.run_dir / FILE
    path = path / FILE if path.is_dir() else path
    unchecked = path.with_name(f".{path.name}")
    try:
        export(trained, unchecked)
        found = _checked(trained, unchecked)
        unchecked.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        unchecked.unlink(missing_ok=True)
    return f"{trained.name} → {path}: {found}"


def _checked(trained: TrainedRun, path: Path) -> str:
    data, test = held_out_test_set([trained.record])
    images = test.images[:CHECKED]
    difference, others = largest_difference(trained, path, images)
    found = f"largest difference {difference:.1e} in probability, {others} other answers"
    if not difference <= AGREES:
        raise UserError(f"{found} on {len(images)} test images: that is more than rounding, so nothing was written.")
    return f"{found} (onnxruntime against the checkpoint, {len(images)} test images of {data})"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="mnist-exp export", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", type=Path, metavar="RUN_DIR", help="of a sweep's folder, the best run by validation")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help=f"RUN_DIR/{FILE} unless given")
    typed = parser.parse_args(arguments)
    try:
        print(export_run(typed.run, typed.file))
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
