"""One run from configuration to record, on the 5,000 digits; and one on the full set."""

import os

import lightning.pytorch as pl
import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from mnist_exp.data.datasets import load
from mnist_exp.data.download import find_or_download
from mnist_exp.data.module import Batches, MNISTDataModule
from mnist_exp.data.split import stratified_split
from mnist_exp.errors import UserError
from mnist_exp.runs import checkpoints, files, identity
from mnist_exp.runs.chance import percent
from mnist_exp.runs.measured_files import read_predictions
from mnist_exp.training import classifier
from mnist_exp.training.build import build_classifier
from mnist_exp.training.fast_loop import FastClassifier
from mnist_exp.training.run import run
from tests.conftest import QUICK
from tests.factories import data_config, quick_first

SOURCES = ("split", "weights", "order", "noise")
# What a seed decides: the training images, the initial weights, the order of the images, and what dropout sets to 0.
SEEDS = {
    "split": ("data.split_seed=0", "data.split_seed=1"),
    "weights": ("seeds.weights=1", "seeds.weights=2"),
    "order": ("seed=0", "seeds.order=1"),
    "noise": ("seeds.noise=1", "seeds.noise=2"),
}


@pytest.fixture
def drawn(plain, tmp_path, monkeypatch):
    """drawn("seed=1") is what each source decided in a run of 200 images: a value for each of SOURCES."""
    found = {}

    def building(config, steps_per_epoch):
        found["weights"] = tensors((module := build_classifier(config, steps_per_epoch)).state_dict().values())
        return module

    def splitting(labels, val_size, seed):
        found["split"] = tensors(parts := stratified_split(labels, val_size, seed))
        return parts

    class RecordedBatches(Batches):
        def __iter__(self):
            for images, labels in super().__iter__():
                if self.generator is not None:
                    found["order"].append(labels.tolist())
                yield images, labels

    def note_dropped(layer, _, output):
        if isinstance(layer, torch.nn.Dropout) and layer.training:
            found["noise"].append((output == 0).tolist())  # tanh is never exactly 0

    def tensors(values):
        return [torch.as_tensor(value).tolist() for value in values]

    def run_once(*overrides):
        found.update(order=[], noise=[])
        small = ["data.val_size=3800", "data.batch_size=50", "model.hidden=[8]", "model.activation=tanh"]
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        run(plain(*QUICK, *small, "model.dropout=0.5", "diagnostics.probe_every=0", *overrides), folder, [])
        return {source: str(found[source]) for source in SOURCES}

    monkeypatch.setattr("mnist_exp.training.run.build_classifier", building)
    monkeypatch.setattr("mnist_exp.data.module.stratified_split", splitting)
    monkeypatch.setattr("mnist_exp.data.module.Batches", RecordedBatches)
    hook = torch.nn.modules.module.register_module_forward_hook(note_dropped)
    yield run_once
    hook.remove()


@pytest.mark.parametrize("loop", quick_first(1, ["callbacks=[]", "callbacks=[lr_monitor]"]))
@pytest.mark.parametrize("source", SOURCES)
def test_the_seed_of_a_source_changes_that_source_alone(drawn, source, loop):
    a, b = (drawn(loop, override) for override in SEEDS[source])
    assert len(a["noise"]) > 1000
    if source == "split":  # other images at the same places have other labels
        del a["order"]
    assert [name for name, values in a.items() if values != b[name]] == [source]


def test_without_seeds_of_their_own_all_sources_follow_the_seed_as_before(drawn, monkeypatch):
    seeded = []
    monkeypatch.setattr(pl, "seed_everything", lambda seed, **_: seeded.append(seed))
    drawn("seed=3")
    assert seeded == [3]
    drawn("seed=3", "seeds.order=1")
    assert seeded == [3, 3]
    drawn("seed=3", "seeds.noise=4")
    drawn("seed=3", "seeds.weights=5")
    assert seeded[2:] == [3, 4, 5, 3]


