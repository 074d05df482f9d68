"""Checks of the arguments of the Python API, and the overrides that they stand for."""

from collections.abc import Iterable, Mapping
from itertools import islice
from numbers import Integral
from pathlib import Path

from mnist_exp.config.compose import stamp
from mnist_exp.config.fields import is_plain_name
from mnist_exp.errors import UserError

MOST_SEEDS = 100_000
# Keys and sections that cannot be overrides, and what to do instead.
NOT_IN_TRAIN = {"hydra": "Hydra's settings have no effect in mx.train. The argument run_dir names the run's folder."}
_FOLDER = "the argument name of mx.sweep names the folder, multirun/NAME."
NOT_IN_SWEEP = {
    "sweep.name": _FOLDER,
    "hydra.sweep": _FOLDER,
    "hydra.run": _FOLDER,
    "hydra.mode": "mx.sweep is always a sweep. For one run there is mx.train.",
    "sweep.dry_run": "mx.sweep trains. To list the runs, use the command: mnist-exp -m … sweep.dry_run=true",
}


def check_strings(overrides: Iterable[object]) -> None:
    """Raise UserError for an override that is not a string, such as a list of overrides."""
    for override in overrides:
        if not isinstance(override, str):
            raise UserError(f"{override!r} is no override: give each as a string of its own, or *overrides for a list.")


def folder_path(name: str, folder: object) -> Path:
    """The path of a folder that an argument names. Raises UserError for anything but a name."""
    if not isinstance(folder, str | Path) or not str(folder).strip():
        raise UserError(f"{name}={folder!r}: must be the name of a folder.")
    return Path(folder)


def check_objects(name: str, parts: object) -> None:
    """Raise UserError for a callback or a logger that is given by its name, or is no list."""
    if not isinstance(parts, Iterable):
        raise UserError(f"{name}: takes a list of objects, as in {name}=[…].")
    for part in parts:
        if isinstance(part, str):
            raise UserError(f"{name}: takes objects. For a name, use the override {name}=[{part}].")


def refuse_overrides(overrides: Iterable[str], instead: Mapping[str, str]) -> None:
    """Raise UserError for the first override of a key, or of a section, that is in the table."""
    check_strings(overrides)
    for override in overrides:
        key = override.partition("=")[0].lstrip("+~")
        for refused, advice in instead.items():
            if key == refused or key.startswith((f"{refused}.", f"{refused}/")):
                raise UserError(f"{override}: {advice}")


def seed_overrides(seed: int | Iterable[int] | None) -> list[str]:
    """The override of the seed: none, one value or several. Raises UserError for anything but integers."""
    if seed is None:
        return []
    given = list(islice(seed, MOST_SEEDS + 1)) if isinstance(seed, Iterable) else [seed]
    if len(given) > MOST_SEEDS:
        raise UserError(f"seed: names more than {MOST_SEEDS} seeds. Give fewer, as in range(8).")
    if not given:
        raise UserError("seed: names no seed. Give one seed or several, as in range(8).")
    for one in given:
        if not isinstance(one, Integral) or isinstance(one, bool):
            raise UserError(f"seed={one!r}: must be an integer.")
    return ["seed=" + ",".join(str(int(one)) for one in given)]


def sweep_dir(name: str | None) -> Path:
    """The folder of a sweep; named by the time if it has no name. Raises UserError for an invalid name."""
    if name is not None and not (isinstance(name, str) and is_plain_name(name)):
        raise UserError(f"name={name!r}: must be letters, digits, - and _: the folder multirun/NAME is named after it.")
    return Path("multirun", name or stamp())
