"""Whether MLflow and Weights & Biases can be used, and how they are set up."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from mnist_exp import services
from mnist_exp.errors import UserError
from tests.services import needs


def test_a_missing_package_is_named_with_its_extra():
    with pytest.raises(UserError, match=r'^logger=x needs the package no_such: pip install "mnist_exp\[no_such\]"$'):
        services.require("no_such", "logger=x")


def test_a_folder_is_not_taken_for_the_package(tmp_path, monkeypatch):
    (tmp_path / "wandb_files").mkdir()  # as W&B makes one, called wandb
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match="needs the package wandb_files"):
        services.require("wandb_files", "logger=x")


def test_what_the_user_has_set_in_the_environment_is_kept(monkeypatch):
    for name in services.ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_SILENT", "false")
    services.require("json", "a test")
    assert {name: os.environ[name] for name in services.ENVIRONMENT} == services.ENVIRONMENT | {"WANDB_SILENT": "false"}


@pytest.fixture
def server():
    """The address of a server that answers every request with 404."""

    class NotFound(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), NotFound) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_server_that_answers_is_accepted(server):
    services.check_mlflow_uri("logger=mlflow", server)


def test_a_server_that_does_not_answer_is_refused(server):
    port = int(server.rpartition(":")[2])
    with pytest.raises(UserError, match=r"^logger=mlflow: http://127\.0\.0\.2:\d+ does not answer \("):
        services.check_mlflow_uri("logger=mlflow", f"http://127.0.0.2:{port}")


def test_importing_the_module_does_not_import_torch():
    code = "import sys, mnist_exp.services; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@needs("mlflow")
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestMLflow:
    """With the real package."""

    def test_folders_are_refused(self, tmp_path):
        services.require("mlflow", "a test")
        with pytest.raises(UserError, match="MLflow no longer writes to folders such as"):
            services.check_mlflow_uri("logger=mlflow", str(tmp_path / "mlruns"))

    def test_an_experiment_is_created_once_and_a_deleted_one_is_refused(self, mlflow_uri):
        client = services.mlflow_client(mlflow_uri)
        first = services.mlflow_experiment(client, "services")
        assert services.mlflow_experiment(client, "services") == first
        assert client.get_experiment(first).name == "services"
        client.delete_experiment(first)
        with pytest.raises(UserError, match="MLflow's experiment services was deleted"):
            services.mlflow_experiment(client, "services")

    def test_two_processes_can_create_the_database_at_once(self, tmp_path):
        code = (
            "from mnist_exp import services; services.require('mlflow', ''); "
            "client = services.mlflow_client('sqlite:///new.db'); print(services.mlflow_experiment(client, 'e'))"
        )
        started = [
            subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        ids = [process.communicate(timeout=120)[0] for process in started]
        assert [process.returncode for process in started] == [0, 0]
        assert ids[0] == ids[1] != ""


@needs("wandb")
@pytest.mark.usefixtures("wandb_offline")
def test_offline_no_login_is_needed():
    services.require("wandb", "a test")
    services.check_wandb_login("logger=wandb")


@needs("wandb")
@pytest.mark.usefixtures("wandb_offline")
def test_without_a_login_weights_and_biases_is_refused_unless_offline(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "online")
    services.require("wandb", "a test")
    services.check_wandb_login("logger=wandb", "offline")
    with pytest.raises(UserError, match=r"^logger=wandb: nobody is logged in to Weights & Biases: type `wandb login`"):
        services.check_wandb_login("logger=wandb")


@needs("wandb")
@pytest.mark.usefixtures("wandb_offline")
def test_a_login_that_cannot_be_checked_is_refused(monkeypatch, server):
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", server)
    services.require("wandb", "a test")
    with pytest.raises(UserError, match=r"^logger=wandb: Weights & Biases does not accept the login \("):
        services.check_wandb_login("logger=wandb")
