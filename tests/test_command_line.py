"""The parser of the subcommands: mistakes in one line, and types of arguments."""

import argparse
import math
from pathlib import Path

import pytest

from mnist_exp.command_line import (
    Parser,
    any_text,
    is_folder,
    named_path,
    positive_number,
    require_folders,
    whole_number,
)
from mnist_exp.errors import UserError


@pytest.fixture
def parser() -> Parser:
    made = Parser("trial", "A trial.")
    made.add_argument("folder", type=named_path)
    made.add_argument("--turns", type=whole_number(1, 9), default=5)
    made.add_argument("--own", action="append", default=[])
    made.add_argument("--show", action="store_true")
    return made


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "the following arguments are required: folder. Type mnist-exp trial --help"),
        (["a", "--turns", "0"], "--turns: 0: must be a whole number from 1 to 9."),
        (["a", "--turns", "1", "--turns", "2"], "--turns is given twice."),
        (["a", "--trns", "1"], "unrecognized arguments: --trns 1. Did you mean --turns?"),
        (["a", "b"], "unrecognized arguments: b. Type mnist-exp trial --help"),
        ([""], "folder: must be the name of a file or folder, not an empty text."),
    ],
)
def test_a_mistake_gets_one_line(parser, capsys, arguments, line):
    with pytest.raises(SystemExit) as exited:
        parser.parse_args(arguments)
    printed = capsys.readouterr()
    assert exited.value.code == 2
    assert printed.err.startswith(f"Error: {line}")
    assert (printed.out, printed.err.count("\n")) == ("", 1)


def test_valid_arguments_are_taken_also_options_that_may_be_repeated(parser):
    given = parser.parse_args(["a", "--turns", "2", "--own", "x", "--own", "y", "--show"])
    assert (given.folder, given.turns, given.own, given.show) == (Path("a"), 2, ["x", "y"], True)
    assert parser.parse_args(["a"]).turns == 5


@pytest.mark.parametrize(
    ("kind", "valid", "invalid"),
    [
        (whole_number(1, 9), {"1": 1, "9": 9}, ["0", "10", "-1", "1.0", "one", "", "1e0", "9" * 5000]),
        (positive_number, {"0.5": 0.5, "3": 3.0}, ["0", "-1", "nan", "inf", "", "x"]),
        (named_path, {"a/b": Path("a/b")}, ["", "  "]),
        (any_text, {"x": "x"}, ["", " "]),
    ],
)
def test_types_take_exactly_the_valid_texts(kind, valid, invalid):
    assert {text: kind(text) for text in valid} == valid
    for text in invalid:
        with pytest.raises(argparse.ArgumentTypeError):
            kind(text)
    assert math.isfinite(positive_number("1e300"))


def test_folders_that_are_none_are_named(tmp_path):
    (tmp_path / "file").touch()
    require_folders([tmp_path], "name one")
    for wrong in (tmp_path / "absent", tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        assert not is_folder(wrong)
        with pytest.raises(UserError, match=r"is not a folder: name one\.$"):
            require_folders([tmp_path, wrong], "name one")
