"""The scripts of Vega, Vega-Lite and vega-embed as one text, made by vl-convert and kept between studies."""

import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import vl_convert
from markupsafe import Markup

from mnist_exp.atomic_files import write_text

END = "window.vegaLite"  # the last names that the bundle defines: a file without them is not whole


def vega_scripts() -> Markup:
    """The text of a script element. Making it takes seconds, so a copy is kept in the user's cache folder."""
    path = _cache_folder() / f"vega-{version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):
        text = path.read_text(encoding="utf-8")
        if END in text[-200:]:
            return Markup(text)
    text = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub has no default
    with suppress(OSError):  # without a cache it is made again the next time
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return Markup(text)


def _cache_folder() -> Path:
    with suppress(RuntimeError):  # no home folder
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mnist_exp"
    return Path(os.devnull)
