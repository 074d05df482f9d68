"""What identifies a run: the settings that decide its numbers, their hash, and the code that computed them."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from mnist_exp.config.schema import Config, ModelConfig

# Settings that no number depends on: where files are, what is shown, what is recorded in addition.
NOT_DECIDING = {"data": ("root", "fallback"), "trainer": ("devices", "progress_bar")}
NOT_DECIDING_SECTIONS = ("sweep", "diagnostics", "loggers", "claim")
# The code that decides a run's numbers, except for files that only show or record them.
DECIDING_CODE = ("data", "kernels", "models", "training", "registry.py", "runtime.py")
OUTPUT_CODE = ("training/progress.py", "training/tensorboard.py")


def deciding_settings(config: Config) -> dict[str, Any]:
    """The part of a configuration that a run's numbers depend on, as plain values."""
    kept = config.to_dict()
    for section in NOT_DECIDING_SECTIONS:
        del kept[section]
    for section, settings in NOT_DECIDING.items():
        for setting in settings:
            del kept[section][setting]
    # What follows from the data set is not a setting, except for how its pixels are standardised.
    images = kept.pop("images")
    kept["data"] |= {"mean": images["mean"], "std": images["std"]}
    kept["model"]["activation"] = activation_name(config.model)
    return kept


def key(config: Config) -> str:
    """A hash of all settings that decide a run's numbers: two runs with one key are the same run."""
    return hashlib.sha256(json.dumps(deciding_settings(config), sort_keys=True).encode()).hexdigest()[:12]


def activation_name(model: ModelConfig) -> str | None:
    """The hidden activation; None for a network that is declared to have none."""
    return model.activation if model.uses_activation else None


def run_name(config: Config) -> str:
    """A readable directory name that no different run shares: cnn_mish_seed1_4fe21c0b."""
    return directory_name(config.model.name, activation_name(config.model), config.seed, key(config))


def directory_name(model: str, activation: str | None, seed: int, run_key: str) -> str:
    """The name of a run's directory from what its record says."""
    return "_".join(part for part in (model, activation, f"seed{seed}", run_key[:8]) if part)


@cache
def code_digest() -> str:
    """A hash of the code that decides a run's numbers; it changes also where the package's version does not."""
    package = Path(__file__).resolve().parents[1]
    roots = [package / name for name in DECIDING_CODE]
    files = [path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*.py")))]
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(package).as_posix()
        if name not in OUTPUT_CODE:
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
