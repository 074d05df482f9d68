"""What a run directory holds: result.json, predictions.npz, checkpoints/. Written here, read here, nowhere else."""

import csv
import hashlib
import json
import math
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_exp.errors import UserError
from mnist_exp.runs.versions import machine, versions

if TYPE_CHECKING:
    from mnist_exp.models import Classifier

Result = dict[str, Any]  # a Record as it is read back
RESULT, PREDICTIONS, CHECKPOINTS = "result.json", "predictions.npz", "checkpoints"
PROBES, FIGURES = "probes.csv", "figures"
# What a run's numbers do not depend on: where files lie, and what is shown.
NOT_DECIDING = {"data": ("root", "fallback"), "trainer": ("devices", "progress_bar")}


@dataclass
class Record:
    """result.json, key by key. Accuracies are fractions; a number that does not exist is None."""

    key: str
    data: str  # the data really used
    model: str
    experiment: str | None  # the published setup it repeats
    activation: str | None  # None without hidden units
    seed: int
    lr: float
    batch_size: int
    overrides: list[str]
    config: dict[str, Any]
    started: str
    status: str = "missing"  # until it ends: then ok | failed | diverged
    error: str | None = "did not end"
    train_size: int | None = None
    parameters: int | None = None
    epochs: int | None = None  # really trained
    best_epoch: int | None = None  # the one the checkpoint, and every figure below, belongs to
    train_acc: float | None = None  # running accuracy over that epoch, as its batches were seen
    train_loss: float | None = None
    val_acc: float | None = None
    val_loss: float | None = None
    test_acc: float | None = None
    test_loss: float | None = None
    per_class: dict[str, list] | None = None  # precision, recall, f1, support, confusion (rows: truth) on the test set
    history: list[dict[str, float]] = field(default_factory=list)  # a row per epoch
    train_seconds: float | None = None  # the training steps alone
    total_seconds: float | None = None  # everything, the process's start-up too if this was its first run
    device: str | None = None
    precision: str | None = None
    threads: int | None = None
    machine: str = field(default_factory=machine)
    versions: dict[str, str | None] = field(default_factory=versions)