@pytest.fixture(scope="module")
def finished(plain, tmp_path_factory):
    """A run whose last epoch is not its best, its directory and its record as read back."""

    def zero_weights_in_epoch_4(self):
        if self.current_epoch == 3:
            with torch.no_grad():
                for parameter in self.parameters():
                    parameter.zero_()

    run_dir = tmp_path_factory.mktemp("run")
    overrides = [*QUICK, "trainer.max_epochs=4", "seed=3", "schedule=constant", "optimizer.lr=0.003"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(classifier.LitClassifier, "on_train_epoch_start", zero_weights_in_epoch_4)
        run(plain(*overrides), run_dir, overrides)
    result = files.read_record(run_dir)
    assert result.best_epoch < result.epochs
    return run_dir, result


def test_the_record_has_the_settings_of_the_run(finished):
    _, result = finished
    found = [getattr(result, key) for key in ("status", "error", "data", "train_size", "model", "activation", "seed")]
    assert found == ["ok", None, "mnist5k", 3500, "mlp", "relu", 3]
    assert (result.parameters, result.epochs, result.lr, result.batch_size) == (79_510, 4, 0.003, 128)
    assert (result.device, result.precision) == ("cpu", "32-true")
    assert result.key == identity.key(result.config)
    assert "trainer.max_epochs=4" in result.overrides


def test_the_accuracies_are_fractions_and_beat_chance(finished):
    _, result = finished
    assert all(0.5 < getattr(result, key) <= 1 for key in ("train_acc", "val_acc", "test_acc"))
    assert 0 < result.train_seconds < result.total_seconds


def test_the_numbers_are_those_of_the_best_epoch(finished):
    _, result = finished
    best = max(result.history, key=lambda row: row["val_acc"])
    assert result.best_epoch == best["epoch"]
    assert all(getattr(result, key) == best[key] for key in ("train_acc", "train_loss", "val_acc", "val_loss"))
    assert [row["epoch"] for row in result.history] == [1, 2, 3, 4]


def test_the_test_numbers_agree_with_the_predictions_on_disk(finished):
    run_dir, result = finished
    labels, probabilities = read_predictions(run_dir)
    correct = (probabilities.argmax(1) == labels).sum()
    assert result.test_acc == correct / 1000
    assert np.trace(result.per_class["confusion"]) == correct
    own = probabilities[np.arange(1000), labels].astype(float)
    assert result.test_loss == pytest.approx(-np.log(np.maximum(own, 1e-7)).mean(), abs=0.01)


def test_the_checkpoint_gives_the_same_test_accuracy(finished):
    run_dir, result = finished
    torch.load(files.existing_checkpoint(run_dir), weights_only=True)
    test = load(data_config())[1]
    with torch.inference_mode():
        predicted = checkpoints.load_model(run_dir)(torch.from_numpy(test.images).unsqueeze(1)).argmax(1).numpy()
    assert (predicted == test.labels).mean() == result.test_acc


def test_the_validation_numbers_agree_with_the_checkpoint(finished, plain):
    run_dir, result = finished
    data = MNISTDataModule.from_config(plain("data=mnist5k"))
    data.setup()
    with torch.inference_mode():
        logits = checkpoints.load_model(run_dir)(torch.from_numpy(data.val.images).unsqueeze(1))
    labels = torch.from_numpy(data.val.labels).long()
    assert result.val_acc == pytest.approx((logits.argmax(1) == labels).float().mean().item())
    assert result.val_loss == pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item(), abs=1e-4)


def test_a_run_directory_holds_what_the_contract_says(finished):
    run_dir, _ = finished
    assert {"result.json", "predictions.npz", "checkpoints"} <= {path.name for path in run_dir.iterdir()}
    assert len(list(run_dir.glob("events.out.tfevents.*"))) == 1
    assert [path.name for path in (run_dir / "checkpoints").iterdir()] == ["best.ckpt"]


