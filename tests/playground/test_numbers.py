"""16-bit weights."""

from base64 import b64decode

import numpy as np
import torch

from mnist_exp.playground.numbers import Numbers, encode_floats


def test_each_row_has_its_own_scale_and_nothing_is_off_by_more_than_half_a_step():
    torch.manual_seed(0)
    first, second = torch.randn(4, 3, 2, 2) * torch.tensor([1e-6, 1, 1e3, 0]).reshape(4, 1, 1, 1), torch.randn(2, 5)
    numbers = Numbers()
    places = [numbers.add(weight) for weight in (first, second)]
    stored = np.frombuffer(b64decode(numbers.encoded()), "<i2")
    assert [place.at for place in places] == [0, 48]
    assert len(stored) == 58
    for place, weight in zip(places, (first, second), strict=True):
        assert place.shape == list(weight.shape)
        scales = np.frombuffer(b64decode(place.scales), "<f4")[:, None]
        rows = stored[place.at : place.at + weight.numel()].reshape(len(weight), -1)
        assert (np.abs(rows * scales - weight.flatten(1).numpy()) <= 0.51 * scales).all()
        assert np.abs(rows).max() == 32_767


def test_a_network_without_weights_has_no_numbers():
    assert Numbers().encoded() == ""


def test_numbers_that_do_not_exist_stay_so():
    assert encode_floats(None) is None
    assert np.frombuffer(b64decode(encode_floats(torch.tensor([1.5, -2.0]))), "<f4").tolist() == [1.5, -2]
