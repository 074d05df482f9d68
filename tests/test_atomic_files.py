"""Files are written completely or not at all."""

import os
import stat

import pytest

from mnist_exp import atomic_files
from mnist_exp.atomic_files import PARTIAL, replacing, write_bytes, write_text


def test_text_and_bytes_are_written_as_they_are(tmp_path):
    write_text(tmp_path / "a", "Grüße\r\n")
    write_bytes(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "a").read_bytes() == "Grüße\r\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_others_may_read_the_file_as_any_other(tmp_path):
    (tmp_path / "plain").touch()
    write_text(tmp_path / "a", "x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "plain")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError()])
def test_after_an_exception_the_old_file_stays_and_nothing_else(tmp_path, error):
    (tmp_path / "a").write_text("old")

    def fail(partial):
        partial.write_text("half")
        raise error

    with pytest.raises(type(error)), replacing(tmp_path / "a") as partial:
        fail(partial)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def test_a_name_that_is_taken_by_a_folder_leaves_no_half_file(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_text(tmp_path / "a", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_link_is_replaced_and_its_target_stays(tmp_path):
    (tmp_path / "target").write_text("mine")
    (tmp_path / "a").symlink_to("target")
    write_text(tmp_path / "a", "x")
    assert ((tmp_path / "a").is_symlink(), (tmp_path / "target").read_text()) == (False, "mine")


def test_what_a_killed_process_left_is_replaced(tmp_path):
    (tmp_path / f".a.{os.getpid()}{PARTIAL}").symlink_to(tmp_path / "outside")
    write_text(tmp_path / "a", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_disk_that_fills_up_while_writing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_files.Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_text(tmp_path / "a", "x")
    assert list(tmp_path.iterdir()) == []
