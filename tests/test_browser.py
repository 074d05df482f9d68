"""TensorBoard over a sweep, in a real browser."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from mnist_exp.runs.files import read_records
from mnist_exp.study.write import write_study
from mnist_exp.training.run import run
from tests.browser import browser_page
from tests.conftest import QUICK
from tests.factories import study_config

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)"),
]


def browse(address: str, folder: Path, *flags: str) -> tuple[str, str]:
    """The page after its scripts have run, and the lines of the browser's console."""
    command = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={folder / 'profile'}",
    ]
    command += ["--enable-logging=stderr", "--virtual-time-budget=20000", *flags, "--dump-dom", address]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=90)
    return ran.stdout, "\n".join(line for line in ran.stderr.splitlines() if "CONSOLE" in line)


def test_a_console_error_is_found(tmp_path):
    (tmp_path / "page.html").write_text("<script>console.error('something is wrong')</script>")
    assert "something is wrong" in browse((tmp_path / "page.html").as_uri(), tmp_path)[1]


TRIALS = (
    b'{"experimentName": "", "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_RUNNING"], "sliceSize": 9}'
)


@pytest.fixture(scope="module")
def tensorboard(plain, tmp_path_factory):
    """The address of TensorBoard over two small runs with figures and their study."""
    folder = tmp_path_factory.mktemp("multirun") / "study"
    for name in ("relu", "mish"):
        (folder / name).mkdir(parents=True)
        overrides = [*QUICK, f"model.activation={name}"]
        run(plain(*overrides, "diagnostics.figures=true", "diagnostics.probe_every=0"), folder / name, overrides)
    write_study(folder, read_records(folder), study_config())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "tensorboard.main",
        "--logdir",
        str(folder.parent),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for_runs(address)
        yield address
    finally:
        server.kill()
        server.wait()


def wait_for_runs(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if b"study/_study/mish" in urllib.request.urlopen(f"{address}/data/runs", timeout=5).read():
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise TimeoutError("TensorBoard does not show the runs")


@pytest.mark.parametrize(
    ("tab", "shown"),
    [
        ("timeseries", ["study/_study/mish", "study/relu"]),
        ("custom_scalars", ["Custom Scalars"]),
        ("images", ["Images"]),
        ("hparams", ["HParams"]),
    ],
)
def test_a_tab_of_tensorboard_shows_the_sweep(tensorboard, tmp_path, tab, shown):
    dom, console = browse(f"{tensorboard}/#{tab}", tmp_path, "--window-size=1400,1000")
    assert [bad for bad in ("Uncaught", "Failed to load", "ERROR:CONSOLE") if bad in console] == []
    assert [text for text in shown if text.lower() not in dom.lower()] == []


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("scalars/tags", None, ["1 means: mlp/val_acc", "train/loss", "study/_study/mish"]),
        ("custom_scalars/layout", None, ["validation accuracy", "means"]),
        ("images/tags", None, ["confusion", "study/mish", "2 study/heat_map", "3 best runs: mlp/confusion"]),
        (
            "hparams/session_groups",
            TRIALS,
            ['"activation": "mish"', '"model": "mlp"', "final/test_acc", "final/val_acc"],
        ),
    ],
)
def test_the_server_has_the_data_of_the_tabs(tensorboard, path, body, expected):
    """The tabs draw inside shadow roots, which the browser does not return as text."""
    request = urllib.request.Request(f"{tensorboard}/data/plugin/{path}", body, {"Content-Type": "application/json"})
    deadline, missing = time.monotonic() + 60, expected
    while missing and time.monotonic() < deadline:  # it loads more data for a while
        answer = urllib.request.urlopen(request, timeout=20).read().decode()
        missing = [text for text in expected if text not in answer]
    assert missing == []


def test_the_first_view_of_tensorboard_has_the_means_on_top_and_then_the_images_of_the_study(tensorboard):
    with browser_page() as opened:
        opened.page.goto(f"{tensorboard}/#timeseries")
        titles = opened.page.locator(".group-title")
        titles.filter(has_text="best runs").wait_for()
        assert titles.all_text_contents()[:4] == ["Pinned", "1 means: mlp", "2 study", "3 best runs: mlp"]
