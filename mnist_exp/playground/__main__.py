"""mnist-exp playground [SWEEP_OR_RUN_DIR…]: write a page with the trained networks of a sweep in it.

On it you draw a digit, or choose a test image, and see what each activation's network answers and why. It is one file
that works without a server and without the internet.
"""

import sys
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from mnist_exp.command_line import Parser, named_path
from mnist_exp.errors import UserError
from mnist_exp.playground.page import describe, selected, write
from mnist_exp.report import newest_sweep
from mnist_exp.runs.files import PLAYGROUND
from mnist_exp.runs.run_selection import HOW_TO_TRAIN, holds_runs


def default_folder(multirun: Path) -> Path:
    """The newest sweep, or the whole folder if no sweep has a finished run. Raises UserError if it has no run."""
    if not holds_runs(multirun):
        raise UserError(f"No trained network in {multirun}/ yet: {HOW_TO_TRAIN}; then run this command again.")
    with suppress(UserError):
        sweep = newest_sweep(multirun)
        return sweep if holds_runs(sweep) else multirun
    return multirun


def make_page(folders: Sequence[Path]) -> Path:
    """Write the page into the first folder, and print what is in it. Raises UserError."""
    selection = selected(folders)
    file = folders[0] / PLAYGROUND
    write(selection, file)
    size = file.stat().st_size / 1e6
    print(f"Playground with {describe(selection.networks)}, {size:.1f} MB → {file}")
    return file


def open_in_browser(file: Path) -> None:
    """Open a page, or say that there is no browser."""
    try:
        opened = webbrowser.open(file.resolve().as_uri())
    except webbrowser.Error:
        opened = False
    if not opened:
        print(f"No browser can be opened here: open {file.resolve()} in one.", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = Parser("playground", __doc__)
    parser.add_argument(
        "folders", nargs="*", type=named_path, metavar="SWEEP_OR_RUN_DIR", help="by default the newest sweep"
    )
    parser.add_argument("--no-open", action="store_true", help="only write the page, do not open it in a browser")
    options = parser.parse_intermixed_args(arguments)
    torch.set_num_threads(1)  # a network at a time, a few images: a second thread makes it slower
    try:
        file = make_page(options.folders or [default_folder(Path("multirun"))])
    except UserError as error:
        sys.exit(f"Error: {error}")
    if not options.no_open:
        open_in_browser(file)


if __name__ == "__main__":
    main()
