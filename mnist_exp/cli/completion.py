"""Tab completion of subcommands, keys, values and config groups; Hydra completes its own keys, and file names."""

import os
from collections.abc import Mapping, Sequence

from mnist_exp.cli.subcommands import SUBCOMMANDS
from mnist_exp.config.keys import all_keys, choices_with, group_choices, groups, is_user_key
from mnist_exp.config.schema import LISTS
from mnist_exp.errors import UserError

SHELLS = ("bash", "zsh", "fish")
COMPLETION = {"-sc", "--shell-completion"}


def print_completions(arguments: Sequence[str]) -> bool:
    """Print the completions of the command line in COMP_LINE, one a line.

    Returns:
        Whether these are all; if not, Hydra has more to print.

    Raises:
        UserError: Neither installing nor completing is asked for.
    """
    actions = [f"{action}={shell}" for action in ("install", "uninstall", "query") for shell in SHELLS]
    if len(set(arguments) & set(actions)) != 1:
        raise UserError(f"Type -sc with one of {', '.join(actions)}.")
    if not any(argument.startswith("query=") for argument in arguments):
        return False  # installing it
    line = os.environ.get("COMP_LINE", "")
    words = [*line.split()[1:], *([""] if line.endswith(" ") else [])]
    *before, word = words or [""]
    if before and before[0] in SUBCOMMANDS:
        return True  # its arguments are files, which the shell completes
    subcommands = [] if before else [name for name in SUBCOMMANDS if name.startswith(word)]
    found = value_completions(word) if "=" in word else key_completions(word, before)
    for completion in (*subcommands, *found):
        print(completion)
    return bool(found) or not _is_for_hydra(word)


def _is_for_hydra(word: str) -> bool:
    """Whether Hydra completes it: one of its own keys, or the value of a key whose values cannot be listed."""
    key, equals, _ = word.partition("=")
    if equals and key in all_keys():
        return is_user_key(key)
    return key.startswith("hydra")


def key_completions(word: str, before: Sequence[str] = ()) -> list[str]:
    """`group=`, and for each key that begins as typed what follows up to the next dot: `seed=`, `model.`.

    Args:
        word: The beginning of a key.
        before: The words typed before it. After optimizer=sgd only the keys that sgd has are offered.
    """
    chosen = dict(override.split("=", 1) for override in before if "=" in override)
    keys = [f"{key}=" for key in all_keys() if is_user_key(key) and _exists(key, chosen)]
    start = word.rfind(".") + 1
    found: dict[str, None] = {}
    for key in [*(f"{group}=" for group in (*groups(), "hydra/launcher")), *keys]:
        if key.startswith(word):
            section, dot, _ = key[start:].partition(".")
            found[key[:start] + section + dot] = None
    return list(found)


def _exists(key: str, chosen: Mapping[str, str]) -> bool:
    """Whether a key can exist with the choices that were typed: optimizer.betas does not with optimizer=sgd."""
    group = key.partition(".")[0]
    choices = chosen.get(group, "").split(",")
    if group == key or not set(choices) <= set(group_choices(group)):
        return True
    return not {*choices}.isdisjoint(choices_with(key))


def value_completions(word: str) -> list[str]:
    """`key=value` for each value that begins as typed, of a key or group. Of several values the last is completed."""
    key, _, typed = word.partition("=")
    known = all_keys().get(key)
    if key in groups():
        values = group_choices(key)
    elif known is not None and is_user_key(key):
        values = known.values
    else:
        return []
    if (key in LISTS or (known is not None and known.is_list)) and not typed.startswith("["):
        typed = f"[{typed}"
    start = max(typed.rfind(","), typed.rfind("[")) + 1
    return [f"{key}={typed[:start]}{value}" for value in values if value.startswith(typed[start:])]
