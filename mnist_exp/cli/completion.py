"""Tab completion of subcommands and of values; keys and config groups are completed by Hydra."""

import os
from collections.abc import Sequence

from mnist_exp.cli.subcommands import SUBCOMMANDS
from mnist_exp.config.keys import all_keys

COMPLETION = {"-sc", "--shell-completion"}


def print_completions(arguments: Sequence[str]) -> bool:
    """Print the completions of the command line in COMP_LINE, one a line.

    Returns:
        Whether these are all; if not, Hydra has more to print.
    """
    if not any(argument.startswith("query=") for argument in arguments):
        return False  # installing it
    line = os.environ.get("COMP_LINE", "")
    words = [*line.split()[1:], *([""] if line.endswith(" ") else [])]
    *before, word = words or [""]
    if before and before[0] in SUBCOMMANDS:
        return True  # its arguments are files, which the shell completes
    subcommands = [] if before else [name for name in SUBCOMMANDS if name.startswith(word)]
    values = value_completions(word)
    for completion in (*subcommands, *values):
        print(completion)
    return bool(values)


def value_completions(word: str) -> list[str]:
    """`key=value` for each value of the key that begins as typed; of a list of values, the last one is completed."""
    key, equals, typed = word.partition("=")
    known = all_keys().get(key)
    if not equals or known is None:
        return []
    if known.is_list and not typed.startswith("["):
        typed = f"[{typed}"
    start = max(typed.rfind(","), typed.rfind("[")) + 1
    return [f"{key}={typed[:start]}{value}" for value in known.values if value.startswith(typed[start:])]
