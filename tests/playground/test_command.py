import json
import shutil
import socket
import sys

import pytest

from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.playground.__main__ import main, open_playground, serve, usual
from mnist_exp.playground.server import is_loopback


def test_without_a_trained_run_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["playground"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert str(stopped.value) == (
        "Error: No trained network in multirun/ yet: make sweep trains four networks, python -m mnist_exp one; "
        "then type this again."
    )


def test_the_newest_sweep_is_opened_unless_named(readers, tmp_path):
    shutil.copytree(readers / "relu", tmp_path / "single" / "relu")
    assert usual(tmp_path) == tmp_path
    shutil.copytree(readers, tmp_path / "study")
    (tmp_path / "study" / "plan.json").write_text("[]")
    assert usual(tmp_path) == tmp_path / "study"


def test_a_damaged_network_is_named_and_the_others_shown(readers, tmp_path, capsys):
    shutil.copytree(readers, tmp_path / "study")
    (tmp_path / "study" / "relu" / "checkpoints" / "best.ckpt").write_bytes(b"PK")
    playground = open_playground([tmp_path / "study"])
    assert [arm.record["activation"] for arm in playground.arms["cnn"]] == ["mish"]
    assert capsys.readouterr().err.startswith(f"! left out: {tmp_path / 'study' / 'relu'}")
    (tmp_path / "study" / "mish" / "checkpoints" / "best.ckpt").unlink()
    with pytest.raises(UserError, match="None of the networks"):
        open_playground([tmp_path / "study"])


def test_a_run_named_twice_is_shown_once(readers):
    assert len(open_playground([readers, readers / "relu"]).arms["cnn"]) == 2


def test_the_digits_to_pick_are_named_by_their_own_data(readers, monkeypatch):
    monkeypatch.setattr("mnist_exp.playground.__main__.held_out_test_set", lambda _: ("mnist", load("mnist5k", "")[1]))
    assert open_playground([readers]).data == "the test set of mnist"


def test_without_the_data_one_can_still_draw(readers, tmp_path):
    shutil.copytree(readers / "relu", tmp_path / "relu")
    stored = json.loads((tmp_path / "relu" / "result.json").read_text())
    stored["data"], stored["config"]["data"]["root"] = "mnist", str(tmp_path / "nowhere")
    (tmp_path / "relu" / "result.json").write_text(json.dumps(stored))
    told = open_playground([tmp_path]).describe()
    assert told["tests"] == 0
    assert "cannot be read" in told["data"]


def test_a_taken_port_is_said_in_one_line(readers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"127\.0\.0\.1:{port} cannot be listened on .* choose another --port\."):
            serve(open_playground([readers / "relu"]), "127.0.0.1", port)


def test_what_is_loopback():
    assert [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "desk.local")] == [
        *(True, True, True),
        *(False, False),
    ]
