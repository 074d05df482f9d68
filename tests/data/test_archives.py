import pytest

from mnist_exp.data.archives import extract
from mnist_exp.data.datasets import data_set
from mnist_exp.errors import UserError
from tests.data.synthetic_files import archive_bytes, contents, distributed

ARCHIVED = ["emnist_letters", "cifar10"]


@pytest.mark.parametrize("name", ARCHIVED)
def test_only_the_named_files_are_written(tiny, tmp_path, name):
    tiny(name, write=False)
    source, archive = data_set(name), tmp_path / data_set(name).archive.name.rpartition("/")[2]
    archive.write_bytes(archive_bytes(name))
    folder = tmp_path / "new" / "folder"
    extract(source, source.files[1:3], archive, folder)
    expected = [distributed(source, content) for content in contents(name)[1:3]]
    assert sorted(path.name for path in folder.iterdir()) == sorted(f.name + source.suffix for f in source.files[1:3])
    assert [(folder / (file.name + source.suffix)).read_bytes() for file in source.files[1:3]] == expected


@pytest.mark.parametrize("name", ARCHIVED)
def test_a_damaged_archive_is_named_and_nothing_is_written(tiny, tmp_path, name):
    tiny(name, write=False)
    source, archive = data_set(name), tmp_path / data_set(name).archive.name.rpartition("/")[2]
    archive.write_bytes(archive_bytes(name)[:-10])
    with pytest.raises(UserError, match=r"is damaged: its checksum differs .* file's\. Delete it"):
        extract(source, source.files, archive, tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
