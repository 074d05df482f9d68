"""Reading files that may be anything: what is refused, and what stands in the way is set aside."""

import os

import pytest

from mnist_exp.runs.untrusted import (
    DamagedError,
    read_bytes,
    read_json,
    set_aside,
    set_aside_unless_folder,
    set_aside_unless_regular,
    warn_once,
)


def test_a_regular_file_and_a_link_within_its_folder_are_read(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("a")
    assert read_bytes(tmp_path / "a", most=3) == read_bytes(tmp_path / "link", most=3) == b"abc"


def test_a_file_that_is_too_large_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"abcd")
    with pytest.raises(DamagedError, match="it has 0 MB, more than 0"):
        read_bytes(tmp_path / "a", most=3)


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to(os.devnull)
    for name, kind in (("folder", "a folder"), ("pipe", "a pipe"), ("device", "a link that leaves its folder")):
        with pytest.raises(DamagedError, match=f"{name}: it is {kind}"):
            read_bytes(tmp_path / name, most=3)
    with pytest.raises(DamagedError, match="null: it is a device, not a file"):
        read_bytes(tmp_path.__class__(os.devnull), most=3)


def test_a_link_that_leaves_its_folder_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"abc")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "link").symlink_to("../secret")
    with pytest.raises(DamagedError, match="leaves its folder"):
        read_bytes(tmp_path / "run" / "link", most=3)


def test_a_missing_file_is_not_a_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "a", most=3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[NaN]", "NaN is not a number of JSON"),
        (b"-Infinity", "-Infinity is not a number"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"1" * 5000, "it is not JSON"),
    ],
)
def test_what_is_not_json_is_refused_in_one_line(tmp_path, content, reason):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DamagedError, match=reason) as caught:
        read_json(tmp_path / "a", most=10**6)
    assert "\n" not in str(caught.value)


def test_the_same_line_is_logged_once(tmp_path, caplog):
    for _ in range(3):
        warn_once(f"{tmp_path} is damaged")
    assert caplog.messages == [f"! {tmp_path} is damaged"]


def test_what_is_set_aside_never_replaces_anything(tmp_path):
    for _ in range(2):
        (tmp_path / "a").mkdir()
        set_aside(tmp_path / "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.damaged", "a.damaged-2"]


def test_room_is_made_only_where_something_else_stands(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    set_aside_unless_regular(tmp_path / "file")
    set_aside_unless_folder(tmp_path / "folder")
    set_aside_unless_regular(tmp_path / "missing")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
    set_aside_unless_folder(tmp_path / "file")
    set_aside_unless_regular(tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.damaged", "folder.damaged"]
