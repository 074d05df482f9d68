import os
import socket
from http.client import BadStatusLine
from pathlib import Path

import pytest
import torchvision.datasets
from torchvision.datasets import MNIST
from torchvision.datasets import utils as torchvision_utils

from mnist_exp.data import download
from mnist_exp.data.datasets import data_set, load
from mnist_exp.data.download import download_missing, find_or_download
from mnist_exp.errors import UserError
from tests.data.synthetic_files import WITH_FILES, archive_bytes, arrays, contents, distributed

WITHOUT_FALLBACK = [name for name in WITH_FILES if name != "mnist"]
ARCHIVED = ["emnist_digits", "emnist_letters", "emnist_balanced", "cifar10"]


@pytest.fixture
def served(monkeypatch):
    """served(name) makes every address of a data set answer with its small files. Returns the addresses used."""

    def serve(name: str) -> list[str]:
        row, used = data_set(name), []
        answers = {
            file.name + row.suffix: distributed(row, content)
            for file, content in zip(row.files, contents(name), strict=True)
        }
        if row.archive:
            answers = {row.archive.name.rpartition("/")[2]: archive_bytes(name)}

        def answer(url, folder, file, _md5):
            used.append(url)
            Path(folder, file).write_bytes(answers[url.rpartition("/")[2]])

        monkeypatch.setattr(torchvision_utils, "download_url", answer)
        return used

    return serve


@pytest.mark.parametrize("name", WITH_FILES)
def test_existing_files_are_used_without_a_network(tiny, offline, name):
    assert find_or_download(name, tiny(name), True) == name
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
@pytest.mark.parametrize("fallback", [False, True])
@pytest.mark.parametrize("name", WITHOUT_FALLBACK)
def test_the_other_sets_have_no_fallback_and_one_clear_line(tiny, tmp_path, name, fallback):
    tiny(name, write=False)
    row, root = data_set(name), str(tmp_path / "none")
    with pytest.raises(UserError) as refused:
        find_or_download(name, root, fallback)
    line = str(refused.value)
    assert line.startswith(f"{row.title} is not in {Path(root, row.folder)} ({row.files[0].name}{row.suffix} and ")
    assert "could not be downloaded (Name or service not known). Put its files there, or set MNIST_ROOT or" in line
    assert line.endswith(f"that contains {row.folder}. There is no fallback for data={name}.")
    assert "\n" not in line


@pytest.mark.usefixtures("offline")
def test_the_line_names_the_other_folders_that_were_searched(tmp_path, monkeypatch):
    from mnist_exp.data import catalogue

    assert catalogue.FASHION_MNIST.other_folders
    monkeypatch.setattr(Path, "is_file", lambda _: False)  # also where Debian's package is installed
    with pytest.raises(UserError, match=r"FashionMNIST/raw and /usr/share/datasets/fashion-mnist \(train-images"):
        find_or_download("fashion_mnist", str(tmp_path), True)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", WITH_FILES)
def test_a_failed_download_leaves_no_folder_behind(tmp_path, name):
    with pytest.raises(OSError, match="Name or service not known"):
        download_missing(name, str(tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("offline")
def test_without_fallback_the_error_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match=r"could not be downloaded \(Name or service not known\).*MNIST_ROOT") as one:
        find_or_download("mnist", str(tmp_path / "none"), False)
    assert str(one.value).endswith("or allow data.fallback=true.")


@pytest.mark.parametrize("name", WITH_FILES)
def test_what_is_missing_is_downloaded_from_torchvisions_addresses(tiny, served, section, name):
    root = tiny(name, write=False)
    used = served(name)
    assert find_or_download(name, root, False) == name
    assert load(section(name, root))[1].labels.tolist() == arrays(name)[3].tolist()
    kind = getattr(torchvision.datasets, data_set(name).torchvision)
    if name in ARCHIVED:
        assert used == [kind.url]
    else:
        assert len(used) == 4
        assert all(url.startswith("https://raw.githubusercontent.com/" if name == "qmnist" else "http") for url in used)


@pytest.mark.parametrize("name", WITH_FILES)
def test_only_the_missing_file_is_downloaded(tiny, served, section, name):
    root, row = tiny(name), data_set(name)
    path = Path(root, row.folder, row.files[-1].name + row.suffix)
    path.unlink()
    used = served(name)
    assert find_or_download(name, root, False) == name
    assert len(used) == 1
    assert path.is_file()
    assert len(load(section(name, root))[1].labels) == row.test_size


@pytest.mark.parametrize("name", ARCHIVED)
def test_an_archive_that_is_there_is_used_without_a_network(tiny, offline, section, name):
    root, row = tiny(name, write=False), data_set(name)
    archive = Path(root, row.archive.name)
    archive.parent.mkdir(parents=True)
    archive.write_bytes(archive_bytes(name))
    assert find_or_download(name, root, False) == name
    assert len(load(section(name, root))[0].labels) == row.train_size
    assert offline == []
    names = {path.name for path in Path(root, row.folder).iterdir()} - {archive.name}
    assert names == {file.name + row.suffix for file in row.files}


def test_a_download_that_hangs_times_out(tmp_path, monkeypatch):
    """A server that accepts connections and never answers."""
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        assert find_or_download("mnist", str(tmp_path / "none"), True) == "mnist5k"
    assert socket.getdefaulttimeout() is None


@pytest.mark.slow
def test_a_download_that_works_is_verified_and_kept(tiny_root, tmp_path, monkeypatch, section):
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
    assert load(section("mnist", tmp_path / "new"))[1].labels.tolist() == [*range(10)] * 2


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, BadStatusLine])
@pytest.mark.parametrize("name", ["mnist", "emnist_letters", "cifar10"])
def test_an_interrupted_download_leaves_no_partial_file(tmp_path, monkeypatch, stop, name):
    def interrupted(_url, folder, file, _md5):
        Path(folder, file).write_bytes(b"\x1f\x8bhalf")
        raise stop("stopped")

    monkeypatch.setattr(torchvision_utils, "download_url", interrupted)
    with pytest.raises((KeyboardInterrupt, UserError)):
        find_or_download(name, str(tmp_path / "none"), False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", WITH_FILES)
def test_a_root_that_cannot_be_created_is_refused(name):
    with pytest.raises(UserError, match="cannot be created"):
        find_or_download(name, "/proc/nothing", True)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", WITH_FILES)
def test_an_unwritable_folder_with_missing_files_is_refused(tiny, monkeypatch, name):
    root, row = tiny(name), data_set(name)
    Path(root, row.folder, row.files[0].name + row.suffix).unlink()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UserError, match=f"raw lacks files of {row.title} and is not writable|py lacks files of CIFAR"):
        find_or_download(name, root, True)


@pytest.mark.usefixtures("offline")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
@pytest.mark.parametrize(("mode", "line"), [(0o000, "cannot be read"), (0o500, "cannot be created")])
@pytest.mark.parametrize("name", WITH_FILES)
def test_a_root_without_permission_is_refused(tmp_path, mode, line, name):
    root = tmp_path / "locked"
    root.mkdir(mode=mode)
    with pytest.raises(UserError, match=line):
        find_or_download(name, str(root), True)
