import os
import socket
from http.client import BadStatusLine
from pathlib import Path

import pytest
from torchvision.datasets import MNIST
from torchvision.datasets import utils as torchvision_utils

from mnist_exp.data import download
from mnist_exp.data.datasets import load
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import UserError


def test_existing_files_are_used_without_a_network(tiny_root, offline):
    assert find_or_download("mnist", str(tiny_root), True) == "mnist"
    assert offline == []


def test_mnist5k_needs_no_files(tmp_path, offline):
    assert find_or_download("mnist5k", str(tmp_path / "none"), False) == "mnist5k"
    assert offline == []


def test_without_files_or_network_mnist5k_takes_over_with_one_warning(tmp_path, offline, caplog):
    assert [find_or_download("mnist", str(tmp_path / "none"), True) for _ in range(3)] == ["mnist5k"] * 3
    assert len(caplog.records) == 1
    assert "export MNIST_ROOT=" in caplog.text
    assert len(offline) == len(MNIST.mirrors)  # one file was tried, once per mirror


@pytest.mark.usefixtures("offline")
def test_a_failed_download_leaves_no_folder_behind(tmp_path):
    find_or_download("mnist", str(tmp_path / "none"), True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("offline")
def test_without_fallback_the_error_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match=r"could not be downloaded \(Name or service not known\).*MNIST_ROOT"):
        find_or_download("mnist", str(tmp_path / "none"), False)


def test_a_download_that_hangs_times_out(tmp_path, monkeypatch):
    """A server that accepts connections and never answers."""
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        assert find_or_download("mnist", str(tmp_path / "none"), True) == "mnist5k"
    assert socket.getdefaulttimeout() is None


@pytest.mark.slow
def test_a_download_that_works_is_verified_and_kept(tiny_root, tmp_path, monkeypatch):
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = partial(Quiet, directory=str(tiny_root / "MNIST" / "raw"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        assert find_or_download("mnist", str(tmp_path / "new"), False) == "mnist"
        server.shutdown()
    assert load("mnist", str(tmp_path / "new"))[1].labels.tolist() == [*range(10)] * 2


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, BadStatusLine])
def test_an_interrupted_download_leaves_no_partial_file(tmp_path, monkeypatch, stop):
    def interrupted(_url, folder, file, _md5):
        Path(folder, file).write_bytes(b"\x1f\x8bhalf")
        raise stop("stopped")

    monkeypatch.setattr(torchvision_utils, "download_url", interrupted)
    with pytest.raises((KeyboardInterrupt, UserError)):
        find_or_download("mnist", str(tmp_path / "none"), False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("offline")
def test_a_root_that_cannot_be_created_is_refused():
    with pytest.raises(UserError, match="cannot be created"):
        find_or_download("mnist", "/proc/nothing", True)


@pytest.mark.usefixtures("offline")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
@pytest.mark.parametrize(("mode", "line"), [(0o000, "cannot be read"), (0o500, "cannot be created")])
def test_a_root_without_permission_is_refused(tmp_path, mode, line):
    root = tmp_path / "locked"
    root.mkdir(mode=mode)
    with pytest.raises(UserError, match=line):
        find_or_download("mnist", str(root), True)
