"""A trained network as an ONNX file with the names of its classes, or one line that says why there can be none."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mnist_exp.atomic_files import write_bytes
from mnist_exp.errors import UserError
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import TrainedRun

if TYPE_CHECKING:
    from onnx import ModelProto


class WithProbabilities(nn.Module):
    """Adds a second output to a network: the probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(pixels)
        return logits, logits.softmax(1)


def write_onnx(trained: TrainedRun, path: Path) -> None:
    """Write a trained network as an ONNX file, without comparing it. Raises UserError if ONNX cannot express it."""
    network = nn.Sequential(trained.model.standardise, trained.model.network).to(memory_format=torch.contiguous_format)
    try:
        model = _as_onnx(WithProbabilities(network).eval(), trained.record.config.images.input_shape)
    except Exception as error:  # the exporter raises exceptions of many types
        raise not_exportable(trained.record, error) from error
    _replace_metadata(model, trained)
    write_bytes(path, model.SerializeToString())


def _as_onnx(network: nn.Module, input_shape: tuple[int, int, int]) -> "ModelProto":
    example = torch.zeros(2, *input_shape, dtype=torch.uint8)
    with _quiet_exporter(), torch.no_grad():
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            verbose=False,
            input_names=["pixels"],
            output_names=["logits", "probabilities"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("n")}},
        )
    assert program is not None
    return program.model_proto


def not_exportable(record: Record, error: Exception) -> UserError:
    """One line with the reason, which is the first of the chained exceptions."""
    reason: BaseException = error
    while reason.__cause__ is not None:
        reason = reason.__cause__
    first_line = next(filter(None, map(str.strip, str(reason).splitlines())), "") or type(reason).__name__
    activation = f" with the activation {record.activation}" if record.activation else ""
    return UserError(f"{record.model}{activation} cannot be exported to ONNX: {first_line}")


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Suppress the deprecation warnings of PyTorch's exporter, its log, and what it prints about a failure."""
    discarded, disabled = StringIO(), logging.root.manager.disable
    with warnings.catch_warnings(), redirect_stdout(discarded), redirect_stderr(discarded):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(disabled)


def _replace_metadata(model: "ModelProto", trained: TrainedRun) -> None:
    """Remove what the exporter noted, which includes paths on this machine; note which run the network is from."""
    from onnx.helper import set_model_props

    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        part.ClearField("metadata_props")
    record = trained.record
    noted: dict[str, object] = {"model": record.model, "activation": record.activation, "seed": record.seed}
    noted |= {"data": record.data, "test_acc": record.test_acc, "key": record.key}
    # Metadata are text: the names are a JSON list.
    noted["classes"] = json.dumps(record.config.images.classes, ensure_ascii=False)
    set_model_props(model, {key: str(value) for key, value in noted.items()})
