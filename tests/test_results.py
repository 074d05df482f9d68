"""Results of earlier runs. tests/test_api.py reads those of a sweep."""

import pytest

from mnist_exp import results
from mnist_exp.errors import UserError


def test_folders_without_results_are_named():
    with pytest.raises(UserError, match="holds no run"):
        results.load_results("nothing")
    with pytest.raises(UserError, match=r"holds no result\.json"):
        results.load_model("nothing")
