"""The subcommand: which networks it opens, and its messages."""

import json
import shutil
import socket
import sys

import numpy as np
import pytest

from mnist_exp.data.datasets import load
from mnist_exp.errors import UserError
from mnist_exp.playground.__main__ import default_folder, describe, main, open_playground, serve
from mnist_exp.runs.files import RESULT
from tests.factories import data_config


def test_without_a_trained_run_the_message_says_how_to_train_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["playground"])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert str(exit_info.value) == (
        "Error: No trained network in multirun/ yet: make sweep trains four networks, python -m mnist_exp one; "
        "then run this command again."
    )


def test_the_default_is_the_newest_sweep_or_all_runs(tmp_path):
    for run in ("single/relu", "study/relu"):
        (tmp_path / run).mkdir(parents=True)
    (tmp_path / "single" / "relu" / RESULT).touch()
    assert default_folder(tmp_path) == tmp_path  # there is no sweep
    (tmp_path / "study" / "plan.json").write_text("[]")
    assert default_folder(tmp_path) == tmp_path  # the sweep has no finished run
    (tmp_path / "study" / "relu" / RESULT).touch()
    assert default_folder(tmp_path) == tmp_path / "study"


@pytest.mark.slow
def test_a_damaged_network_is_named_and_the_others_are_shown(readers, tmp_path, capsys):
    shutil.copytree(readers, tmp_path / "study")
    (tmp_path / "study" / "relu" / "checkpoints" / "best.ckpt").write_bytes(b"PK")
    playground = open_playground([tmp_path / "study"])
    assert [arm.record.activation for arm in playground.networks["cnn"].arms] == ["mish"]
    assert capsys.readouterr().err.startswith(f"! left out: {tmp_path / 'study' / 'relu'}")
    (tmp_path / "study" / "mish" / "checkpoints" / "best.ckpt").unlink()
    with pytest.raises(UserError, match="None of the networks"):
        open_playground([tmp_path / "study"])


@pytest.mark.slow
def test_a_run_given_twice_is_shown_once(readers):
    assert len(open_playground([readers, readers / "relu"]).networks["cnn"].arms) == 2


@pytest.mark.slow
def test_each_network_has_the_test_set_of_its_own_data(readers):
    (network,) = open_playground([readers]).networks.values()
    assert network.data == "the test set of mnist5k"
    assert np.array_equal(network.test_set.images, load(data_config())[1].images)


@pytest.mark.slow
def test_networks_that_do_not_take_drawings_are_left_out(readers, colour_run, capsys):
    assert list(open_playground([readers, colour_run]).networks) == ["cnn"]
    assert capsys.readouterr().err == "! left out: 1 run on colours, which is not handwriting\n"


@pytest.mark.slow
def test_without_a_network_for_drawings_the_message_says_what_is_needed(colour_run):
    message = r"^The playground needs a network trained on handwriting of 28×28 grey pixels, such as data=mnist, but .*"
    with pytest.raises(UserError, match=message + r" has networks for colours only\.$"):
        open_playground([colour_run])


@pytest.mark.slow
def test_without_the_data_the_playground_has_no_test_digits(readers, tmp_path):
    shutil.copytree(readers / "relu", tmp_path / "relu")
    stored = json.loads((tmp_path / "relu" / RESULT).read_text())
    stored["data"] = stored["config"]["data"]["name"] = "mnist"
    stored["config"]["data"]["root"] = str(tmp_path / "nowhere")
    (tmp_path / "relu" / RESULT).write_text(json.dumps(stored))
    (network,) = open_playground([tmp_path]).describe().networks
    assert network.test_size == 0
    assert "is missing" in network.data


def test_a_port_in_use_is_reported_in_one_line(playground):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"^Cannot listen on 127\.0\.0\.1:{port} \(.*\): choose another --port\.$"):
            serve(playground, "127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_does_not_exist_is_reported_in_one_line(playground, port):
    with pytest.raises(UserError, match=rf"^Cannot listen on 127\.0\.0\.1:{port} \(.*\): choose another --port\.$"):
        serve(playground, "127.0.0.1", port)


def test_the_start_line_names_networks_and_activations(playground):
    assert describe(playground) == "Playground with cnn (relu, mish)"
