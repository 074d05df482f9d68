"""The configuration: its schema, its checks, composing it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# In a checkout conf/ is beside the package; in a wheel it is inside it.
CONF = _PACKAGE / "conf" if (_PACKAGE / "conf").is_dir() else _PACKAGE.parent / "conf"
