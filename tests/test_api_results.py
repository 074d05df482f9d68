"""Results of earlier runs. tests/test_api.py reads those of a sweep."""

import pytest

from mnist_exp import api_results
from mnist_exp.errors import UserError


def test_folders_without_results_are_named():
    with pytest.raises(UserError, match="holds no run"):
        api_results.load_results("nothing")
    with pytest.raises(UserError, match=r"holds no result\.json"):
        api_results.load_model("nothing")
