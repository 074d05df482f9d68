"""Commands in the documentation are accepted, links and pictures exist, and the README stays short."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from mnist_exp.cli.subcommands import SUBCOMMANDS
from mnist_exp.config import checks, compose
from mnist_exp.examples import EXAMPLES, write

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
IN_ROOT = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = [README, *(ROOT / name for name in IN_ROOT), ROOT / "multirun" / "README.md", *DOCS]
# Arguments until a comment, two spaces or the end of the code. `mnist_exp.race` and the like are other modules.
COMMAND = re.compile(r"(?:python -m mnist_exp|(?<![\w./(-])mnist-exp)(?![\w.=/-])((?: [^\s`#]+)*)")
# Settings of all runs of a sweep, or that Hydra itself reads: planning the sweep again for them takes seconds.
COMMON = (
    *("hydra/launcher=", "hydra.launcher.", "sweep.name=", "sweep.dry_run="),
    *("trainer.threads=", "trainer.accelerator=", "logger=[mlflow]", "logger=[wandb]"),
)
# Sweeps that other tests run: test_wheel.py those with config files of one's own, test_other_sweepers.py searches.
ELSEWHERE = ("--config-dir", "hydra/sweeper=")
SNAKE = """
from torch import nn

class Snake(nn.Tanh):
    pass
"""


@pytest.fixture(scope="module")
def own_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the user's own that the pages name."""
    folder = tmp_path_factory.mktemp("own_files")
    (folder / "my_act.py").write_text(SNAKE)
    for name in EXAMPLES:
        write(name, folder)
    return folder


@pytest.fixture(autouse=True)
def in_their_folder(own_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands name these files relative to the working directory."""
    monkeypatch.chdir(own_files)


def commands() -> list[str]:
    """The arguments of every command on the pages and in the comments of conf/."""
    pages = [*PAGES, *sorted((ROOT / "conf").rglob("*.yaml"))]
    lines = [line for page in pages for line in page.read_text().splitlines()]
    found = {match[1].strip() for line in lines for match in COMMAND.finditer(line.split("  #")[0])}
    return sorted(arguments for arguments in found if "…" not in arguments)


def single_runs() -> list[str]:
    return [c for c in commands() if not c.startswith("-") and all("=" in word for word in _words(c))]


def sweeps() -> list[str]:
    """The sweeps, without the settings that their runs have in common."""
    overrides = [_words(command)[1:] for command in commands() if command.startswith("-m ")]
    overrides = [words for words in overrides if not any(word.startswith(ELSEWHERE) for word in words)]
    return sorted({shlex.join(word for word in words if not word.startswith(COMMON)) for words in overrides})


def common_settings() -> list[str]:
    words = {word for command in commands() for word in _words(command) if word.startswith(COMMON)}
    return sorted(word for word in words if not word.startswith("hydra"))


def subcommands() -> list[str]:
    """The first words that are neither options nor settings."""
    first = {_words(command)[0] for command in commands() if command}
    return sorted(word for word in first if not word.startswith("-") and "=" not in word)


def _words(command: str) -> list[str]:
    return shlex.split(command.strip(".,;:"))


def test_the_pages_have_commands_of_each_kind():
    assert len(single_runs()) > 10
    assert len(sweeps()) > 10
    assert len(subcommands()) > 4


@pytest.mark.slow
@pytest.mark.parametrize("overrides", single_runs())
def test_every_single_run_in_the_documentation_is_accepted(overrides):
    checks.check(compose.composed(_words(overrides)))


@pytest.mark.slow
@pytest.mark.parametrize("override", common_settings())
def test_every_common_setting_of_a_sweep_in_the_documentation_is_accepted(override):
    checks.check(compose.composed([override]))


@pytest.mark.slow
@pytest.mark.parametrize("overrides", sweeps())
def test_every_sweep_in_the_documentation_is_accepted(planned, overrides):
    assert len(planned(*_words(overrides))) > 1


def test_every_subcommand_in_the_documentation_exists():
    assert set(subcommands()) <= set(SUBCOMMANDS)


def test_every_make_target_in_the_documentation_is_listed_by_make():
    texts = [page.read_text() for page in PAGES]
    named = {target for text in texts for target in re.findall(r"(?:^    |`)make (\w+)", text, re.M)}
    printed = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True).stdout
    assert named
    assert named <= set(re.findall(r"^make (\w+)", printed, re.M))


def test_ci_runs_the_test_command_of_the_readme():
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()
    assert "make test " in README.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_exists(page):
    targets = re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text().replace("\n", " "))
    missing = []
    for target in targets:
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        if not linked.exists() or (anchor and anchor not in _anchors(linked)):
            missing.append(target)
    assert missing == []


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_on_the_index():
    index = (ROOT / "docs" / "index.md").read_text()
    assert [page.name for page in DOCS if page.name != "index.md" and f"({page.name})" not in index] == []


def test_every_picture_is_shown():
    text = "".join(page.read_text() for page in PAGES)
    assert [path.name for path in (ROOT / "docs" / "images").iterdir() if f"images/{path.name})" not in text] == []


def test_the_architecture_page_names_every_module_and_no_other():
    package = ROOT / "mnist_exp"
    modules = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if path.name != "__init__.py"}
    assert _named_modules() == modules


def _named_modules() -> set[str]:
    """The files in the tables of the architecture page; headings such as `### study/page: …` name their folder."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    named, folder = set(), ""
    for line in text.splitlines():
        if heading := re.match(r"### ([\w/]+):", line):
            folder = f"{heading[1]}/"
        if row := re.match(r"\| `(\w+\.py)` \|", line):
            named.add(folder + row[1])
    return named


def test_the_readme_is_short():
    text = README.read_text()
    lines = text.splitlines()
    assert len(lines) <= 100
    assert [line for line in lines if len(line) > 100] == []
    assert len(text.split()) <= 700
    assert text.count("![") <= 3


@pytest.mark.parametrize("page", [README, ROOT / "docs" / "quickstart.md"], ids=lambda page: page.name)
def test_what_newcomers_read_first_is_easy_to_read(page):
    """No paragraph of more than 80 words, no sentence of more than 35. Code and tables do not count."""
    blocks = re.split(r"\n\s*\n|\n(?=[-*] )", page.read_text())
    prose = [block for block in blocks if not block.startswith(("    ", "|", "#"))]
    sentences = [sentence for block in prose for sentence in re.split(r"(?<=[.!?])\s+", block)]
    assert len(sentences) > 10
    assert [block for block in prose if len(block.split()) > 80] == []
    assert [sentence for sentence in sentences if len(sentence.split()) > 35] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_outside_tables_have_at_most_100_characters(page):
    lines = page.read_text().splitlines()
    assert [line for line in lines if len(line) > 100 and not line.lstrip().startswith("|")] == []


def test_the_lightning_script_is_the_same_everywhere():
    script = (ROOT / "examples" / "lightning_script.py").read_text()
    code = [line for line in script.splitlines() if line and not line.startswith("trainer = ")]
    for page in (README, ROOT / "docs" / "lightning.md"):
        shown = {line.strip() for line in page.read_text().splitlines()}
        assert [line for line in code if line not in shown] == []


def test_every_package_is_pinned_exactly_and_without_an_address():
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert {"torch", "lightning", "hydra-core"} <= {pin.split("==")[0] for pin in pins}
