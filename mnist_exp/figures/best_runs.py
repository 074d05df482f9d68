"""The best run of each activation side by side, for a screen: confusion matrices."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from mnist_exp.figures.panels import LETTER, panels
from mnist_exp.figures.style import SMALL, shortened, styled

MOST_NUMBERS = 12  # classes: with more, the matrices have shades alone
SIDE, NAME_LENGTH = 2.2, 12  # inches, and letters of a class's name


@styled
def confusions(matrices: Mapping[str, np.ndarray], classes: Sequence[str]) -> Figure:
    """A matrix for each arm, with a row for each true class. Errors are counted and shaded."""
    figure, by_arm = panels(list(matrices), SIDE, SIDE)
    names = [shortened(name, NAME_LENGTH) for name in classes] if len(classes) <= MOST_NUMBERS else []
    labels = 0.1 + LETTER * max(map(len, names), default=0)  # inches
    for arm, matrix in matrices.items():
        panel = by_arm[arm]
        errors = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
        panel.imshow(errors, cmap="Oranges", vmin=0, vmax=max(1.5 * float(errors.max()), 1), aspect="auto")
        panel.set_title(f"{arm}: {errors.sum():,.0f} errors")
        for row, column in np.argwhere(errors) if names else ():
            panel.text(column, row, str(errors[row, column]), ha="center", va="center", fontsize=SMALL)
        panel.set_xticks(range(len(names)), names, rotation=0 if max(map(len, names), default=0) <= 2 else 90)
        panel.set_yticks(range(len(names)), names)
    width, height = figure.get_size_inches()
    figure.set_layout_engine(None)  # to find the best layout takes as long as all the rest
    figure.subplots_adjust(
        left=(labels + 0.3) / width,
        right=1 - 0.1 / width,
        top=1 - 0.25 / height,
        bottom=(labels + 0.4) / height,
        wspace=(labels + 0.2) / (SIDE - labels),
        hspace=(labels + 0.35) / (SIDE - labels - 0.35),
    )
    figure.supxlabel("predicted class", y=0.02)
    figure.supylabel("true class", x=0.01)
    return figure
