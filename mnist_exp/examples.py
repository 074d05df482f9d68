"""mnist-exp example [NAME [FOLDER]]: list the examples of own code, or write one. Does not import torch."""

import ast
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_exp.command_line import Parser, named_path
from mnist_exp.errors import UserError, unknown

_PACKAGE = Path(__file__).resolve().parent
# In a checkout examples/ is beside the package; in a wheel it is inside it.
SOURCE = _PACKAGE / "example_files" if (_PACKAGE / "example_files").is_dir() else _PACKAGE.parent / "examples"
# The files of each example as they are written. They have the same names in SOURCE, in one folder.
EXAMPLES = {
    "activation": ("own_activation.py",),
    "network": ("own_network.py", "conf/model/own_network.yaml"),
    "data": ("own_data.py", "conf/data/own_data.yaml"),
    "callback": ("own_callback.py",),
    "optimizer": ("own_optimizer.py",),
    "metric": ("own_metric.py",),
    "logger": ("own_logger.py",),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser("example", __doc__)
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of {', '.join(EXAMPLES)}; none lists them")
    parser.add_argument(
        "folder", nargs="?", type=named_path, default=Path(), metavar="FOLDER", help="default: this one"
    )
    options = parser.parse_args(arguments)
    try:
        print(listing() if options.name is None else write(options.name, options.folder))
    except UserError as error:
        sys.exit(f"Error: {error}")


def listing() -> str:
    """A line for each example, and how to write one."""
    width = max(map(len, EXAMPLES))
    lines = [f"  {name:{width}}  {docstring(name).splitlines()[0]}" for name in EXAMPLES]
    return "\n".join([*lines, "", "mnist-exp example NAME writes the files of one into this folder."])


def write(name: str, folder: Path) -> str:
    """Write the files of an example.

    Args:
        name: A key of EXAMPLES.
        folder: Where to; it is created if it does not exist.

    Returns:
        What was written, and the commands to type next.

    Raises:
        UserError: There is no such example, a file exists already, or the folder cannot be written to.
    """
    if name not in EXAMPLES:
        raise unknown("Example", name, EXAMPLES)
    paths = [folder / file for file in EXAMPLES[name]]
    for path in paths:
        if path.exists():
            raise UserError(
                f"{path} exists and is not overwritten. Name another folder: mnist-exp example {name} FOLDER"
            )
    for path in paths:
        _copy(SOURCE / path.name, path)
    return "\n".join([*(f"→ {path}" for path in paths), "", *_next_commands(name, folder)])


def _copy(source: Path, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x") as file:
            file.write(source.read_text())
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}).") from error


def _next_commands(name: str, folder: Path) -> list[str]:
    """What to type after the files are there: the commands in the docstring, with their explanations."""
    _, *text = docstring(name).strip().splitlines()
    change = [] if folder.resolve() == Path.cwd() else [f"    cd {folder}", ""]
    return [*change, *text[1:]]


def docstring(name: str) -> str:
    """The docstring of an example's Python file."""
    source = (SOURCE / EXAMPLES[name][0]).read_text()
    return ast.get_docstring(ast.parse(source)) or ""


def commands(name: str) -> list[str]:
    """The commands in an example's docstring."""
    return re.findall(r"^    (mnist-exp .*)$", docstring(name), re.M)


if __name__ == "__main__":
    main()