def test_tensorboard_has_the_curves_the_graph_and_one_hparams_row(finished):
    run_dir, result = finished
    events = EventAccumulator(str(run_dir), size_guidance={"scalars": 0}).Reload()
    curves = {tag: [e.value for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    for name in ("train/loss", "train/acc", "val/loss", "val/acc"):
        assert curves[name] == pytest.approx([row[name.replace("/", "_")] for row in result.history])
    assert curves["epoch_seconds"] == pytest.approx([row["seconds"] for row in result.history])
    assert curves["lr"] == pytest.approx([0.003] * len(curves["lr"]))
    assert curves["final/test_acc"][-1] == pytest.approx(result.test_acc)
    assert b"dense1_act" in events.Graph().SerializeToString()
    (content,) = (events.PluginTagToContent("hparams")["_hparams_/session_start_info"],)
    row = HParamsPluginData.FromString(content).session_start_info.hparams
    assert {key: getattr(value, value.WhichOneof("kind")) for key, value in row.items()} == {
        **{"activation": "relu", "model": "mlp", "seed": 3.0, "lr": pytest.approx(0.003), "data": "mnist5k"},
        **{"max_epochs": 4.0, "precision": "32-true", "accelerator": "cpu", "schedule": "constant"},
    }


def test_a_run_that_does_not_learn_says_so_after_its_summary(plain, tmp_path, caplog):
    with caplog.at_level("INFO", "mnist_exp"):
        result = run(plain(*QUICK, "optimizer.lr=1000"), tmp_path, [])
    assert result.status == "ok"
    summary, warning = caplog.records[-2:]
    assert summary.getMessage().startswith("test ")
    assert warning.levelname == "WARNING"
    assert warning.getMessage() == (
        f"! mlp relu did not learn: test accuracy {percent(result.test_acc)}, chance is 10 %."
    )


def test_a_run_that_learns_has_no_such_line(plain, tmp_path, caplog):
    with caplog.at_level("INFO", "mnist_exp"):
        run(plain(*QUICK), tmp_path, [])
    assert "did not learn" not in caplog.text


@pytest.mark.slow
def test_the_same_command_twice_gives_the_same_numbers(plain, tmp_path):
    overrides = [*QUICK, "model=cnn", "model.channels=[4,8]", "model.dropout=0.3", "data.augment.shift=2"]
    first, second = (run(plain(*overrides), tmp_path / name, overrides) for name in "ab")
    numbers = ("train_acc", "train_loss", "val_acc", "val_loss", "test_acc", "test_loss")
    assert [getattr(first, n) for n in numbers] == [getattr(second, n) for n in numbers]


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["trainer.gradient_clip=0.05", "optimizer=sgd", "schedule=cosine"],
        ["trainer.precision=bf16-mixed", "trainer.gradient_clip=0.05"],
    ],
)
def test_a_run_has_the_loss_of_a_loop_without_lightning(plain, tmp_path, overrides):
    """The same steps written out, without Lightning: the same loss to the last digit."""
    config = plain(*QUICK, *overrides, "trainer.max_epochs=2", "data.val_size=0", "data.batch_size=32")
    pl.seed_everything(config.seed, verbose=False)
    data = MNISTDataModule.from_config(config)
    model = build_classifier(config)
    data.setup()
    made = model.optimizer_and_schedule(steps=2 * 125)
    optimizer, schedule = made["optimizer"], made["lr_scheduler"]["scheduler"]
    images, labels = torch.from_numpy(data.train.images).unsqueeze(1), torch.from_numpy(data.train.labels).long()
    order, half = torch.Generator().manual_seed(config.seed), "bf16" in str(overrides)
    for _ in range(2):
        for chosen in torch.randperm(4000, generator=order).split(32):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                logits = model(images[chosen])
            torch.nn.functional.cross_entropy(logits.float(), labels[chosen]).backward()
            if overrides:
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.05)
            optimizer.step()
            schedule.step()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits = model.eval()(torch.from_numpy(data.test.images).unsqueeze(1)).float()
    expected = torch.nn.functional.cross_entropy(logits, torch.from_numpy(data.test.labels).long()).item()
    assert run(config, tmp_path, []).test_loss == pytest.approx(expected, rel=1e-6)


def test_a_gradient_may_be_clipped_in_half_precision(plain, tmp_path):
    overrides = [*QUICK, "trainer.precision=bf16-mixed", "trainer.gradient_clip=0.5"]
    assert run(plain(*overrides), tmp_path, overrides).test_acc > 0.6


