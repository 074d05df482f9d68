"""Where the command starts: subcommand, help, completion, or else a run or a sweep by Hydra."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mnist_exp import signals
from mnist_exp.cli.subcommands import SUBCOMMANDS, run_subcommand
from mnist_exp.error_messages import explain
from mnist_exp.errors import Stop, UserError, unknown

HELP = {"--help", "-h"}
HELP_HINT = "mnist-exp --help explains the options used most."


def main() -> None:
    """Run the command. Any error ends in one line and a non-zero exit; HYDRA_FULL_ERROR=1 shows the traceback."""
    with signals.handled() as ending:
        _run_command(ending)


def _run_command(ending: signals.Ending) -> None:
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    logging.raiseExceptions = False  # a log line that cannot be written, as after … | head, must not end a run
    _make_current_folder_importable()
    try:
        dispatch(sys.argv[1:])
    except KeyboardInterrupt:
        _end_interrupted(ending)
    except BrokenPipeError:
        sys.exit(141)
    except (Exception, Stop) as error:
        if ending.has_begun:  # an import that is interrupted raises ImportError, for example
            _end_interrupted(ending)
        reason = error.reason if isinstance(error, Stop) else error
        if wants_traceback:
            raise reason from None
        sys.exit(f"Error: {explain(reason)}")
    finally:
        _flush_stdout()


def _end_interrupted(ending: signals.Ending) -> NoReturn:
    print(ending.message, file=sys.stderr)
    sys.exit(ending.exit_code)


def dispatch(arguments: Sequence[str]) -> None:
    """Run what the arguments ask for.

    Raises:
        UserError: The first argument is a word that is no subcommand.
    """
    first = arguments[0] if arguments else ""
    if first in SUBCOMMANDS:
        run_subcommand(first, arguments[1:])
    elif first and "=" not in first and not first.startswith(("-", "~")):
        raise UserError(f"{unknown('Subcommand', first, SUBCOMMANDS)} Settings are typed as key=value.")
    elif not HELP.isdisjoint(arguments):
        from mnist_exp.cli.help import help_text

        print(help_text())
    else:
        _hydra(arguments)


def _hydra(arguments: Sequence[str]) -> None:
    """A run, a sweep, or tab completion."""
    from mnist_exp.cli.completion import COMPLETION, print_completions
    from mnist_exp.config.overrides import check_overrides

    _check_options(arguments)
    if COMPLETION.isdisjoint(arguments):
        check_overrides(arguments)
    elif print_completions(arguments):
        return
    from mnist_exp.cli.hydra_command import run_hydra

    run_hydra()


def _check_options(arguments: Sequence[str]) -> None:
    """Raise UserError for an option that Hydra would answer with all of its own."""
    from argparse import ArgumentError

    from hydra._internal.utils import get_args_parser

    parser = get_args_parser()
    parser.exit_on_error = False
    known = [option for action in parser._actions for option in action.option_strings]
    try:
        given, others = parser.parse_known_args(arguments)
    except ArgumentError as error:
        raise UserError(f"{error.argument_name}: {error.message}. {HELP_HINT}") from error
    for option in [*others, *given.overrides]:
        if option.startswith("-"):
            raise UserError(f"{unknown('Option', option, known)} {HELP_HINT}")


def _make_current_folder_importable() -> None:
    """`python -m` does this itself; the script mnist-exp does not, and callbacks=[my_file:Class] needs it."""
    folder = str(Path.cwd())
    if folder not in sys.path and not sys.flags.safe_path:
        sys.path.insert(0, folder)


def _flush_stdout() -> None:
    """The reader of our output may have gone (… | head): Python's own flush at exit would then print an error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
