import pytest

from mnist_exp.errors import unknown


def test_unknown_lists_valid_names_and_suggests_the_nearest():
    assert (
        str(unknown("fruit", "aple", ["pear", "apple"]))
        == "fruit 'aple' is unknown. Did you mean 'apple'? Valid here: pear, apple."
    )


@pytest.mark.parametrize(
    ("name", "suggested"), [("ReLU", "relu"), ("LeakyReLU", "leaky_relu"), ("leaky-relu", "leaky_relu")]
)
def test_unknown_ignores_case_underscores_and_hyphens(name, suggested):
    assert f"Did you mean '{suggested}'?" in str(unknown("activation", name, ["relu", "leaky_relu", "gelu"]))


def test_unknown_suggests_nothing_dissimilar():
    assert str(unknown("fruit", "xyz", ["pear"])) == "fruit 'xyz' is unknown. Valid here: pear."
