"""Which software and which machine computed a run's numbers."""

import platform
import re
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from mnist_exp import __version__
from mnist_exp.runtime import usable_cores


@cache
def versions() -> dict[str, str | None]:
    """The versions of Python, the packages that matter and this project, with its git commit."""
    packages = {name: version(name) for name in ("torch", "lightning")}
    return {"python": platform.python_version(), **packages, "mnist_exp": __version__, "commit": _commit()}


@cache
def machine() -> str:
    """The processor and how many of its cores this process may use."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.M) if cpuinfo.is_file() else []
    return f"{names[0] if names else platform.processor() or platform.machine()}, {usable_cores()} cores"


def _commit() -> str | None:
    """The project's git commit, with -dirty where files differ from it; None outside a checkout of it."""
    root = Path(__file__).resolve().parents[2]

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout.strip()

    try:
        is_ours = (
            Path(git("rev-parse", "--show-toplevel")) == root
        )  # a wheel may be installed inside another repository
        return git("describe", "--always", "--dirty", "--abbrev=12") if is_ours else None
    except (OSError, subprocess.SubprocessError):
        return None
