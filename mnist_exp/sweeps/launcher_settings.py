"""Checks of a launcher's settings, hydra.launcher.…: the plugins take any value, and fail in each run or hang."""

from collections.abc import Callable
from typing import Any, NamedTuple

from omegaconf import DictConfig

from mnist_exp.errors import UserError, unknown


class Rule(NamedTuple):
    """What a setting must be, as in "must be …"."""

    text: str
    is_valid: Callable[[Any], bool]


AT_LEAST_1 = Rule("a whole number from 1 to 100000", lambda v: 1 <= v <= 100_000)
RULES = {
    "n_jobs": Rule("-1, which fills the cores, or a whole number from 1 to 1024", lambda v: v == -1 or 1 <= v <= 1024),
    "num_cpus": Rule("a number above 0, or null for its threads", lambda v: 0 < v <= 100_000),
    "num_gpus": Rule("0 or more GPUs", lambda v: 0 <= v <= 1000),
    "timeout_min": AT_LEAST_1,
    "cpus_per_task": AT_LEAST_1,
    "mem_gb": AT_LEAST_1,
    "nodes": AT_LEAST_1,
    "tasks_per_node": AT_LEAST_1,
    "array_parallelism": AT_LEAST_1,
}
CHOICES = {
    "backend": ("loky", "multiprocessing", "threading", "sequential"),
    "prefer": ("processes", "threads"),
    "require": ("sharedmem",),
}


def check_launcher(launcher: DictConfig) -> None:
    """Raise UserError for a setting of a launcher that cannot work; null is the launcher's own default."""
    given = {str(name): value for name, value in launcher.items() if value is not None}
    for name, value in given.items():
        key = f"hydra.launcher.{name}"
        if name in CHOICES and value not in CHOICES[name]:
            raise unknown(key, str(value), CHOICES[name])
        if name in RULES and not _is_valid(RULES[name], value):
            raise UserError(f"{key}={value}: must be {RULES[name].text}.")


def _is_valid(rule: Rule, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and rule.is_valid(value)
