"""Pages that show themselves in a notebook."""

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

from mnist_exp.runs.files import PLAYGROUND

HEIGHT = 800  # pixels


@dataclass(frozen=True)
class Page(os.PathLike[str]):
    """A page that needs no other file. It is shown inline in a notebook, and it can be used as its path."""

    path: Path

    def __fspath__(self) -> str:
        return str(self.path)

    def _repr_html_(self) -> str:
        """The page is part of the notebook, so that it is still shown where the file is not."""
        content, title = escape(self.path.read_text(encoding="utf-8"), quote=True), escape(self.path.name, quote=True)
        style = f"border: 0; width: 100%; height: {HEIGHT}px"
        return f'<iframe title="{title}" srcdoc="{content}" style="{style}"></iframe>'


def classroom_page(folder: Path) -> Page:
    """Write the classroom page of the runs in a folder, into that folder. Raises UserError if it can show none."""
    from mnist_exp.playground.page import write_playground  # here, because it imports PyTorch

    return Page(write_playground([folder], folder / PLAYGROUND))
