import numpy as np
import pytest

from mnist_exp import registry
from mnist_exp.activation_table import ACTIVATIONS
from mnist_exp.errors import UserError
from mnist_exp.gallery.functions import function, functions


def test_the_catalogue_is_there_with_formulas_and_sources():
    found = functions()
    assert [f.name for f in found] == registry.names("activation")
    for f in found:
        row = ACTIVATIONS[f.name]
        assert (f.formula, f.source, f.learned) == (row.formula, row.source, row.learned)


def test_values_and_derivatives_are_those_of_the_closed_form():
    x, y, slope = function("softplus").curve()
    np.testing.assert_allclose(y, np.logaddexp(0, x), atol=3e-9)  # PyTorch's is x above 20
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(-x)), atol=3e-9)


def test_a_function_with_random_numbers_is_the_one_used_after_training():
    f = function("rrelu")
    np.testing.assert_allclose(f(np.array([-2.0, 3.0])), [-2 * (1 / 8 + 1 / 3) / 2, 3.0])
    assert (f.curve().y == f.curve().y).all()


def test_one_more_activation_in_the_registry_is_in_the_gallery(monkeypatch):
    """ln(1 / (1 + exp(−x))), whose derivative is 1 / (1 + exp(x))."""
    monkeypatch.setitem(registry.ACTIVATIONS, "log_sigmoid", "torch.nn:LogSigmoid")
    x, y, slope = functions()[-1].curve()
    np.testing.assert_allclose(y, -np.log1p(np.exp(-x)))
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(x)))


@pytest.mark.usefixtures("own")
def test_activations_of_ones_own_follow_with_the_first_line_of_their_documentation():
    snake, exp = functions(["./own.py:Snake", "./own.py:exp"])[-2:]
    assert (snake.name, snake.formula, snake.source) == (
        "own:Snake",
        "x + sin²(x) <script>alert(1)</script>",
        "./own.py",
    )
    assert (snake.learned, exp.learned, exp.formula) == (True, False, "")
    x, y, slope = snake.curve()
    np.testing.assert_allclose(y, x + np.sin(x) ** 2, atol=1e-12)
    np.testing.assert_allclose(slope, 1 + np.sin(2 * x), atol=1e-12)


def test_names_that_are_no_code_of_ones_own_are_refused():
    with pytest.raises(UserError, match=r"--activation relu: name one of your own as FILE\.py:NAME"):
        functions(["relu"])
    with pytest.raises(UserError, match="Did you mean 'relu'"):
        function("rel")
