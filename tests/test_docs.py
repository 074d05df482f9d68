"""What the documents say can be typed, can be typed; what they point at, exists."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from mnist_exp.config import checks

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "conf").rglob("*.yaml"))]
COMMAND = re.compile(r"python -m mnist_exp((?: [^\s`]+)*)")


def commands() -> list[str]:
    """Everything after `python -m mnist_exp` on any page, up to a gap, a comment or the end of the code."""
    lines = [line for page in PAGES for line in page.read_text().splitlines()]
    return sorted({found[1].strip() for line in lines for found in COMMAND.finditer(line.split("  #")[0])})


def test_there_are_commands_to_test():
    assert len(commands()) > 15


@pytest.mark.parametrize("typed", [c for c in commands() if not c.startswith(("-m", "-")) and "(" not in c])
def test_every_single_run_of_the_documents_is_accepted(composed, typed):
    checks.check(composed(*shlex.split(typed)))


def sweeps() -> list[str]:
    """What each sweep of the documents is about, without how it is called and launched."""
    aside = ("hydra/launcher=", "hydra.launcher.", "sweep.name=", "sweep.dry_run=")
    typed = [shlex.split(command)[1:] for command in commands() if command.startswith("-m ")]
    return sorted({shlex.join(word for word in words if not word.startswith(aside)) for words in typed})


@pytest.mark.parametrize("typed", sweeps())
def test_every_sweep_of_the_documents_is_accepted(planned, typed):
    assert len(planned(*shlex.split(typed))) > 1


def test_every_make_target_of_the_documents_exists_and_make_alone_prints_them():
    named = {target for page in PAGES[:2] for target in re.findall(r"(?:^    |`)make (\w+)", page.read_text(), re.M)}
    printed = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True).stdout
    assert named
    assert named <= set(re.findall(r"^make (\w+)", printed, re.M))


def test_ci_runs_the_readmes_test_command():
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()
    assert "make test " in (ROOT / "README.md").read_text()


def test_links_lead_somewhere():
    for page in PAGES[:2]:
        targets = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text())
        assert [t for t in targets if not (ROOT / t).exists()] == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) < 200


def test_everything_pinned_is_pinned_exactly_and_without_an_address():
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert {"torch", "lightning", "hydra-core"} <= {pin.split("==")[0] for pin in pins}
