"""Loads a network's weights from a checkpoint. The file may come from anywhere: nothing in it is run or trusted."""

import logging
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mnist_exp.config import own_sections
from mnist_exp.config.schema import Config
from mnist_exp.errors import UserError
from mnist_exp.own_code import source_digest
from mnist_exp.runs.files import RESULT, existing_checkpoint, read_record

if TYPE_CHECKING:
    from mnist_exp.training.classifier import LitClassifier


log = logging.getLogger(__name__)


def load_weights(model: nn.Module, path: Path) -> None:
    """Load a network's weights from a file. Raises UserError, in one line, for whatever is wrong with the file."""
    try:
        check_archive(path)
    except UserError as error:
        raise _unusable(path, str(error)) from error
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can raise any exception
        raise _unusable(path, "it is damaged, or holds more than weights and was not loaded") from error
    try:
        weights = stored["state_dict"]
        finite = all(isinstance(value, Tensor) and value.isfinite().all() for value in weights.values())
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise _unusable(path, "it was not written by this project") from error
    if not finite:
        raise _unusable(path, "some of its weights are not finite numbers")
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise _unusable(path, "its layers are not those of the network in result.json") from error


def check_archive(path: Path) -> None:
    """PyTorch does not verify the checksums of its archive: a flipped bit would change the network unnoticed.

    Raises UserError with the reason alone.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            compressed = any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist())
            changed = None if compressed else archive.testzip()
    except Exception as error:  # a damaged file can raise any exception
        raise UserError("it is truncated, or not a PyTorch file") from error
    if compressed:  # PyTorch never compresses; compressed data could expand to any size
        raise UserError("it was not written by this project")
    if changed:
        raise UserError(f"its part {changed} was changed after it was written")


def _unusable(path: Path, reason: str) -> UserError:
    return UserError(f"{path} cannot be used: {reason}. Train the run again, or restore the file.")


def load_model(run_dir: Path) -> "LitClassifier":
    """The trained network of a run, in evaluation mode. Raises UserError."""
    from mnist_exp.training.build import build_classifier

    record = read_record(run_dir)
    if record is None:
        raise UserError(f"{run_dir} holds no {RESULT}: the run has not ended, or this is not a run directory.")
    try:
        model = build_classifier(record.config)
    except UserError as error:
        raise UserError(f"{run_dir / RESULT} describes no network that can be built: {error}") from error
    load_weights(model, existing_checkpoint(run_dir))
    for name in changed_sources(record.config):
        log.warning("! %s has changed since %s was trained: its predictions may differ.", name, run_dir)
    return model.eval()


def changed_sources(config: Config) -> list[str]:
    """The names of the user's own code that is no longer what a run was trained with. Data are not compared."""
    targets = own_sections.targets(config)
    return [name for name in config.sources if name in targets and source_digest(targets[name]) != config.sources[name]]
