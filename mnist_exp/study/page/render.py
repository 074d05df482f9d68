"""A template filled and written, with data for the page's scripts."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

PAGE = "report.html"
FOLDER = Path(__file__).parent


def render(page: str, folder: Path, **content: Any) -> None:
    """Fill the template that is named like the page, and write it whole or not at all."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FileSystemLoader(FOLDER),
    )
    partial = folder / f".{page}"
    text = environment.get_template(page).render(title=folder.resolve().name, **content)
    partial.write_text(text, encoding="utf-8")
    partial.replace(folder / page)


def as_json(value: Any) -> Markup:
    """JSON that can stand inside a script element: no name in it can end the element."""
    return Markup(json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))
