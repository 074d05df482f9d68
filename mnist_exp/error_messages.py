"""Any error as one line that says what is wrong and what to type."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnist_exp.config.keys import all_keys, group_choices, groups, is_user_key, unknown_key
from mnist_exp.config.schema import LISTS
from mnist_exp.errors import UserError, unknown
from mnist_exp.full_disk import FullDiskError, is_full_disk
from mnist_exp.own_code import own_line

# Choices of Hydra's plugins: the extra of this package that installs each.
EXTRAS = {
    "hydra/sweeper/optuna": "optuna",
    "hydra/launcher/submitit_local": "slurm",
    "hydra/launcher/submitit_slurm": "slurm",
}
OPEN_SECTIONS = ("model.activation_options.", *(f"{group}." for group in LISTS))  # their keys are the code's arguments


def explain(error: BaseException) -> str:
    """One line for any error in which a run or its configuration can end."""
    from hydra.errors import MissingConfigException, OverrideParseException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import MarkedYAMLError

    if is_full_disk(error) and not isinstance(error, FullDiskError):
        return str(FullDiskError(getattr(error, "filename", None) or "this folder"))
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MissingConfigException):
        return _explain_missing_choice(error)
    if "Ambiguous value for argument" in str(error):
        return _explain_several_values(str(error).split("'")[1])
    if isinstance(error, OverrideParseException):
        return f"'{error.override}' cannot be parsed: type settings as key=value, with quotes around odd characters."
    if isinstance(error, ValueError) and isinstance(error.__cause__, OSError):  # logging wraps it
        return explain(error.__cause__)
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__
    if isinstance(cause, OmegaConfBaseException):
        return _explain_bad_value(cause)
    if isinstance(error, OSError) and error.strerror:
        return _explain_os_error(error)
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        return f"{error.problem_mark.name}, line {error.problem_mark.line + 1}: {error.problem}"
    first_line = next(iter(str(error).strip().splitlines()), "")
    if isinstance(error, ImportError) and error.path and "partially initialized module" in first_line:
        return f"{error.path} hides another module named {error.name}: rename the file."
    if line := own_line(error):
        first_line = f"{first_line} ({line})"
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def _explain_several_values(override: str) -> str:
    key, _, values = override.partition("=")
    known = all_keys().get(key)
    is_own = known is None and key not in groups()  # an argument of the user's code, which may be a list
    is_list = is_own or key in LISTS or (known is not None and known.is_list)
    as_list = f". A list has brackets: {key}=[{values}]" if is_list else ""
    if key == "sweep":
        return f"{override}: a command runs one sweep: type one of them."
    return f"{override} has several values; add -m to run each of them: mnist-exp -m {override}{as_list}"


def _explain_os_error(error: OSError) -> str:
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror}{where}"


def _explain_missing_choice(error: BaseException) -> str:
    """A config group has no such file."""
    missing, options = getattr(error, "missing_cfg_file", None), getattr(error, "options", None)
    group = str(missing).partition("/")[0]
    if options is None and group in groups():  # of a list of choices, as callbacks=[…], Hydra gives none
        options = group_choices(group)
    if not missing or options is None:
        return " ".join(str(error).split())
    if extra := EXTRAS.get(str(missing)):
        return f'{"=".join(str(missing).rsplit("/", 1))} needs another package: pip install "mnist_exp[{extra}]"'
    if str(missing).startswith("data/") and (folder := Path(str(missing).removeprefix("data/"))).is_dir():
        return f"data={folder}: for pictures in a folder per class, type data=folder data.root={folder}."
    group, _, name = str(missing).partition("/") if ":" in str(missing) else str(missing).rpartition("/")
    return str(unknown(group.strip("/"), name, [one for one in options if not one.startswith("_")]))


def _explain_bad_value(error: BaseException) -> str:
    """An OmegaConf error names the key and the section where it occurred."""
    from omegaconf.errors import ConfigTypeError, ValidationError

    key = str(getattr(error, "full_key", "") or getattr(error, "key", "") or "")
    first_line = str(error).splitlines()[0]
    fields = getattr(getattr(error, "object_type", None), "__dataclass_fields__", None)
    if fields is not None and key.startswith("hydra.launcher.") and not any(map(is_user_key, fields)):
        return f"{key}: the launcher has no settings. Choose another, as in hydra/launcher=joblib."
    if fields is not None and key.rpartition(".")[2] not in fields:
        section: Mapping[str, Any] | None = getattr(error, "parent_node", None)
        return str(unknown_key(key, fields, section))
    if isinstance(error, (ValidationError, ConfigTypeError)) and (described := _describe_type(key, error)):
        return described
    if first_line.endswith("is not in struct") and key.startswith(OPEN_SECTIONS):
        return f"{key} is not set yet: type a plus sign before it, as in +{key}=…"
    return f"{key}: {first_line}" if key and key not in first_line else first_line


def _describe_type(full_key: str, error: BaseException) -> str | None:
    """What a key must be whose value has another type; None if there are no words for that."""
    from omegaconf.errors import ValidationError

    key = full_key.partition("[")[0]  # the error may name an element of a list
    known = all_keys().get(key)
    if known is None:
        own = [name for name in all_keys() if name.startswith(f"{key}.") and is_user_key(name)]
        return f"{key} is a section: set its keys, for example {own[0]}." if own else None
    value = getattr(error, "value", None)
    if value is None and type(error) is ValidationError and not known.is_list:
        return f"{key}: must not be null."
    given = "" if value is None or known.is_list else f", not '{value}'"
    return f"{key}: must be {known.description}{given}."
