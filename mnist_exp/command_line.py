"""What the parsers of all subcommands share: errors in one line, and types of arguments."""

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from mnist_exp.errors import UserError, nearest


class Parser(argparse.ArgumentParser):
    """Answers a mistake in one line that says what to type, and takes each option once."""

    def __init__(self, subcommand: str, description: str | None, **others: Any) -> None:
        others.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(prog=f"mnist-exp {subcommand}", description=description, **others)
        for action in (None, "store"):
            self.register("action", action, _Once)

    def error(self, message: str) -> NoReturn:
        """Print the message and how to get help, and exit."""
        options = [option for action in self._actions for option in action.option_strings]
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        near = nearest(unknown[1], options) if unknown else None
        hint = f" Did you mean {near}?" if near else ""
        text = message.removeprefix("argument ")
        self.exit(2, f"Error: {text}.{hint} Type {self.prog} --help for all arguments.\n")


class _Once(argparse.Action):
    """Stores a value, and refuses a second one: the last one would win without a word."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        given = vars(namespace).setdefault("given", set())
        if option and self.dest in given:
            parser.error(f"{option} is given twice")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number from `low` to `high`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,12}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text}: must be a whole number from {low} to {high}")
        return int(text)

    return parse


def positive_number(text: str) -> float:
    """The type of an argument that is a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: must be a number above 0")
    return value


def named_path(text: str) -> Path:
    """The type of an argument that names a file or folder. Empty text would name the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must be the name of a file or folder, not an empty text")
    return Path(text)


def any_text(text: str) -> str:
    """The type of an argument that is any text but an empty one."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def require_folders(folders: Sequence[Path], meaning: str) -> None:
    """Raise UserError for the first of these that is no folder.

    Args:
        folders: as typed.
        meaning: what to type, as in "name that of a run".
    """
    for folder in folders:
        if not is_folder(folder):
            raise UserError(f"{folder} is not a folder: {meaning}.")


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; false for one that the system refuses, because it is too long for example."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
