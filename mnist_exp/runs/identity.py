"""What identifies a run: the settings that decide its numbers, their hash, and the code that computed them."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from mnist_exp.config.fields import as_plain_name
from mnist_exp.config.schema import OWN, Config, ModelConfig, OwnDataConfig
from mnist_exp.own_code import labels

# Settings that no number depends on: where files are, what is shown, what is recorded in addition.
NOT_DECIDING = {"data": ("root", "fallback"), "trainer": ("devices", "progress_bar", "resume_every")}
NOT_DECIDING_SECTIONS = ("sweep", "study", "diagnostics", "logger", "claim", "objective")
# Settings that earlier versions did not have. Empty, they leave a run what it was.
ADDED = ("sources", "metrics", "seeds")
# The code that decides a run's numbers and its key, except for files that only show or record them.
DECIDING_CODE = (
    *("data", "kernels", "models", "training", "registry.py", "runtime.py", "own_code.py"),
    "runs/identity.py",
)
OUTPUT_CODE = (
    *("training/progress.py", "training/tensorboard.py"),
    *("training/service_loggers.py", "training/logger_files.py", "training/flow.py"),
    *("models/signal_flow.py", "models/normal_pairs.py", "models/batch_gradients.py", "models/pointwise.py"),
)


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
    if not isinstance(config.data, OwnDataConfig):  # own data are identified by their content
        kept["data"] |= {"mean": images["mean"], "std": images["std"]}
    kept["seeds"] = {source: seed for source, seed in kept["seeds"].items() if seed is not None}
    for added in ADDED:
        if not kept[added]:
            del kept[added]
    if not kept["callbacks"]:
        kept["callbacks"] = []  # as in earlier versions
    for section in OWN:
        kept[section] |= kept[section].pop("options", {})  # where the user sets them
    kept["model"]["activation"] = activation_name(config.model)
    if not kept["model"]["activation_options"]:
        del kept["model"]["activation_options"]
    return kept


def key(config: Config) -> str:
    """A hash of all settings that decide a run's numbers: two runs with one key are the same run."""
    return hashlib.sha256(json.dumps(deciding_settings(config), sort_keys=True).encode()).hexdigest()[:12]


def without_source(config: Config) -> str:
    """The settings as text, whatever the user's own code was at the time."""
    settings = deciding_settings(config)
    settings.pop("sources", None)
    return json.dumps(settings, sort_keys=True)


def activation_name(model: ModelConfig) -> str | None:
    """The hidden activation as tables name it, elu(alpha=0.5) for example; None for a network that has none."""
    if not model.uses_activation:
        return None
    options = ",".join(f"{name}={value}" for name, value in (model.activation_options or {}).items())
    return labels(model.activation) + (f"({options})" if options else "")


def run_name(config: Config) -> str:
    """A readable directory name that no different run shares: cnn_mish_seed1_4fe21c0b."""
    return directory_name(config.model.name, activation_name(config.model), config.seed, key(config))


def directory_name(model: str, activation: str | None, seed: int, run_key: str) -> str:
    """The name of a run's directory from what its record says."""
    parts = (model, activation, f"seed{seed}", run_key[:8])
    return "_".join(as_plain_name(part).strip("-") for part in parts if part)


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
