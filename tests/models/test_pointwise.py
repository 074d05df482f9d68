import pytest
import torch
from torch import nn

from mnist_exp import registry
from mnist_exp.models.activations import FunctionActivation, activation_factory
from mnist_exp.models.learned_activations import PRelu
from mnist_exp.models.pointwise import Pointwise


def test_values_and_derivatives_of_numbers_of_any_shape():
    numbers = torch.linspace(-2, 2, 15, dtype=torch.double).reshape(3, 5)
    values, slopes = Pointwise(nn.Tanh(), 4)(numbers)
    assert torch.allclose(values, numbers.tanh())
    assert torch.allclose(slopes, 1 - numbers.tanh() ** 2)


@pytest.mark.parametrize("name", registry.names("activation"))
def test_every_listed_activation_is_one_function(name):
    assert Pointwise(activation_factory(name, 0.01)(), 3).is_one_function()


def test_what_is_not_one_function_is_recognised():
    different = PRelu(per="channel")
    different(torch.zeros(2, 3))  # its parameters are created at the first call
    assert Pointwise(different, 3).is_one_function()
    with torch.no_grad():
        next(different.parameters())[0] = 0.9
    assert not Pointwise(different, 3).is_one_function()
    assert not Pointwise(FunctionActivation(torch.softmax, {"dim": 1}), 3).is_one_function()


def test_the_activation_itself_is_not_changed():
    activation = PRelu()
    before = [parameter.dtype for parameter in activation.parameters()]
    Pointwise(activation, 3)(torch.zeros(2))
    assert [parameter.dtype for parameter in activation.parameters()] == before
    assert activation.training
