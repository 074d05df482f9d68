"""An HTML page that needs no other file: a template, filled with content, styles, scripts and data for them."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mnist_exp.atomic_files import write_text

SHARED = Path(__file__).parent / "html_parts"  # styles and scripts that several pages include


class _Verbatim(FileSystemLoader):
    """Templates, and scripts and styles in which nothing is replaced."""

    def get_source(self, environment: Environment, template: str) -> Any:
        source, path, is_current = super().get_source(environment, template)
        verbatim = source if template.endswith(".html") else f"{{% raw %}}{source}{{% endraw %}}"
        return verbatim, path, is_current


def write_html(template: Path, file: Path, **content: Any) -> None:
    """Fill a template, whose `title` is the name of the file's folder, and write the page whole or not at all."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=_Verbatim([template.parent, SHARED]),
    )
    page = environment.get_template(template.name).render(title=file.resolve().parent.name, **content)
    write_text(file, page)


def script_json(value: Any) -> Markup:
    """JSON that can be inside a script element: no text in it can end the element."""
    return Markup(json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))
