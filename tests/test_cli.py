"""The command from its arguments to its output, in an empty folder without MNIST.

In a process of its own where the process matters, else in this one.
"""

import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest
import torch

from mnist_exp.config.keys import group_choices
from mnist_exp.runs import files
from mnist_exp.training.run import run
from tests.conftest import run_in_shell

QUICK = ("data=mnist5k", "model=softmax", "trainer.max_epochs=1", "diagnostics.figures=false")


@pytest.fixture(scope="module")
def single_run(tmp_path_factory):
    """One run in a process of its own: the ended process, its folder and its seconds."""
    folder = tmp_path_factory.mktemp("single")
    began = time.perf_counter()
    ran = run_in_shell(folder, *QUICK, "seed=7")
    return ran, folder, time.perf_counter() - began


@pytest.mark.slow
def test_one_run_prints_its_setup_its_epochs_and_its_result(single_run):
    ran, folder, seconds = single_run
    assert ran.returncode == 0
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("softmax · no activation · seed 7 · mnist5k · 7,850 parameters · 1 epoch · on ")
    assert re.fullmatch(
        r"epoch 1/1 · train \d\d\.\d\d%, loss \d\.\d{4} · val \d\d\.\d\d%, loss \d\.\d{4} · \d+\.\d s", lines[1]
    )
    assert re.match(r"test \d\d\.\d\d% on mnist5k · validation", lines[2])
    assert len(lines) == 3
    (run_dir,) = (folder / "multirun" / "single").iterdir()
    assert lines[2].endswith(f"→ multirun/single/{run_dir.name}")
    assert "epoch 1/1" in (run_dir / "run.log").read_text()
    result = json.loads((run_dir / "result.json").read_text())
    assert (result["seed"], result["overrides"]) == (7, [*QUICK, "seed=7"])
    assert result["train_seconds"] < result["total_seconds"] < seconds
    # The rest is the interpreter's own start and end: a second of six here, more on a busy machine.
    assert result["total_seconds"] > seconds / 2
    assert {path.name for path in run_dir.iterdir() if "tfevents" not in path.name} == {
        *(".hydra", "checkpoints", "predictions.npz", "probes.csv", "result.json", "run.log")
    }


@pytest.mark.slow
def test_a_sweep_with_a_run_that_diverges_prints_and_writes_its_results(shell, tmp_path):
    ran = shell("-m", "data=mnist5k", "model=mlp", "trainer.max_epochs=1", "optimizer=sgd", "optimizer.lr=1e9,0.1")
    assert ran.returncode == 1
    (sweep_dir,) = (tmp_path / "multirun").iterdir()
    results = [json.loads(path.read_text()) for path in sweep_dir.glob("*/result.json")]
    assert sorted(r["status"] for r in results) == ["diverged", "ok"]
    assert "Leaderboard on mnist5k" in ran.stdout
    assert re.search(r"^1  mlp relu optimizer.lr=0.1 +1 ", ran.stdout, re.M)
    assert re.search(r"^2  mlp relu optimizer.lr=1000000000.0  0 of 1 +1 diverged$", ran.stdout, re.M)
    # The time left is not printed if the rest has ended by the time the first run is reported.
    assert re.search(
        r"^\[1/2\] mlp relu optimizer\.lr=1000000000\.0 seed 0 · diverged: train_loss .* · \d+ s( · \d+ s left)?$",
        ran.stdout,
        re.M,
    )
    assert re.search(r"^\[2/2\] mlp relu optimizer.lr=0.1 seed 0 · val \d\d\.\d\d % · \d+ s$", ran.stdout, re.M)
    assert "epoch 1/1" not in ran.stdout
    assert "epoch 1/1" in "".join(path.read_text() for path in sweep_dir.glob("*/run.log"))
    assert "1 of 2 runs finished" in ran.stdout
    assert "diverged: train_loss became" in ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert (sweep_dir / "multirun.yaml").exists()


@pytest.mark.slow
def test_a_killed_sweep_is_continued_by_the_same_command_in_a_folder_of_any_name(shell, plain, tmp_path):
    """SIGKILL after the first finished run; the same command then runs only the rest, with the numbers of single runs.

    The folder's name has characters that are special in a shell, in Hydra's overrides or in a file pattern.
    """
    odd = tmp_path / "wéird, (x) #1=2"
    odd.mkdir()
    each = ("data=mnist5k", "model=mlp", "trainer.max_epochs=2")
    arguments = ("-m", *each, "seed=0,1,2,3", "sweep.name=study")
    running = subprocess.Popen([sys.executable, "-m", "mnist_exp", *arguments], cwd=odd, stdout=subprocess.DEVNULL)
    while not (before := list(odd.glob("multirun/study/*/result.json"))):
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    running.wait()
    stamps = {path: path.stat().st_mtime_ns for path in before}
    again = shell(*arguments, cwd=odd)
    assert again.returncode == 0
    assert re.match(r"4 runs \([1-3] reused\) → multirun/study\n", again.stdout)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
    found = [json.loads(path.read_text()) for path in odd.glob("multirun/study/*/result.json")]
    alone = {seed: run(plain(*each, f"seed={seed}"), tmp_path, []).test_loss for seed in range(4)}
    assert {r["seed"]: r["test_loss"] for r in found} == alone
    assert len(found) == 4


