"""mnist-exp publish SWEEP_DIR --to mlflow|wandb: send the means of a finished sweep to a service.

Each row of summary.csv becomes an entry. Its parameters are data, model, activation and what was swept; its metrics
are n, mean, sd and 95 % interval of the accuracies and of metrics=…, and the median of the training seconds. One more
entry, named after the sweep, has comparisons.csv and report.html.

Publishing a sweep again replaces its entries: in MLflow the earlier ones are deleted, in W&B they are overwritten.
A sweep is known by the name of its folder, within one experiment.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_exp import services
from mnist_exp.command_line import Parser, any_text, named_path
from mnist_exp.errors import UserError
from mnist_exp.study.means import Entry, Means, read_means

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "mnist_exp_means"
SWEEP_TAG, KIND_TAG = "sweep", "mnist_exp.kind"
MEAN, STUDY = "mean", "study"  # the two kinds of entries


def to_mlflow(means: Means, experiment: str, uri: str) -> int:
    """Send the means to MLflow. Returns how many entries of an earlier time were deleted. Raises UserError."""
    services.check_mlflow_uri("--to mlflow", uri)
    client = services.mlflow_client(uri)
    experiment_id = services.mlflow_experiment(client, experiment)
    earlier = _earlier_runs(client, experiment_id, means.sweep)
    parent = _mlflow_run(client, experiment_id, means, Entry(means.sweep, {}, {}, ""), None)
    for path in means.attached:
        client.log_artifact(parent, str(path))
    for one in means.entries:
        _mlflow_run(client, experiment_id, means, one, parent)
    for run_id in earlier:  # last, so that a failure leaves them
        client.delete_run(run_id)
    return len(earlier)


def _earlier_runs(client: "MlflowClient", experiment_id: str, sweep: str) -> list[str]:
    """The ids of a sweep's entries."""
    wanted = f"tags.`{SWEEP_TAG}` = '{sweep}' and tags.`{KIND_TAG}` LIKE '%'"
    found, token = [], None
    while True:
        page = client.search_runs([experiment_id], wanted, page_token=token)
        found += [run.info.run_id for run in page]
        token = page.token
        if not token:
            return found


def _mlflow_run(client: "MlflowClient", experiment_id: str, means: Means, one: Entry, parent: str | None) -> str:
    """Send an entry. Returns its id."""
    from mlflow.entities import Metric, Param

    tags = {SWEEP_TAG: means.sweep, KIND_TAG: MEAN if parent else STUDY}
    if parent:
        tags |= {"mlflow.parentRunId": parent, "command": one.command}
    run = client.create_run(experiment_id, tags=tags, run_name=one.name)
    run_id: str = run.info.run_id
    metrics = [Metric(name, value, run.info.start_time, 0) for name, value in one.metrics.items()]
    client.log_batch(run_id, metrics, [Param(name, value) for name, value in one.params.items()])
    client.set_terminated(run_id)
    return run_id


def to_wandb(means: Means, project: str) -> str:
    """Send the means to Weights & Biases. Returns W&B's mode. Raises UserError if nobody is logged in."""
    import wandb

    services.check_wandb_login("--to wandb")
    for one in [Entry(means.sweep, {}, {}, ""), *means.entries]:
        is_study = one.name == means.sweep
        with wandb.init(
            project=project,
            group=means.sweep,
            name=one.name,
            id=hashlib.sha256(f"{means.sweep} {one.name}".encode()).hexdigest()[:16],
            resume="allow",  # the same id again overwrites
            job_type=STUDY if is_study else MEAN,
            config=one.params if is_study else one.params | {"command": one.command},
            dir=means.folder,
            settings=wandb.Settings(console="off", x_disable_stats=True),
        ) as run:
            run.summary.update(one.metrics)
            if is_study:
                artifact = wandb.Artifact(f"{means.sweep}-study", type=STUDY)
                for path in means.attached:
                    artifact.add_file(str(path))
                run.log_artifact(artifact)
            mode = "offline" if run.offline else "online"
    return mode


def publish(folder: Path, to: str, experiment: str, uri: str | None) -> str:
    """Send the means of a sweep.

    Args:
        folder: of the sweep.
        to: mlflow or wandb.
        experiment: MLflow's experiment, or W&B's project.
        uri: the address of the server; None is what the service's own environment variable says.

    Returns:
        What was sent, in one or two lines.

    Raises:
        UserError: no run has finished, or the service cannot be used.
    """
    services.require(to, f"--to {to}")
    place = uri or os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    if to == "mlflow":
        services.check_mlflow_uri("--to mlflow", place)
    means = read_means(folder)
    if to == "mlflow":
        replaced = to_mlflow(means, experiment, place)
        where = f"MLflow's experiment {experiment} at {place}"
        after = f"; earlier entries deleted: {replaced}" if replaced else ""
    else:
        mode = to_wandb(means, experiment)
        where = f"W&B's project {experiment}"
        after = f"; offline, to upload: wandb sync {folder}/wandb/offline-run-*" if mode == "offline" else ""
    unfinished = f"\n! Runs of {folder} that have not finished: {means.unfinished}." if means.unfinished else ""
    return f"{len(means.entries)} mean{'s' * (len(means.entries) != 1)} → {where}{after}{unfinished}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = Parser("publish", __doc__)
    parser.add_argument("folder", type=named_path, metavar="SWEEP_DIR")
    parser.add_argument("--to", choices=("mlflow", "wandb"), required=True, help="each needs the extra of its name")
    parser.add_argument(
        "--experiment",
        type=any_text,
        default=EXPERIMENT,
        metavar="NAME",
        help=f"MLflow's experiment or W&B's project ({EXPERIMENT})",
    )
    uri_help = "the server (MLFLOW_TRACKING_URI, else sqlite:///mlflow.db here; WANDB_BASE_URL, else wandb.ai)"
    parser.add_argument("--uri", type=any_text, help=uri_help)
    options = parser.parse_args(arguments)
    if options.uri and options.to == "wandb":
        os.environ["WANDB_BASE_URL"] = options.uri  # read once, when wandb is set up
    try:
        print(publish(options.folder, options.to, options.experiment, options.uri))
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