@pytest.mark.slow
def test_another_seed_gives_other_numbers(plain, tmp_path, finished):
    overrides = [o for o in finished[1].overrides if not o.startswith("seed=")]
    other = run(plain(*overrides, "seed=4"), tmp_path, [])
    assert other.test_loss != finished[1].test_loss


@pytest.mark.slow
@pytest.mark.parametrize(
    "override",
    ["optimizer=sgd", "optimizer=adamw", "schedule=cosine", "schedule=constant",
     "loss.label_smoothing=0.1", "model.batch_norm=true", "model=mlp", "model.hidden=[30,20]"],
)  # fmt: skip
def test_every_kind_of_training_learns(plain, tmp_path, override):
    faster = "optimizer.lr=0.05" if "sgd" in override else "optimizer.lr=0.003"
    assert run(plain(*QUICK, faster, override), tmp_path, []).test_acc > 0.6


@pytest.mark.slow
def test_label_smoothing_is_not_in_the_reported_loss(plain, tmp_path):
    """Smoothing by 0.5 keeps the smoothed loss above 1.3 whatever the network does; the plain one can go below."""
    smoothed = run(plain(*QUICK, "trainer.max_epochs=3", "loss.label_smoothing=0.5"), tmp_path, [])
    assert smoothed.val_loss < 1.2


def test_early_stopping_ends_a_run_that_no_longer_improves(plain, tmp_path):
    overrides = [*QUICK, "optimizer.lr=1e-9", "trainer.max_epochs=9", "trainer.early_stopping=2"]
    stopped = run(plain(*overrides), tmp_path, [])
    assert (stopped.status, stopped.epochs, stopped.best_epoch) == ("ok", 3, 1)


def test_without_a_validation_set_the_last_epoch_is_kept(plain, tmp_path):
    result = run(plain(*QUICK, "data.val_size=0", "trainer.max_epochs=2"), tmp_path, [])
    assert (result.train_size, result.val_acc, result.val_loss, result.best_epoch) == (4000, None, None, 2)
    assert result.test_acc > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [[], ["data.val_size=0"]])
def test_testing_each_epoch_changes_no_number_and_records_a_value_per_epoch(plain, tmp_path, overrides):
    overrides = [*QUICK, "trainer.max_epochs=2", "model.dropout=0.3", *overrides]
    without = run(plain(*overrides), tmp_path / "blind", [])
    with_test = run(plain(*overrides, "diagnostics.test_each_epoch=true"), tmp_path / "seen", [])
    numbers = ("key", "train_loss", "val_loss", "test_loss", "best_epoch")
    assert [getattr(without, n) for n in numbers] == [getattr(with_test, n) for n in numbers]
    best = with_test.history[with_test.best_epoch - 1]
    assert best["test_acc"] == pytest.approx(with_test.test_acc)
    assert best["test_loss"] == pytest.approx(with_test.test_loss, rel=1e-5)
    assert all("test_acc" not in row for row in without.history)


@pytest.mark.slow
def test_a_directory_used_again_holds_only_the_new_run(plain, tmp_path):
    run(plain(*QUICK, "seed=1"), tmp_path, [])
    (tmp_path / "notes.txt").write_text("mine")
    again = run(plain(*QUICK, "seed=2"), tmp_path, [])
    labels, probabilities = read_predictions(tmp_path)
    assert files.read_record(tmp_path).test_acc == again.test_acc == (probabilities.argmax(1) == labels).mean()
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["best.ckpt"]
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 1
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "64-true"])
def test_every_precision_of_a_cpu_trains(plain, tmp_path, precision):
    result = run(plain(*QUICK, f"trainer.precision={precision}"), tmp_path, [])
    assert (result.precision, result.test_acc > 0.6) == (precision, True)


@pytest.mark.parametrize(("overrides", "line"), [("trainer.precision=16-mixed", "needs a GPU: use bf16-mixed")])
def test_a_precision_that_a_cpu_does_not_have_is_refused(plain, tmp_path, overrides, line):
    with pytest.raises(UserError, match=line):
        run(plain(*QUICK, overrides), tmp_path, [])


