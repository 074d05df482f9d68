"""Runs in MLflow and Weights & Biases, read back with the services' own readers."""

import re

import pytest
from lightning.pytorch.loggers import CSVLogger, WandbLogger

from mnist_exp.errors import UserError
from mnist_exp.runs.files import read_record
from mnist_exp.runs.identity import run_name
from mnist_exp.services import mlflow_client
from mnist_exp.training import service_loggers
from mnist_exp.training.classifier import DivergedError
from mnist_exp.training.fast_loop import first_unsupported
from mnist_exp.training.run import run
from mnist_exp.training.service_loggers import RunLabels, labels, package_of, service_run
from mnist_exp.training.tensorboard import final_metrics, hyperparameters
from mnist_exp.training.trainer import Extras, make_loggers
from tests.conftest import QUICK
from tests.factories import record
from tests.services import needs, wandb_values

pytestmark = pytest.mark.slow

DIVERGES = ["optimizer=sgd", "optimizer.lr=1e30", "schedule=constant"]


def test_a_run_in_a_sweep_has_the_name_of_its_folder_and_of_the_sweep(tmp_path):
    one = record()
    in_sweep = labels(one, tmp_path / "grid" / one.run_name)
    assert (in_sweep.name, in_sweep.sweep) == (one.run_name, "grid")
    assert labels(one, tmp_path / "single" / "2026-01-01_cnn").sweep is None


def test_loggers_of_services_are_found_by_their_class(plain):
    specs = plain("logger=[wandb,mlflow,csv,tensorboard]").logger
    assert {name: package_of(spec) for name, spec in specs.items()} == {
        **{"wandb": "wandb", "mlflow": "mlflow", "csv": None, "tensorboard": None}
    }
    assert package_of({"_target_": "lightning.pytorch.loggers:WandbLogger"}) == "wandb"


@pytest.mark.parametrize("name", ["wandb", "mlflow"])
def test_a_missing_package_is_named_before_anything_is_trained(plain, monkeypatch, name):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(
        UserError, match=rf'^logger={name} needs the package {name}: pip install "mnist_exp\[{name}\]"$'
    ):
        service_loggers.check(name, plain(f"logger={name}").logger[name])


def test_other_loggers_are_left_alone(tmp_path):
    logger = CSVLogger(tmp_path)
    with service_run(logger, record(), closes=True):
        pass
    assert list(tmp_path.iterdir()) == []


@needs("wandb")
@pytest.mark.usefixtures("wandb_offline")
class TestWeightsAndBiases:
    """Offline: its files are read."""

    @pytest.fixture
    def overrides(self):
        return [*QUICK, "logger=[wandb]", "logger.wandb.offline=true", "metrics=[f1]"]

    def run_in_sweep(self, plain, folder, overrides):
        """Run, and return what W&B has of it and the record."""
        run_dir = folder / "sweep1" / run_name(plain(*overrides))
        run_dir.mkdir(parents=True)
        try:
            run(plain(*overrides), run_dir, overrides)
        finally:
            self.sent = wandb_values(run_dir)
        return self.sent, read_record(run_dir)

    def test_a_run_has_its_name_its_sweep_its_settings_and_its_metrics(self, plain, tmp_path, overrides):
        sent, result = self.run_in_sweep(plain, tmp_path, overrides)
        assert (sent["project"], sent["name"], sent["group"]) == ("mnist_exp", result.run_name, "sweep1")
        assert {key: sent["config"][key] for key in hyperparameters(result)} == hyperparameters(result)
        finals = final_metrics(result)
        assert {"final/test_acc", "final/test_f1"} <= set(finals)
        assert {name: sent["summary"][name] for name in finals} == pytest.approx(finals)
        assert sent["summary"]["val/f1"] == pytest.approx(result.metrics["val_f1"])
        assert (sent["summary"]["status"], sent["exit_code"]) == ("ok", 0)

    def test_every_run_is_one_of_its_own(self, plain, tmp_path, overrides):
        first, _ = self.run_in_sweep(plain, tmp_path, overrides)
        second, _ = self.run_in_sweep(plain, tmp_path, [*overrides, "seed=1"])
        assert (first["config"]["seed"], second["config"]["seed"]) == (0, 1)
        assert first["name"] != second["name"]

    def test_a_run_that_diverges_is_closed_as_failed(self, plain, tmp_path, overrides):
        with pytest.raises(DivergedError):
            self.run_in_sweep(plain, tmp_path, [*overrides, *DIVERGES])
        assert (self.sent["summary"]["status"], self.sent["exit_code"]) == ("diverged", 1)

    def test_the_run_of_a_logger_that_the_user_made_stays_open(self, plain, tmp_path):
        logger = WandbLogger(save_dir=tmp_path, offline=True, mode="offline")
        run(plain(*QUICK, "logger=[]"), tmp_path, [], Extras(loggers=[logger]))
        assert logger.experiment._is_finished is False
        logger.experiment.finish()
        sent = wandb_values(tmp_path)
        assert (sent["exit_code"], sent["config"]["activation"], sent["summary"]["status"]) == (0, "relu", "ok")

    def test_the_numbers_and_the_fast_loop_stay(self, plain, tmp_path, overrides, caplog):
        caplog.set_level("INFO", "mnist_exp")
        _, result = self.run_in_sweep(plain, tmp_path, overrides)
        (tmp_path / "plain").mkdir()
        without = run(plain(*QUICK), tmp_path / "plain", [])
        assert (without.val_loss, without.test_loss) == (result.val_loss, result.test_loss)
        assert "fast loop" not in caplog.text
        (logger,) = make_loggers(plain(*overrides).logger, RunLabels(tmp_path))
        assert first_unsupported([logger]) is None

    def test_a_service_that_fails_at_the_end_does_not_cost_the_run(
        self, plain, tmp_path, overrides, monkeypatch, caplog
    ):
        def no_room(_):
            raise OSError("no room")

        monkeypatch.setattr(service_loggers, "final_metrics", no_room)
        run(plain(*overrides), tmp_path, overrides)
        assert read_record(tmp_path).status == "ok"
        assert "WandbLogger: the end of the run could not be sent: OSError: no room" in caplog.text
        assert wandb_values(tmp_path)["exit_code"] == 0