def blank(config: dict[str, Any], overrides: Sequence[str]) -> Record:
    """The record of a run that is still to end."""
    return Record(
        key=key(config),
        data=config["data"]["name"],
        model=config["model"]["name"],
        experiment=config["claim"]["name"],
        activation=activation(config["model"]),
        seed=config["seed"],
        lr=config["optimizer"]["lr"],
        batch_size=config["data"]["batch_size"],
        overrides=list(overrides),
        config=config,
        started=datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def write(run_dir: Path, record: Record) -> None:
    """Write result.json whole or not at all: its presence means that the run ended."""
    write_json(run_dir / RESULT, asdict(record))


def write_json(path: Path, content: Any) -> None:
    """A file that is there whole or not at all."""
    text = json.dumps(_no_nan(content), indent=1, allow_nan=False)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with half.open("w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _no_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _no_nan(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_no_nan(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read(run_dir: Path) -> Result | None:
    """The run's result, or None if it has not ended."""
    try:
        return json.loads((run_dir / RESULT).read_text())
    except FileNotFoundError:
        return None


def read_all(sweep_dir: Path) -> list[Result]:
    """The results of every run under a directory, each with its `run_dir`, in the order they are named."""
    found = sorted(sweep_dir.rglob(RESULT))
    return [{**json.loads(path.read_text()), "run_dir": str(path.parent)} for path in found]


def is_settled(run_dir: Path, key: str) -> bool:
    """Whether the very same run has ended there; one that failed, rather than diverged, is worth another try."""
    result = read(run_dir)
    return result is not None and result["key"] == key and result["status"] != "failed"


def deciding(config: dict[str, Any]) -> dict[str, Any]:
    """The part of a configuration that a run's numbers depend on."""
    kept = {
        section: {k: v for k, v in value.items() if k not in NOT_DECIDING.get(section, ())}
        if isinstance(value, dict)
        else value
        for section, value in config.items()
        if section not in ("sweep", "look", "claim")  # what is run beside it, seen of it and said of it
    }
    kept["model"]["activation"] = activation(config["model"])
    return kept


def key(config: dict[str, Any]) -> str:
    """A hash of all that decides a run's numbers: two runs with one key are the same run."""
    return hashlib.sha256(json.dumps(deciding(config), sort_keys=True).encode()).hexdigest()[:12]


def activation(model: dict[str, Any]) -> str | None:
    """The hidden activation; None for a network without hidden units, whatever was typed."""
    return model["activation"] if model["hidden"] or model.get("channels") else None


def run_name(config: dict[str, Any]) -> str:
    """A readable directory name that no different run shares: cnn_mish_seed1_4fe21c0b."""
    model = config["model"]
    parts = (model["name"], activation(model), f"seed{config['seed']}", key(config)[:8])
    return "_".join(part for part in parts if part)


def write_predictions(run_dir: Path, labels: np.ndarray, probabilities: np.ndarray) -> None:
    half = run_dir / f".{PREDICTIONS}.{os.getpid()}.npz"
    np.savez_compressed(half, labels=labels.astype(np.uint8), probabilities=probabilities.astype(np.float16))
    half.replace(run_dir / PREDICTIONS)


def read_predictions(run_dir: Path) -> tuple[np.ndarray, np.ndarray]:
    """Test labels and predicted probabilities."""
    with np.load(run_dir / PREDICTIONS, allow_pickle=False) as stored:
        return stored["labels"], stored["probabilities"]


def write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """A table, whole or not at all; one without rows has no columns either and is not written."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    half = path.with_suffix(".half")
    with half.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)
    half.replace(path)


def write_probes(run_dir: Path, rows: Sequence[dict[str, Any]]) -> None:
    write_csv(run_dir / PROBES, rows)


def read_probes(run_dir: Path) -> list[dict[str, Any]]:
    """What the probes saw, a row per step and layer; a figure that does not exist is None."""
    if not (run_dir / PROBES).is_file():
        return []
    with (run_dir / PROBES).open(newline="") as file:
        return [
            {k: v if k == "layer" else float(v) if v else None for k, v in row.items()} for row in csv.DictReader(file)
        ]


def checkpoint_path(run_dir: Path) -> Path:
    """The run's one checkpoint: best on validation, or the last epoch where there was no validation set."""
    return run_dir / CHECKPOINTS / "best.ckpt"


def checkpoint(run_dir: Path) -> Path:
    path = checkpoint_path(run_dir)
    if not path.is_file():
        raise UserError(f"{run_dir} holds no checkpoint; a finished run has {CHECKPOINTS}/{path.name}.")
    return path


def forget(run_dir: Path) -> None:
    """A result that is not to count any more, before the run is made again."""
    (run_dir / RESULT).unlink(missing_ok=True)


def clear(run_dir: Path) -> None:
    """Remove what an earlier run left in a directory that is used again; nothing else in it is touched."""
    for path in (run_dir / RESULT, run_dir / PREDICTIONS, run_dir / PROBES, *run_dir.glob("events.out.tfevents.*")):
        path.unlink(missing_ok=True)
    for folder in (CHECKPOINTS, FIGURES):
        shutil.rmtree(run_dir / folder, ignore_errors=True)


def load_model(run_dir: Path) -> "Classifier":
    """The trained network of a run, ready to be asked."""
    from mnist_exp.models import build
    from mnist_exp.runs.checkpoints import load_weights

    result = read(run_dir)
    if result is None:
        raise UserError(f"{run_dir} holds no {RESULT}: the run has not ended, or this is no run directory.")
    model = build(**build_arguments(result["config"]))
    load_weights(model, checkpoint(run_dir))
    return model.eval()


def build_arguments(config: dict[str, Any]) -> dict[str, Any]:
    """What models.build takes, out of a plain configuration."""
    return {
        "model": config["model"],
        "mean": config["data"]["mean"],
        "std": config["data"]["std"],
        "optimizer": config["optimizer"],
        "schedule": config["schedule"],
        "label_smoothing": config["loss"]["label_smoothing"],
        "gradient_clip": config["trainer"]["gradient_clip"],
    }
