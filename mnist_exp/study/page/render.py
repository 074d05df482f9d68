"""The templates of this folder, filled and written into the folder of a study."""

from pathlib import Path
from typing import Any

from mnist_exp.html_page import write_html

PAGE = "report.html"


def render(page: str, folder: Path, **content: Any) -> None:
    """Fill the template that is named like the page, and write it whole or not at all."""
    write_html(Path(__file__).parent / page, folder / page, **content)
