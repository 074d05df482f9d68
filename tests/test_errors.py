import pytest

from mnist_exp.errors import listed, unknown


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


@pytest.mark.parametrize(
    ("name", "suggested"), [("16", "16-mixed"), ("32", "32-true"), ("bf16", "bf16-mixed"), ("", None)]
)
def test_unknown_suggests_the_only_name_that_begins_as_typed(name, suggested):
    text = str(unknown("precision", name, ["auto", "32-true", "bf16-mixed", "16-mixed", "64-true"]))
    assert ("Did you mean" in text) is (suggested is not None)
    assert suggested is None or f"Did you mean '{suggested}'?" in text


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), ([], "")]
)
def test_listed_names_are_joined_as_in_a_sentence(names, text):
    assert listed(names) == text


@pytest.mark.parametrize(("name", "valid"), [("snake", ["selu", "tanh"]), ("lion", ["muon", "adam"])])
def test_unknown_suggests_nothing_that_only_shares_some_letters(name, valid):
    assert "Did you mean" not in str(unknown("activation", name, valid))


def test_unknown_suggests_nothing_dissimilar():
    assert str(unknown("fruit", "xyz", ["pear"])) == "fruit 'xyz' is unknown. Valid here: pear."
