"""Where the command starts: which part runs, and how errors end it."""

import sys
from types import SimpleNamespace

import pytest

from mnist_exp.cli import main as module
from mnist_exp.cli.help import help_text
from mnist_exp.cli.main import dispatch, main
from mnist_exp.errors import Stop, UserError


@pytest.fixture
def started(monkeypatch):
    """What dispatch starts: ("hydra",) or the subcommand and its arguments."""
    calls = []
    monkeypatch.setattr(module, "run_subcommand", lambda name, arguments: calls.append((name, *arguments)))
    monkeypatch.setattr("mnist_exp.cli.hydra_command.run_hydra", lambda: calls.append(("hydra",)))
    return calls


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ("hydra",)),
        ("model=mlp seed=1", ("hydra",)),
        ("-m seed=0,1", ("hydra",)),
        ("~trainer", ("hydra",)),
        ("report a b", ("report", "a", "b")),
        ("predict --help", ("predict", "--help")),
    ],
)
def test_the_first_argument_decides_what_is_started(started, arguments, expected):
    dispatch(arguments.split())
    assert started == [expected]


@pytest.mark.parametrize("arguments", ["--help", "-h", "model=mlp --help"])
def test_help_is_printed_and_nothing_started(started, capsys, arguments):
    dispatch(arguments.split())
    assert (capsys.readouterr().out, started) == (f"{help_text()}\n", [])


def test_a_mistyped_subcommand_is_answered_with_the_nearest():
    with pytest.raises(UserError, match=r"^Subcommand 'inspct' is unknown\. Did you mean 'inspect'\?"):
        dispatch(["inspct", "multirun"])


def test_overrides_are_checked_before_hydra_starts(started):
    with pytest.raises(UserError, match=r"type model\.hidden=\[512\]"):
        dispatch(["model.hidden=512"])
    assert started == []


@pytest.fixture
def failing(monkeypatch):
    """failing(error) runs the command, which raises that error, and returns how it exits."""

    def run(error):
        def fail(_):
            raise error

        monkeypatch.setattr(module, "dispatch", fail)
        with pytest.raises(SystemExit) as exited:
            main()
        return exited.value.code

    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("do this"), "Error: do this"),
        (ValueError("one\ntwo"), "Error: ValueError: one"),
        (Stop(UserError("do that")), "Error: do that"),
        (KeyboardInterrupt(), 130),  # 128 and the number of the signal, as a shell expects
        (BrokenPipeError(), 141),
    ],
    ids=["user error", "other error", "stopped by a callback", "Ctrl-C", "closed pipe"],
)
def test_every_error_ends_in_one_line_or_an_exit_code(failing, error, code):
    assert str(failing(error)).partition(" (")[0] == str(code)  # the file and line of a user's code may follow


@pytest.mark.parametrize("error", [UserError("do this"), Stop(UserError("do this"))], ids=["direct", "stopped"])
def test_hydra_full_error_raises_the_reason(monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setattr(module, "dispatch", fail)
    with pytest.raises(UserError, match="do this"):
        main()


@pytest.mark.parametrize("safe", [False, True])
def test_modules_of_the_current_folder_can_be_imported_except_in_safe_mode(monkeypatch, tmp_path, safe):
    """The script mnist-exp starts with its own folder on the path, python -m with the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    monkeypatch.setattr(sys, "flags", SimpleNamespace(safe_path=safe))
    monkeypatch.setattr(module, "dispatch", lambda _: None)
    main()
    assert (sys.path[0] == str(tmp_path)) is not safe
    assert sys.path.count(str(tmp_path)) == (not safe)


def test_output_that_nobody_reads_is_no_error(monkeypatch):
    class ClosedPipe(SimpleNamespace):
        def flush(self):
            raise BrokenPipeError

    replaced = []
    monkeypatch.setattr(module.os, "dup2", lambda _, target: replaced.append(target))
    monkeypatch.setattr(sys, "stdout", ClosedPipe(fileno=lambda: 77))
    module._flush_stdout()
    assert replaced == [77]
