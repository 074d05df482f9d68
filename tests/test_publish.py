"""The means of a sweep in MLflow and Weights & Biases, read back with the services' own readers."""

import numpy as np
import pytest

from mnist_exp.errors import UserError
from mnist_exp.publish import main, publish
from mnist_exp.runs.files import write_record
from mnist_exp.services import mlflow_client
from tests.factories import record
from tests.services import needs, read_wandb, wandb_values

ACCURACIES = {"relu": (0.90, 0.92, 0.97), "mish": (0.91, 0.95, 0.99)}


@pytest.fixture
def sweep_dir(tmp_path, monkeypatch):
    """Two activations with three seeds each, and a run that failed."""
    monkeypatch.chdir(tmp_path)  # MLflow stores attached files there
    folder = tmp_path / "my sweep"
    runs = [
        record(name, seed, test=value, metrics={"test_f1": value / 2})
        for name, values in ACCURACIES.items()
        for seed, value in enumerate(values)
    ]
    for one in (*runs, record("tanh", status="failed", val=None, test=None, error="no memory")):
        (folder / one.run_name).mkdir(parents=True)
        write_record(folder / one.run_name, one)
    return folder


def check_mean(params, metrics):
    """Compare an entry with NumPy."""
    values = np.array(ACCURACIES[params["activation"]])
    assert params == {"data": "mnist", "model": "cnn", "activation": params["activation"]}
    assert metrics["n"] == 3
    assert metrics["test_acc_mean"] == pytest.approx(values.mean())
    assert metrics["test_acc_sd"] == pytest.approx(values.std(ddof=1))
    mean, half = values.mean(), 4.302653 * values.std(ddof=1) / 3**0.5
    # Student's interval on the logit scale.
    logit = np.log(mean / (1 - mean)) + half / (mean * (1 - mean))
    assert metrics["test_acc_high"] == pytest.approx(1 / (1 + np.exp(-logit)))
    assert metrics["test_f1_mean"] == pytest.approx(values.mean() / 2)
    assert metrics["train_seconds_median"] == 2.0


@pytest.mark.parametrize("service", ["mlflow", "wandb"])
def test_a_missing_package_is_named_with_its_extra(service, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        main(["nowhere", "--to", service])
    assert ended.value.code == f'Error: --to {service} needs the package {service}: pip install "mnist_exp[{service}]"'
    assert capsys.readouterr().out == ""


@needs("mlflow")
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlflow_has_an_entry_for_each_mean_also_after_publishing_twice(sweep_dir, mlflow_uri):
    first = publish(sweep_dir, "mlflow", "means", mlflow_uri)
    assert first.splitlines() == [
        f"2 means → MLflow's experiment means at {mlflow_uri}",
        f"! Runs of {sweep_dir} that have not finished: 1.",
    ]
    client = mlflow_client(mlflow_uri)
    experiment = client.get_experiment_by_name("means").experiment_id
    other = client.create_run(experiment, tags={"sweep": "my_sweep"}).info.run_id  # a single run
    assert "; earlier entries deleted: 3" in publish(sweep_dir, "mlflow", "means", mlflow_uri)
    sent = {run.info.run_name: run for run in client.search_runs([experiment]) if run.info.run_id != other}
    assert set(sent) == {"my_sweep", "mnist cnn relu", "mnist cnn mish"}
    study = sent.pop("my_sweep")
    assert {file.path for file in client.list_artifacts(study.info.run_id)} == {"comparisons.csv", "report.html"}
    for run in sent.values():
        check_mean(run.data.params, run.data.metrics)
        assert (run.info.status, run.data.tags["mlflow.parentRunId"]) == ("FINISHED", study.info.run_id)
        assert run.data.tags["command"].startswith("python -m mnist_exp -m ")
        assert client.list_artifacts(run.info.run_id) == []
    assert client.get_run(other).info.lifecycle_stage == "active"


@needs("wandb")
@pytest.mark.slow
@pytest.mark.usefixtures("wandb_offline")
def test_wandb_has_an_entry_for_each_mean_with_the_same_id_when_published_twice(sweep_dir):
    printed = publish(sweep_dir, "wandb", "means", None)
    assert printed.startswith("2 means → W&B's project means; offline, to upload: wandb sync ")
    first = {path.name for path in sweep_dir.rglob("run-*.wandb")}  # run-ID.wandb
    publish(sweep_dir, "wandb", "means", None)
    folders = sorted((sweep_dir / "wandb").glob("offline-run-*"))
    assert {path.name for path in sweep_dir.rglob("run-*.wandb")} == first
    assert len(folders) == 6
    assert len(first) == 3
    sent = {(values := wandb_values(folder))["name"]: (folder, values) for folder in folders}
    assert set(sent) == {"my_sweep", "mnist cnn relu", "mnist cnn mish"}
    assert {values["group"] for _, values in sent.values()} == {"my_sweep"}
    folder, _ = sent.pop("my_sweep")
    assert attached(folder) == {"comparisons.csv", "report.html"}
    for folder, values in sent.values():
        assert values["config"].pop("command").startswith("python -m mnist_exp -m ")
        values["config"].pop("_wandb")
        check_mean(values["config"], values["summary"])
        assert attached(folder) == set()


def attached(folder):
    """The names of the files in the artifacts of a W&B run."""
    records = [one for one in read_wandb(folder) if "artifact" in str(one)]
    return {name for name in ("comparisons.csv", "report.html") for one in records if f'path: "{name}"' in str(one)}


@needs("wandb")
@pytest.mark.usefixtures("wandb_offline")
def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(UserError, match="No finished run in"):
        publish(tmp_path, "wandb", "means", None)
