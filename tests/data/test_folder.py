import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from mnist_exp.data.folder import load_folder
from mnist_exp.data.own import load_own
from mnist_exp.errors import UserError

RNG = np.random.default_rng(0)


def pixels(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def write(path, image: np.ndarray):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)
    return path


@pytest.fixture
def split(tmp_path):
    """Two classes with grey pictures of 6×8 pixels, four of each to train on and two to test."""
    for part, n in (("train", 4), ("test", 2)):
        for name in ("cat", "dog"):
            for i in range(n):
                write(tmp_path / part / name / f"{i}.png", pixels(6, 8))
    return tmp_path


def refusal(folder, **options) -> str:
    with pytest.raises(UserError) as refused:
        load_folder(str(folder), **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_pictures_labels_and_classes_are_those_of_torchvision(split):
    *parts, classes = load_folder(str(split))
    for (images, labels), name in zip(parts, ("train", "test"), strict=True):
        theirs = ImageFolder(str(split / name))
        assert classes == theirs.classes
        assert labels.tolist() == theirs.targets
        assert np.array_equal(images, [np.asarray(image.convert("L")) for image, _ in theirs])


def test_one_colour_picture_makes_all_of_them_rgb(split):
    coloured = pixels(6, 8, 3)
    write(split / "train" / "cat" / "0.png", coloured)
    (images, _), (test_images, _), _ = load_folder(str(split))
    assert (images.shape, test_images.shape) == ((8, 6, 8, 3), (4, 6, 8, 3))
    assert np.array_equal(images[0], coloured)
    assert (images[1] == images[1][..., :1]).all()


def test_grey_pictures_stored_as_rgb_are_grey(split):
    grey = pixels(6, 8)
    write(split / "train" / "cat" / "0.png", np.stack([grey] * 3, -1))
    assert np.array_equal(load_folder(str(split))[0][0][0], grey)


def test_without_a_test_folder_a_sixth_of_each_class_is_the_test_set(tmp_path):
    for name in ("a", "b"):
        for i in range(12):
            write(tmp_path / name / f"{i:02}.png", pixels(3, 3))
    first, second = load_folder(str(tmp_path)), load_folder(str(tmp_path))
    (images, labels), (test_images, test_labels), classes = first
    assert (np.bincount(labels).tolist(), np.bincount(test_labels).tolist(), classes) == ([10, 10], [2, 2], ["a", "b"])
    assert len({image.tobytes() for image in (*images, *test_images)}) == 24
    assert np.array_equal(test_images, second[1][0])


def test_classes_with_numbers_as_names_are_in_the_order_of_the_numbers(tmp_path):
    for name in ("10", "2", "0"):
        write(tmp_path / name / "x.png", pixels(2, 2))
    assert load_folder(str(tmp_path))[2] == ["0", "2", "10"]


def test_pictures_are_resized_to_height_and_width(split):
    write(split / "train" / "cat" / "0.png", pixels(20, 10))
    (images, _), _, _ = load_folder(str(split), size=[5, 7])
    assert images.shape == (8, 5, 7)
    expected = Image.open(split / "train" / "cat" / "0.png").resize((7, 5), Image.Resampling.BILINEAR)
    assert np.abs(images[0].astype(int) - np.asarray(expected)).max() <= 1


def test_transparent_parts_become_white(split):
    image = np.zeros((6, 8, 4), np.uint8)
    image[:, :4, 3] = 255  # the left half is opaque black
    write(split / "train" / "cat" / "0.png", image)
    (images, _), _, _ = load_folder(str(split))
    assert np.array_equal(images[0], np.repeat(np.uint8([[0] * 4 + [255] * 4]), 6, 0))


def test_hidden_files_are_ignored(split):
    (split / "train" / "cat" / ".DS_Store").write_bytes(b"x")
    (split / ".cache").mkdir()
    assert len(load_folder(str(split))[0][1]) == 8


def test_class_names_reach_the_facts(split):
    own = load_own("mnist_exp.data.folder.load_folder", str(split), {"size": None}, None)
    assert (own.facts.shape, own.facts.classes, len(own.test.labels)) == ([1, 6, 8], ["cat", "dog"], 4)


def test_a_picture_of_another_size_is_named(split):
    path = write(split / "train" / "dog" / "2.png", pixels(8, 6))
    first = split / "train" / "cat" / "0.png"
    assert refusal(split) == (
        f"{path} has 8×6 pixels, but {first} has 6×8: data.size=[28,28] resizes all of them to one size."
    )


def test_a_file_that_is_no_picture_is_named(split):
    path = split / "test" / "dog" / "notes.txt"
    path.write_text("no picture")
    assert refusal(split) == f"{path} is not a picture in a format that Pillow can read."


def test_a_truncated_picture_is_named(split):
    path = split / "test" / "dog" / "0.png"
    path.write_bytes(path.read_bytes()[:-30])
    assert refusal(split).startswith(f"{path} cannot be read as a picture (")


def test_a_folder_among_the_pictures_is_named(split):
    (split / "train" / "dog" / "more").mkdir()
    assert refusal(split).startswith(f"{split}/train/dog/more is a folder, not a picture: data=folder needs data.root=")


def test_a_picture_with_16_bits_is_named(split):
    path = split / "train" / "cat" / "0.png"
    Image.fromarray(np.zeros((6, 8), np.uint16)).save(path)
    assert refusal(split) == f"{path} has more than 8 bits per pixel: save it with 8."


def test_a_missing_folder_and_one_without_classes_are_refused(tmp_path):
    assert refusal(tmp_path / "none").startswith(f"data.root: {tmp_path}/none is not a folder; data=folder needs one")
    assert refusal(tmp_path).startswith(f"data.root: {tmp_path} contains no folders; data=folder needs a folder of")


def test_a_class_without_pictures_is_named(split):
    (split / "train" / "bird").mkdir()
    assert refusal(split) == f"{split}/train/bird contains no pictures."


def test_a_class_that_only_the_test_set_has_is_named(split):
    write(split / "test" / "bird" / "0.png", pixels(6, 8))
    assert refusal(split) == f"{split}/test/bird: the training set has no class bird; it has cat and dog."


def test_a_training_folder_alone_is_refused(tmp_path):
    write(tmp_path / "train" / "cat" / "0.png", pixels(2, 2))
    assert refusal(tmp_path) == f"data.root: {tmp_path} has train/, but no test/."


@pytest.mark.parametrize("size", [28, [28], [0, 28], [2.5, 3]])
def test_an_invalid_size_is_refused(split, size):
    assert refusal(split, size=size).startswith(f"data.size={size}: must be height and width in pixels, as in [28,28]")
