import numpy as np

from mnist_exp.data.labelled_images import LabelledImages


def test_images_and_labels_are_taken_together():
    examples = LabelledImages(np.arange(4)[:, None, None], np.array([5, 6, 7, 8]))
    taken = examples.take(np.array([3, 1]))
    assert (taken.images.ravel().tolist(), taken.labels.tolist()) == ([3, 1], [8, 6])
