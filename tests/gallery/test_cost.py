import torch
from torch import nn

from mnist_exp.gallery.cost import PRECISIONS, costs


class Slow(nn.Module):
    """20 sines."""

    def forward(self, x):
        for _ in range(20):
            x = torch.sin(x)
        return x


def test_costs_are_multiples_of_relus():
    threads = torch.get_num_threads()
    relu, slow, nothing = costs([nn.ReLU, Slow, nn.Identity], turns=3)
    assert torch.get_num_threads() == threads
    for precision in PRECISIONS:
        assert 0.3 < relu[precision].both < 3
        assert slow[precision].forward > 10
        assert slow[precision].both > 10
        assert nothing[precision].forward < 0.5


def test_the_type_of_the_inputs_is_that_of_the_precision():
    seen = set()

    class Listening(nn.Module):
        def forward(self, x):
            seen.add((x.dtype, torch.is_autocast_enabled("cpu"), self.training))
            return x * 1

    costs([Listening], turns=1)
    assert seen == {(torch.float32, False, True), (torch.bfloat16, True, True)}