def test_divergence_is_recorded_with_null_for_every_number(plain, tmp_path):
    with pytest.raises(classifier.DivergedError):
        run(plain(*QUICK, "optimizer=sgd", "optimizer.lr=1e9"), tmp_path, [])
    result = files.read_record(tmp_path)
    assert result.status == "diverged"
    assert result.error.startswith("diverged: train_loss became nan in epoch 1; a smaller optimizer.lr")
    assert {getattr(result, k) for k in ("train_acc", "val_acc", "val_loss", "test_acc", "test_loss")} == {None}
    assert (result.train_size, result.epochs, result.history) == (3500, 0, [])
    events = EventAccumulator(str(tmp_path)).Reload()
    assert np.isnan([e.value for e in events.Scalars("final/test_acc")]).all()  # and not 0 in the HParams table


def test_an_absent_accelerator_is_recorded_as_a_failure(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match="PyTorch sees no such device here"):
        run(plain(*QUICK, "trainer.accelerator=mps"), tmp_path, [])
    assert files.read_record(tmp_path).status == "failed"


def test_ctrl_c_leaves_no_result_and_says_so(plain, tmp_path, monkeypatch, caplog):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(FastClassifier, "training_step", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(plain(*QUICK), tmp_path, [])
    assert files.read_record(tmp_path) is None
    assert "has no result.json" in caplog.text


@pytest.mark.slow
@pytest.mark.full_data
def test_a_short_training_on_full_mnist_passes_98_percent(plain, tmp_path):
    overrides = ["model.channels=[16,32]", "trainer.max_epochs=1", "seed=1"]
    assert find_or_download("mnist", os.environ["MNIST_ROOT"], False) == "mnist"
    result = run(plain(*overrides), tmp_path, overrides)
    assert (result.data, result.train_size) == ("mnist", 55_000)
    assert result.test_acc > 0.98


UNDEFINED = """
import torch
from torchmetrics import Metric
class Undefined(Metric):
    def update(self, logits, labels): pass
    def compute(self): return torch.tensor(float("nan"))
"""


@pytest.fixture(scope="module")
def measured(plain, tmp_path_factory):
    """A run of two epochs with two metrics, one of which is never a number, and its record as read back."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "my.py").write_text(UNDEFINED)
    overrides = [*QUICK, "trainer.max_epochs=2", f"metrics=[recall,'{folder}/my.py:Undefined']"]
    (folder / "run").mkdir()
    run(plain(*overrides), folder / "run", overrides)
    return folder / "run", files.read_record(folder / "run")


def test_configured_metrics_are_in_the_record_and_in_every_row_of_the_history(measured):
    _, result = measured
    best = result.history[result.best_epoch - 1]
    assert result.metrics["val_recall"] == best["val_recall"]
    assert result.metrics["train_recall"] == best["train_recall"]
    assert result.metrics["test_recall"] == pytest.approx(np.mean(result.per_class["recall"]))
    assert all({"train_recall", "val_recall"} <= set(row) for row in result.history)


def test_a_metric_that_is_not_a_number_is_null_and_the_run_does_not_diverge(measured):
    _, result = measured
    assert (result.status, result.epochs) == ("ok", 2)
    assert {result.metrics[f"{stage}_Undefined"] for stage in ("train", "val", "test")} == {None}
    assert [row["val_Undefined"] for row in result.history] == [None, None]


def test_tensorboard_has_the_configured_metrics(measured):
    run_dir, result = measured
    events = EventAccumulator(str(run_dir), size_guidance={"scalars": 0}).Reload()
    assert [e.value for e in events.Scalars("val/recall")] == pytest.approx(
        [row["val_recall"] for row in result.history]
    )
    assert events.Scalars("final/test_recall")[-1].value == pytest.approx(result.metrics["test_recall"])


def test_metrics_do_not_change_the_numbers_of_a_run(measured, plain, tmp_path):
    _, result = measured
    without = run(plain(*QUICK, "trainer.max_epochs=2"), tmp_path, [])
    assert (without.val_loss, without.test_loss) == (result.val_loss, result.test_loss)
    assert (without.metrics, without.key != result.key) == ({}, True)
