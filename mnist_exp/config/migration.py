"""Configurations in the records of earlier versions, converted to today's keys."""

from copy import deepcopy
from typing import Any

from mnist_exp.config.schema import LISTS

# What a version did that did not have the key yet: one seed, no extra output, no published result, no sweep file.
ADDED: dict[str, Any] = {
    "seeds": {"weights": None, "order": None, "noise": None},
    "callbacks": {},
    "logger": {"tensorboard": {"_target_": "mnist_exp.training.tensorboard.RunLogger"}},
    "metrics": {},
    "trainer": {"resume_every": None},
    "objective": {"seeds": None},
    "diagnostics": {
        **{"figures": False, "probe_every": 0, "probe_images": 128},
        **{"histograms": False, "projector": False, "test_each_epoch": False},
    },
    "claim": {
        **{"name": None, "source": None, "train_acc": None, "val_acc": None},
        **{"test_acc": None, "test_loss": None, "epochs": {}},
    },
    "sweep": {
        **{"name": None, "dry_run": False, "reuse": "warn", "until": None, "max_seeds": 30, "axes": {}, "arms": []},
    },
    "study": {"margin": 0.1, "control": None},
}
RENAMED = {"look": "diagnostics", "loggers": "logger"}
# Callbacks and loggers used to be a list of names. What each name stood for:
PARTS = {
    "lr_monitor": "lightning.pytorch.callbacks.LearningRateMonitor",
    "device_stats": "lightning.pytorch.callbacks.DeviceStatsMonitor",
    "timer": "lightning.pytorch.callbacks.Timer",
    "tensorboard": "mnist_exp.training.tensorboard.RunLogger",
    "csv": "lightning.pytorch.loggers.CSVLogger",
}


def migrated(values: dict[str, Any]) -> dict[str, Any]:
    """The configuration with today's keys; today's comes back as it is."""
    values = {RENAMED.get(key, key): value for key, value in values.items()}
    values |= {section: _parts(values[section]) for section in LISTS if section in values}
    values = _with_defaults(values, deepcopy(ADDED))
    return values | {
        section: migrated_section(section, values[section]) for section in ("model", "optimizer", "schedule")
    }


def migrated_section(section: str, values: dict[str, Any]) -> dict[str, Any]:
    """The section model, optimizer or schedule with today's keys."""
    return {"model": _model, "optimizer": _optimizer, "schedule": _schedule}[section](values)


def _with_defaults(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    partial = {key: default for key, default in defaults.items() if isinstance(default, dict) and key not in LISTS}
    sections = {key: default | values.get(key, {}) for key, default in partial.items()}
    return defaults | values | sections


def _parts(section: Any) -> dict[str, Any]:
    if isinstance(section, list):
        return {name: {"_target_": PARTS.get(name, name)} for name in section}
    return dict(section)


def _model(model: dict[str, Any]) -> dict[str, Any]:
    """The class of a network and whether it has an activation used to be inferred from its other keys."""
    model = {"activation_options": None, **model}
    if "_target_" in model:
        return model
    kind = "WhitenedNet" if "whitening" in model else "ConvNet" if "channels" in model else "DenseNet"
    uses_activation = bool(model["hidden"] or model.get("channels"))
    return {"_target_": f"mnist_exp.models.{kind}", "uses_activation": uses_activation, **model}


def _optimizer(optimizer: dict[str, Any]) -> dict[str, Any]:
    """In earlier versions every optimizer had the settings of all optimizers."""
    foreign = {"sgd": {"betas"}, "adam": {"momentum"}, "adamw": {"momentum"}}.get(optimizer["name"], set())
    return {key: value for key, value in optimizer.items() if key not in foreign}


def _schedule(schedule: dict[str, Any]) -> dict[str, Any]:
    """A constant schedule used to have a warm-up that it did not use."""
    return {key: value for key, value in schedule.items() if key != "warmup" or schedule["name"] != "constant"}
