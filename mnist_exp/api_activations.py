"""Properties of activation functions, for the Python API."""

import pandas as pd

from mnist_exp.errors import UserError


def activation_properties(*names: str) -> pd.DataFrame:
    """Properties of activation functions, computed from their code: range, smoothness, gain and others.

    Args:
        names: names of the catalogue, or code of one's own as "file.py:Name"; without any, the whole catalogue.

    Returns:
        A row per function with the columns of properties.csv that are not times.

    Raises:
        UserError: a name is unknown, or a function does not work.
    """
    from mnist_exp import registry
    from mnist_exp.gallery.functions import function
    from mnist_exp.gallery.table import computed, csv_rows

    if not all(isinstance(name, str) for name in names):
        raise UserError("activation_properties: takes names as text, as in activation_properties('relu', 'mish').")
    rows = computed([function(name) for name in names or registry.names("activation")])
    return pd.DataFrame(csv_rows(rows))
