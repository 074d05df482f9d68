import gzip
from pathlib import Path

import pytest

from mnist_exp.data.datasets import data_set, load
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import UserError
from tests.data.synthetic_files import WITH_FILES, contents, packed

GZIPPED = [name for name in WITH_FILES if name != "cifar10"]
CHECKED_BY_CONTENT = ["mnist", "fashion_mnist"]
OTHER_DATA = "; for other data of this format use data=idx data.root=FOLDER."


def first_file(name: str, root: str) -> Path:
    row = data_set(name)
    return Path(root) / row.folder / f"{row.files[0].name}{row.suffix}"


def refusals(name: str, root: str, section) -> list[str]:
    """What finding and loading a data set say."""
    lines = []
    for action in (lambda: find_or_download(name, root, True), lambda: load(section(name, root))):
        with pytest.raises(UserError) as refused:
            action()
        lines.append(str(refused.value))
    return lines


@pytest.mark.parametrize("name", GZIPPED)
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda raw: raw[: len(raw) // 2], "it is truncated"),
        (lambda raw: packed(gzip.decompress(raw)[:-1]), "it is truncated"),
        (lambda raw: gzip.decompress(raw)[:-1], "it is truncated"),
        (lambda raw: raw[:-8] + b"\0\0\0\0" + raw[-4:], "it cannot be decompressed"),
        (lambda _: b"<!DOCTYPE html><html></html>", "it is neither a gzip nor an IDX file, it begins with b'<!DOCTYPE"),
        (lambda _: b"", "it is neither a gzip nor an IDX file"),
    ],
    ids=["truncated", "truncated content", "truncated unpacked", "corrupt", "web page", "empty"],
)
def test_a_damaged_file_is_named_with_what_to_do(tiny, section, name, change, problem):
    root = tiny(name)
    path = first_file(name, root)
    path.write_bytes(change(path.read_bytes()))
    for line in refusals(name, root, section):
        assert line.startswith(f"{path} is damaged: {problem}")
        assert line.endswith("Delete it, and the next run will download it again.")


def test_a_damaged_file_of_cifar10_is_named_and_not_unpickled(tiny, section):
    root = tiny("cifar10")
    path = first_file("cifar10", root)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    for line in refusals("cifar10", root, section):
        assert line.startswith(f"{path} is damaged: its checksum differs from the official file's. Delete it")


@pytest.mark.parametrize("name", CHECKED_BY_CONTENT)
@pytest.mark.parametrize(
    ("file", "write"),
    [("{}.gz", lambda content: gzip.compress(content, 1, mtime=7)), ("{}.gz", lambda c: c), ("{}", lambda c: c)],
    ids=["packed again", "unpacked under the old name", "unpacked"],
)
def test_only_the_content_counts_where_its_sum_is_known(tiny, section, name, file, write):
    root = tiny(name)
    path = first_file(name, root)
    content = gzip.decompress(path.read_bytes())
    path.unlink()
    path.with_name(file.format(data_set(name).files[0].name)).write_bytes(write(content))
    assert find_or_download(name, root, False) == name
    assert len(load(section(name, root))[0].labels) == 40


@pytest.mark.parametrize("name", ["kmnist", "qmnist", "emnist_digits"])
def test_an_unpacked_file_without_a_known_sum_is_accepted(tiny, section, name):
    root = tiny(name)
    path = first_file(name, root)
    path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
    assert find_or_download(name, root, False) == name
    assert len(load(section(name, root))[0].labels) == 40


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "qmnist"])
def test_a_file_with_other_content_is_not_called_damaged(tiny, section, name):
    root = tiny(name)
    path = first_file(name, root)
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(packed(content[:-1] + bytes([content[-1] ^ 1])))
    title = data_set(name).title
    for line in refusals(name, root, section):
        assert line == f"{path} is not the official {title} file{OTHER_DATA}"


@pytest.mark.parametrize("other", ["fashion_mnist", "kmnist", "qmnist"])
@pytest.mark.parametrize("name", ["mnist", "emnist_digits"])
def test_a_file_of_another_set_is_named(tiny, section, name, other):
    tiny(other, write=False)
    root = tiny(name)
    path = first_file(name, root)
    path.write_bytes(packed(contents(other)[0]))
    titles = data_set(name).title, data_set(other).title
    for line in refusals(name, root, section):
        assert line == f"{path} is not the official {titles[0]} file; it is {titles[1]}'s: use data={other}."


def test_a_file_of_the_same_set_under_the_wrong_name_is_named(tiny, section):
    root = tiny("mnist")
    path = first_file("mnist", root)
    path.write_bytes(packed(contents("mnist")[2]))
    for line in refusals("mnist", root, section):
        assert line == f"{path} is not the official MNIST file; it is MNIST's t10k-images-idx3-ubyte."


def test_an_unreadable_file_is_an_error_and_is_not_downloaded_again(tiny_root, offline, monkeypatch):
    path = first_file("mnist", str(tiny_root))
    read_bytes = Path.read_bytes

    def refuse(self):
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match=r"cannot be read \(Permission denied\)"):
        find_or_download("mnist", str(tiny_root), True)
    assert path.exists()
    assert offline == []
