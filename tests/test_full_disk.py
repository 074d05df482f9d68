"""A full disk: one line, exit 1, finished runs are kept, nothing half-written stays, the same command continues."""

import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mnist_exp.error_messages import explain
from mnist_exp.errors import UserError
from mnist_exp.full_disk import FullDiskError, is_full_disk, raise_full_disk, typed_command
from tests.conftest import QUICK, run_in_shell

FULL = OSError(28, "No space left on device", "x/result.json")
LINE = "Error: No space left on the disk of multirun/"
AGAIN = "Free some space and type the same command again: python -m mnist_exp"


def following_from(cause: Exception) -> Exception:
    try:
        raise UserError("later") from cause
    except UserError as error:
        return error


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (FULL, True),
        (OSError(122, "Disk quota exceeded"), True),
        (FullDiskError("x"), True),
        (following_from(FULL), True),
        (RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed"), True),
        (OSError(13, "Permission denied"), False),
        (following_from(ValueError()), False),
        (None, False),
    ],
)
def test_a_full_disk_is_recognised_in_any_error(error, is_full):
    assert is_full_disk(error) is is_full


def test_only_a_full_disk_is_raised_again():
    raise_full_disk(ValueError())
    with pytest.raises(OSError, match="No space"):
        raise_full_disk(FULL)


def test_the_line_names_the_folder_and_what_to_do():
    line = "No space left on the disk of multirun/a. Free some space and type the same command again: mnist-exp x"
    error = FullDiskError("multirun/a", "mnist-exp x")
    assert str(error) == explain(error) == str(pickle.loads(pickle.dumps(error))) == line
    assert explain(FULL).startswith("No space left on the disk of x/result.json. Free some space")


@pytest.mark.parametrize(
    ("program", "command"),
    [
        ("/venv/bin/mnist-exp", "python -m mnist_exp seed=1 'a b'"),
        ("/somewhere/mnist_exp/__main__.py", "python -m mnist_exp seed=1 'a b'"),
        ("ipykernel_launcher.py", None),
    ],
)
def test_the_command_is_known_unless_it_was_another_program(monkeypatch, program, command):
    monkeypatch.setattr(sys, "argv", [program, "seed=1", "a b"])
    assert typed_command() == command


@pytest.fixture
def disk(tmp_path) -> Iterator["Disk"]:
    made = Disk(tmp_path / "disk")
    yield made
    made.unmount()


class Disk:
    """A small file system in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mounted = folder, False
        folder.mkdir()

    def mount(self, size: str) -> None:
        options = ["-o", f"{'remount,' if self.mounted else ''}size={size}"]
        command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(self.folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting a tmpfs needs root")
        self.mounted = True

    def unmount(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


def half_written(folder: Path) -> list[str]:
    """Files that cannot be read, or have the name of one that is being written."""
    readers = {
        ".json": lambda path: json.loads(path.read_text()),
        ".npz": lambda path: np.load(path)["probabilities"],
        ".ckpt": lambda path: zipfile.ZipFile(path).testzip(),
    }
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        with suppress(Exception):
            if path.suffix != ".partial" and ".half" not in path.name:
                readers.get(path.suffix, Path.read_bytes)(path)
                continue
        found.append(str(path))
    return found


def assert_one_line(ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == 1
    assert ran.stderr.startswith(LINE)
    assert AGAIN in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "Logging error" not in ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("size", ["20k", "300k", "1M"])
def test_a_single_run_on_a_full_disk(disk, size):
    disk.mount(size)
    assert_one_line(run_in_shell(disk.folder, *QUICK))
    assert [path for path in disk.folder.rglob("*") if path.is_file()] == []
    disk.mount("60M")
    assert run_in_shell(disk.folder, *QUICK).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("launcher", [[], ["hydra/launcher=joblib"]])
@pytest.mark.parametrize(("size", "ended"), [("20k", 0), ("300k", 0), ("1M", 2)])
def test_a_sweep_on_a_full_disk(disk, launcher, size, ended):
    command = ["-m", *QUICK, "seed=0,1,2,3", "sweep.name=s", *launcher]
    disk.mount(size)
    ran = run_in_shell(disk.folder, *command)
    assert_one_line(ran)
    assert "failed" not in ran.stdout
    assert half_written(disk.folder) == []
    kept = {path: path.read_bytes() for path in disk.folder.rglob("result.json")}
    assert len(kept) == ended
    disk.mount("60M")
    assert run_in_shell(disk.folder, *command).returncode == 0
    assert len(list(disk.folder.rglob("result.json"))) == 4
    assert all(path.read_bytes() == content for path, content in kept.items())


def test_an_error_that_is_its_own_cause_is_no_full_disk():
    error = ValueError()
    error.__cause__ = error
    assert not is_full_disk(error)
