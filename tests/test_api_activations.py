import numpy as np
import pytest

import mnist_exp as mx


def test_a_row_for_each_name():
    table = mx.activation_properties("relu", "elu").set_index("activation")
    assert table.loc["relu", "smoothness"] == "C0"
    assert table.loc["elu", ["lowest", "monotone", "smoothness"]].tolist() == [-1, True, "C1"]
    np.testing.assert_allclose(table.gain, [np.sqrt(2), 1.245], rtol=1e-3)
    assert not any("cost" in name for name in table.columns)


def test_names_that_are_unknown_are_answered_in_one_line():
    with pytest.raises(mx.UserError, match="Did you mean 'relu'"):
        mx.activation_properties("rel")
    with pytest.raises(mx.UserError, match="takes names as text"):
        mx.activation_properties(["relu"])