# Arguments, and how the one line that answers them begins.
REFUSED = [
    ("model.activation=rulu", "model.activation 'rulu' is unknown. Did you mean 'relu'?"),
    ("model.activation=ReLU", "model.activation 'ReLU' is unknown. Did you mean 'relu'?"),
    ("trainer.precision=32", "trainer.precision '32' is unknown. Did you mean '32-true'?"),
    ("lr=0.1", "Key 'lr' is unknown. Did you mean 'optimizer.lr'?"),
    ("model.hidden=512", "model.hidden=512: must be a list: type model.hidden=[512]."),
    ("optimizer.name=sgd", "optimizer.name has been renamed: type optimizer=sgd instead of optimizer.name=sgd."),
    ("-m optimizer.name=sgd,adam", "optimizer.name has been renamed: type optimizer=sgd,adam instead of"),
    (
        "look.figures=false",
        "look.figures has been renamed: type diagnostics.figures=false instead of look.figures=false.",
    ),
    ("optimizer=sgd optimizer.betas=[0.9,0.99]", "optimizer=sgd has no optimizer.betas; adam, adamw and muon have it."),
    ("model=softmax model.hidden=[10]", "model=softmax is declared to have no activation"),
    ("model=mlp model.hidden=[]", "model=mlp is declared to have an activation, but"),
    ("repport", "Subcommand 'repport' is unknown. Did you mean 'report'?"),
    ("model=resnet", "model 'resnet' is unknown."),
    ("data=cifar", "data 'cifar' is unknown."),
    ("experiment=best", "experiment 'best' is unknown."),
    ("model.actvation=relu", "Key 'model.actvation' is unknown. Did you mean 'model.activation'?"),
    ("+model.actvation=relu", "Key 'model.actvation' is unknown. Did you mean 'model.activation'?"),
    ("data.batch_size=0", "data.batch_size=0: must be from 1 to 10000000."),
    ("data.batch_size=-1", "data.batch_size=-1: must be from 1 to 10000000."),
    ("data=mnist5k data.batch_size=5000", "data.batch_size=5000: must be at most 3500, the training images of mnist5k"),
    ("trainer.max_epochs=0", "trainer.max_epochs=0: must be from 1 to 1000000."),
    ("trainer.max_epochs=-1", "trainer.max_epochs=-1: must be from 1 to 1000000."),
    ("optimizer.lr=0", "optimizer.lr=0.0: must be a number above 0, at most 1e+30."),
    ("optimizer.lr=-0.1", "optimizer.lr=-0.1: must be a number above 0, at most 1e+30."),
    ("optimizer.lr=nan", "optimizer.lr=nan: must be a number above 0, at most 1e+30."),
    ("trainer.devices=2", "trainer.devices=2: must be 1, since one run is one device; a sweep scales out"),
    (f"data.root={__file__}", f"data.root={__file__} is a file; it should be a folder"),
    ("optimizer.lr=[", "'optimizer.lr=[' cannot be parsed: type settings as key=value"),
    (
        "model.activation=relu,mish",
        "model.activation=relu,mish has several values; add -m to run each of them: mnist-exp",
    ),
    ("model.activation=null", "model.activation: must not be null."),
    ("model.hidden=[a]", "model.hidden: must be a list of whole numbers."),
    ("callbacks=[no_such_module:X]", "no_such_module: there is no module no_such_module that Python can import."),
    ("-m callbacks=[no_such_module:X]", "no_such_module: there is no module no_such_module that"),
    ("-m seed=range(0,0)", "This sweep has no runs: one of its axes is empty."),
    ("-m model.activation=relu,rulu", "model.activation 'rulu' is unknown. Did you mean 'relu'?"),
    ("-m data.batch_size=64,0", "data.batch_size=0: must be from 1 to 10000000."),
]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [pytest.param(*case, marks=() if i % 8 == 0 else pytest.mark.slow) for i, case in enumerate(REFUSED)],
)
def test_bad_input_gets_one_clear_line_and_leaves_nothing_behind(command, tmp_path, arguments, line):
    assert_refused(command(*arguments.split()), line)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "line"), [REFUSED[0], REFUSED[4], REFUSED[-1]])
def test_bad_input_gets_the_same_line_in_a_process_of_its_own(shell, tmp_path, arguments, line):
    assert_refused(shell(*arguments.split()), line)
    assert list(tmp_path.iterdir()) == []


