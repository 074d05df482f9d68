import numpy as np
import pytest

from mnist_exp.data.own_checks import checked
from mnist_exp.errors import UserError

IMAGES, LABELS = np.zeros((6, 4, 5), np.uint8), np.arange(6) % 3


def returned(images=IMAGES, labels=LABELS, test_images=IMAGES[:3], test_labels=LABELS[:3]):
    return (images, labels), (test_images, test_labels)


def test_valid_data_is_accepted_and_named_by_its_labels():
    (train, test), names = checked("f", returned(), None)
    assert (train.images.shape, test.images.shape, names) == ((6, 4, 5), (3, 4, 5), ["0", "1", "2"])


def test_a_single_channel_is_grey():
    (train, _), _ = checked("f", returned(IMAGES[..., None], test_images=IMAGES[:3, ..., None]), None)
    assert train.images.shape == (6, 4, 5)


def test_arrays_are_copies_that_can_be_written_to():
    fixed = IMAGES.copy()
    fixed.flags.writeable = False
    (train, _), _ = checked("f", returned(fixed), None)
    assert train.images.flags.writeable


@pytest.mark.parametrize("labels", [LABELS.astype(float), LABELS.astype(np.uint8), LABELS.astype(">i4")])
def test_whole_numbers_of_any_type_are_labels(labels):
    (train, _), _ = checked("f", returned(labels=labels), None)
    assert (train.labels.dtype, train.labels.tolist()) == (np.dtype("int64"), LABELS.tolist())


def test_the_test_set_may_lack_a_class():
    assert checked("f", returned(test_labels=np.array([0, 0, 1])), None)[1] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (3, "not of type int."),
        ((1, 2, 3, 4), "not a tuple of 4."),
        ((IMAGES, (IMAGES, LABELS)), "its training set is of type ndarray."),
        (((IMAGES, LABELS), (IMAGES,)), "its test set is a tuple of 1."),
        (returned([[1]]), "f: the training images must be a NumPy array or a torch tensor, not list."),
        (returned(labels=[1]), "f: the training labels must be a NumPy array or a torch tensor, not list."),
        (returned(IMAGES.astype(int)), "images must be uint8 from 0 to 255, or floats from 0 to 1, not int64."),
        (returned(IMAGES.astype(bool)), "images must be uint8 from 0 to 255, or floats from 0 to 1, not bool."),
        (returned(IMAGES * 1.0 + 2), "the training images are floats from 2 to 2: they must be from 0 to 1, or uint8."),
        (returned(IMAGES - 0.5), "the training images are floats from -0.5 to -0.5: they must be from 0 to 1, or"),
        (returned(IMAGES + np.nan), "f: the training images contain NaN."),
        (returned(IMAGES + np.inf), "floats from inf to inf"),
        (returned(IMAGES.reshape(6, 20)), "must be n×height×width or n×height×width×3, not 6×20."),
        (returned(IMAGES[:, None]), "not 6×1×4×5. The channels must be last."),
        (returned(np.zeros((6, 4, 5, 2), np.uint8)), "not 6×4×5×2."),
        (returned(np.zeros((6, 0, 5), np.uint8)), "f: the training images have no pixels: their shape is 6×0×5."),
        (returned(IMAGES[:4]), "f: the training set has 4 images, but 6 labels."),
        (returned(test_labels=LABELS), "f: the test set has 3 images, but 6 labels."),
        (returned(IMAGES[:0], LABELS[:0]), "f: the training set is empty."),
        (returned(test_images=IMAGES[:0], test_labels=LABELS[:0]), "f: the test set is empty."),
        (returned(test_images=IMAGES[:3, :2]), "f: training and test images must have one shape, not 4×5 and 2×5."),
        (returned(labels=LABELS * 0), "f: the training set has one class only, 0."),
        (returned(labels=LABELS + 0.5), "f: the training labels must be whole numbers; 0.5 is not one."),
        (returned(labels=LABELS + np.inf), "f: the training labels must be whole numbers; inf is not one."),
        (returned(labels=LABELS * np.nan), "f: the training labels must be whole numbers; nan is not one."),
        (returned(labels=np.array([*"abcabc"])), "f: the training labels must be whole numbers, not <U1."),
        (returned(labels=np.eye(6)), "f: the training labels must be one number per image, not 6×6."),
        (returned(labels=LABELS + 1), "the labels of 3 classes must be 0 to 2; the training labels are 1 to 3."),
        (returned(labels=LABELS * 2), "the labels of 3 classes must be 0 to 2; the training labels are 0 to 4."),
        (returned(labels=LABELS - 1), "the labels of 3 classes must be 0 to 2; the training labels are -1 to 1."),
        (returned(test_labels=LABELS[:3] + 2), "f: the test label 3 is not among the training set's, 0 to 2."),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(value, line):
    with pytest.raises(UserError) as refused:
        checked("f", value, None)
    assert line in str(refused.value)
    assert str(refused.value).startswith("f")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["a", "b"], "f: the training labels are of 3 classes, but there are 2 names."),
        (["a", "b", "c", "d"], "f: the training labels are of 3 classes, but there are 4 names."),
        (["a", "b", "b"], "f: the training labels are of 3 classes, but there are 2 names."),
        ("abc", "f: the class names must be a list of texts."),
        ([1, 2, 3], "f: the class names must be a list of texts."),
    ],
)
def test_class_names_must_fit_the_labels(names, line):
    with pytest.raises(UserError) as refused:
        checked("f", (*returned(), names), None)
    assert str(refused.value) == line