@needs("mlflow")
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestMLflow:
    """A database in a file, read through MLflow's client."""

    @pytest.fixture
    def overrides(self, mlflow_uri, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)  # MLflow may store files there
        return [*QUICK, "logger=[mlflow]", f"logger.mlflow.tracking_uri='{mlflow_uri}'", "metrics=[f1]"]

    def run_in_sweep(self, plain, folder, overrides, experiment):
        """Run, and return what MLflow has of it and the record."""
        overrides = [*overrides, f"logger.mlflow.experiment_name={experiment}"]
        config = plain(*overrides)
        service_loggers.check("mlflow", config.logger["mlflow"])
        run_dir = folder / "sweep1" / run_name(config)
        run_dir.mkdir(parents=True)
        try:
            run(config, run_dir, overrides)
        finally:
            client = mlflow_client(config.logger["mlflow"]["tracking_uri"])
            (self.sent,) = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
            self.curve = [point.value for point in client.get_metric_history(self.sent.info.run_id, "lr")]
        return self.sent, read_record(run_dir)

    def test_a_run_has_its_name_its_sweep_its_settings_and_its_metrics(self, plain, tmp_path, overrides):
        sent, result = self.run_in_sweep(plain, tmp_path, overrides, "whole")
        assert (sent.info.run_name, sent.info.status) == (result.run_name, "FINISHED")
        assert (sent.data.tags["sweep"], sent.data.tags["status"]) == ("sweep1", "ok")
        assert sent.data.params == {name: str(value) for name, value in hyperparameters(result).items()}
        finals = final_metrics(result)
        assert {name: sent.data.metrics[name] for name in finals} == pytest.approx(finals)
        assert sent.data.metrics["val/f1"] == pytest.approx(result.metrics["val_f1"])
        assert len(self.curve) == 3  # a value for every tenth of 28 steps

    def test_a_run_that_diverges_is_closed_as_failed(self, plain, tmp_path, overrides):
        with pytest.raises(DivergedError):
            self.run_in_sweep(plain, tmp_path, [*overrides, *DIVERGES], "diverges")
        assert (self.sent.info.status, self.sent.data.tags["status"]) == ("FAILED", "diverged")

    def test_a_run_that_is_interrupted_is_closed_as_killed(self, plain, tmp_path, overrides, monkeypatch):
        def press_ctrl_c(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr("mnist_exp.training.run.note_best", press_ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            self.run_in_sweep(plain, tmp_path, overrides, "interrupted")
        assert (self.sent.info.status, self.sent.data.tags["status"]) == ("KILLED", "interrupted")

    def test_an_argument_that_the_logger_does_not_have_is_refused(self, plain, overrides):
        spec = plain(*overrides, "+logger.mlflow.projct=x").logger["mlflow"]
        with pytest.raises(UserError, match=r"^logger=mlflow has no argument 'projct'"):
            service_loggers.check("mlflow", spec)


@needs("wandb")
@needs("mlflow")
@pytest.mark.slow
def test_the_output_of_a_run_is_the_same_with_every_logger(shell):
    def output(logger):
        ran = shell(*QUICK, "diagnostics.figures=false", f"logger=[{logger}]", WANDB_MODE="offline")
        assert (ran.returncode, ran.stderr) == (0, "")
        return re.sub(r"\d+\.\d s|multirun.*", "", ran.stdout)

    assert output("tensorboard") == output("wandb") == output("mlflow") != ""
