"""A checkpoint file → a network's weights. It may come from anywhere, so nothing in it is executed or trusted."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mnist_exp.errors import UserError
from mnist_exp.runs.files import RESULT, existing_checkpoint, read

if TYPE_CHECKING:
    from mnist_exp.training.classifier import LitClassifier


def load_weights(model: nn.Module, path: Path) -> None:
    """Fill the network from the file; whatever is wrong with the file is said in one line."""
    _check_archive(path)
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # readers raise whatever they stumble over
        raise _refusal(path, "it is damaged, or holds more than weights and was not loaded") from error
    try:
        weights = stored["state_dict"]
        whole = all(isinstance(value, Tensor) and value.isfinite().all() for value in weights.values())
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise _refusal(path, "it was not written by this project") from error
    if not whole:
        raise _refusal(path, "some of its weights are no finite numbers")
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise _refusal(path, "its layers are not those of the network in result.json") from error


def _check_archive(path: Path) -> None:
    """PyTorch's own reader skips the archive's checksums: a flipped bit would be a silently different network."""
    try:
        with zipfile.ZipFile(path) as archive:
            packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist())
            bad = None if packed else archive.testzip()
    except Exception as error:  # readers raise whatever they stumble over
        raise _refusal(path, "it is truncated, or no PyTorch file at all") from error
    if packed:  # PyTorch never compresses; what does could unpack to any size
        raise _refusal(path, "it was not written by this project")
    if bad:
        raise _refusal(path, f"its part {bad} was changed after it was written")


def _refusal(path: Path, what: str) -> UserError:
    return UserError(f"{path} cannot be used: {what}. Train the run again, or restore the file.")


def load_model(run_dir: Path) -> "LitClassifier":
    """The trained network of a run, in evaluation mode. Raises UserError."""
    from mnist_exp.training.build import build_classifier

    record = read(run_dir)
    if record is None:
        raise UserError(f"{run_dir} holds no {RESULT}: the run has not ended, or this is no run directory.")
    model = build_classifier(record.config)
    load_weights(model, existing_checkpoint(run_dir))
    return model.eval()