def assert_refused(ran, line) -> None:
    assert ran.returncode != 0
    assert ran.stderr.startswith(f"Error: {line}")
    assert (ran.stdout, ran.stderr.count("\n")) == ("", 1)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("-m", "seed=0,1")], ids=["run", "sweep"])
def test_the_console_script_imports_classes_from_the_current_folder(tmp_path, arguments):
    (tmp_path / "own_module.py").write_text("class Batches: pass\n")
    script = Path(sys.executable).with_name("mnist-exp")
    command = [script, *arguments, "callbacks=[own_module:Btches]"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert_refused(ran, "own_module: attribute 'Btches' is unknown. Did you mean 'Batches'?")
    assert not (tmp_path / "multirun").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Experiment logs directory")  # CSVLogger, since TensorBoard's file is there already
def test_every_listed_callback_and_logger_works_by_name(plain, tmp_path):
    """With the packages that they need: DeviceStatsMonitor needs psutil on a CPU."""
    chosen = [f"callbacks=[{','.join(group_choices('callbacks'))}]", "logger=[csv,tensorboard]"]
    assert run(plain(*QUICK, "trainer.accelerator=cpu", *chosen), tmp_path, []).status == "ok"


@pytest.mark.slow
def test_an_absent_accelerator_gets_one_clear_line(command):
    absent = "cuda" if sys.platform == "darwin" else "mps"
    ran = command(*QUICK, f"trainer.accelerator={absent}")
    assert_refused(ran, f"trainer.accelerator={absent}: PyTorch sees no such device here.")


def test_a_full_disk_gets_one_clear_line(command, tmp_path, monkeypatch):
    """The disk is full when the record is to be written: no half of it stays, and nothing claims success."""

    def full(*_):
        raise OSError(28, "No space left on device", "result.json")

    monkeypatch.setattr(files, "write_json", full)
    ran = command(*QUICK)
    assert ran.returncode != 0
    assert ran.stderr.startswith("Error: No space left on the disk of multirun/single/")
    assert ran.stderr.count("\n") == 1
    assert list(tmp_path.rglob("*result.json*")) == []


@pytest.mark.slow
def test_hydra_full_error_shows_the_traceback(shell):
    ran = shell("trainer.max_epochs=0", HYDRA_FULL_ERROR="1")
    assert ran.returncode != 0
    assert "Traceback" in ran.stderr
    assert "UserError: trainer.max_epochs=0: must be from 1 to 1000000." in ran.stderr


@pytest.mark.slow
def test_a_reader_that_leaves_early_causes_no_traceback(tmp_path):
    pipeline = f"{sys.executable} -m mnist_exp {' '.join(QUICK)} | head -1"
    ran = subprocess.run(["bash", "-c", pipeline], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ran.stdout.count("\n") == 1
    assert ran.stderr == ""
    assert len(list(tmp_path.rglob("result.json"))) == 1


@pytest.mark.slow
def test_ctrl_c_ends_the_command_with_a_message_and_no_result(tmp_path):
    typed = ["data=mnist5k", "model=mlp", "trainer.max_epochs=100000", "trainer.resume_every=0"]
    command = [sys.executable, "-m", "mnist_exp", *typed]
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background inherit a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        while "epoch 2/" not in running.stdout.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "Interrupted: multirun/single/" in out
    assert "has no result.json. It can continue." in out
    folder = next(tmp_path.glob("multirun/single/*")).relative_to(tmp_path)
    assert f"To continue: python -m mnist_exp {' '.join(typed)} hydra.run.dir={folder}" in out
    assert "Traceback" not in out + err
    assert list(tmp_path.rglob("result.json")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", ["--help", "--cfg job", "model.activation=rulu", "model.hidden=512", "repport", "-sc query=bash"]
)
def test_help_and_errors_come_without_loading_torch(arguments, tmp_path):
    """So that they come immediately: torch and Lightning take seconds to import."""
    code = f"import sys; sys.argv = ['mnist_exp', *{arguments.split()!r}]\nimport atexit\n"
    code += "atexit.register(lambda: print('torch' in sys.modules))\nimport mnist_exp.__main__ as m; m.main()"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.stdout.splitlines()[-1] == "False"


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_stays_flat_over_fifty_jobs(plain, tmp_path):
    def megabytes() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    sizes, alive = [], []
    for seed in range(51):
        overrides = ["data=mnist5k", "model=softmax", "trainer.max_epochs=1", "trainer.accelerator=cpu", f"seed={seed}"]
        run(plain(*overrides), tmp_path / str(seed), overrides)
        sizes.append(megabytes())
        if seed % 10 == 0:  # walking all objects takes a while
            alive.append(tensors())
    assert len(set(alive[1:])) == 1  # not one tensor stays behind
    # The first ten fill caches. Medians, since memory is taken from the system in large steps.
    assert median(sizes[-10:]) - median(sizes[10:20]) < 15
