"""The module in ordinary Lightning: a plain Trainer, checkpoints, other callbacks and loggers."""

import math

import lightning.pytorch as pl
import pytest
import torch
import torch.nn.functional as F
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader

from mnist_exp import runtime
from mnist_exp.data.module import MNISTDataModule
from mnist_exp.errors import UserError
from mnist_exp.training.classifier import DivergedError, LitClassifier

TINY = ["data=mnist5k", "model=mlp", "model.hidden=[16]", "trainer.accelerator=cpu"]


@pytest.fixture(autouse=True)
def quiet():
    runtime.silence_lightning()


@pytest.fixture
def made(plain):
    """made("model=cnn") is the module and the data of a configuration, after seeding."""

    def make(*overrides: str) -> tuple[LitClassifier, MNISTDataModule]:
        config = plain(*TINY, *overrides)
        pl.seed_everything(config.seed, verbose=False)
        return LitClassifier.from_config(config), MNISTDataModule.from_config(config)

    return make


def digits(n: int) -> torch.Tensor:
    return torch.randint(0, 256, (n, 1, 28, 28), dtype=torch.uint8)


def trainer(folder, **settings) -> pl.Trainer:
    off = {"enable_progress_bar": False, "enable_model_summary": False, "num_sanity_val_steps": 0, "logger": False}
    off["enable_checkpointing"] = "callbacks" in settings
    return pl.Trainer(**{"max_epochs": 1, "accelerator": "cpu", "default_root_dir": folder} | off | settings)


def test_a_plain_trainer_trains_validates_and_tests(made, tmp_path):
    module, data = made()
    plain = trainer(tmp_path, max_epochs=2, logger=CSVLogger(tmp_path), num_sanity_val_steps=2)
    plain.fit(module, datamodule=data)
    (results,) = plain.test(module, datamodule=data, verbose=False)
    assert results["test/acc"] > 0.7
    assert [row["epoch"] for row in module.history] == [1, 2]
    assert module.history[-1]["val_acc"] > 0.7
    logits, labels = module.test_predictions
    assert results["test/loss"] == pytest.approx(F.cross_entropy(logits, labels).item())
    assert "val/acc" in next(tmp_path.rglob("metrics.csv")).read_text()


def test_training_step_returns_the_loss_of_a_batch(made):
    module, data = made("loss.label_smoothing=0.2")
    data.setup()
    images, labels = next(iter(data.train_dataloader()))
    expected = F.cross_entropy(module(images), labels, label_smoothing=0.2)
    assert torch.equal(module.training_step((images, labels), 0), expected)
    assert expected.requires_grad


@pytest.mark.slow
def test_a_module_is_loaded_from_its_checkpoint(made, tmp_path):
    module, data = made("model=cnn", "model.channels=[3,4]", "optimizer=muon")
    plain = trainer(tmp_path)
    plain.fit(module, datamodule=data)
    plain.save_checkpoint(tmp_path / "module.ckpt")
    again = LitClassifier.load_from_checkpoint(tmp_path / "module.ckpt", weights_only=True)
    images = digits(3)
    assert torch.equal(again.eval()(images), module.eval()(images))
    assert again.optimizer_config == module.optimizer_config
    assert again.hparams["model"]["channels"] == [3, 4]


def test_nothing_that_a_checkpoint_names_is_called_unless_it_is_of_the_right_kind(made, tmp_path):
    module, _ = made()
    stolen = {"x": {"_target_": "os:system", "command": f"touch {tmp_path / 'called'}"}}
    with pytest.raises(UserError, match=r"os:system: is part of Python itself"):
        LitClassifier(**{**module.hparams, "metrics": stolen})
    network = {**module.hparams["model"], "_target_": "os.system"}
    with pytest.raises(UserError, match=r"os:system: is part of Python itself"):
        LitClassifier(**{**module.hparams, "model": network})
    assert not (tmp_path / "called").exists()


def test_the_settings_in_a_checkpoint_of_an_earlier_version_are_understood(made):
    module, _ = made()
    earlier = {name: dict(value) if isinstance(value, dict) else value for name, value in module.hparams.items()}
    del earlier["model"]["activation_options"], earlier["metrics"]  # which it did not have
    assert LitClassifier(**earlier).model_config == module.model_config


@pytest.mark.parametrize(
    "optimizer", ["adam", *(pytest.param(n, marks=pytest.mark.slow) for n in ("sgd", "adamw", "muon"))]
)
def test_training_resumes_from_a_checkpoint(made, tmp_path, optimizer):
    """Two epochs in one go, and two with a stop between: the optimizer's state is in the checkpoint."""
    whole, data = made(f"optimizer={optimizer}", "schedule=constant")
    batches = fixed_batches(data)
    trainer(tmp_path, max_epochs=2).fit(whole, batches, batches)
    first, _ = made(f"optimizer={optimizer}", "schedule=constant")
    stopped = trainer(tmp_path)
    stopped.fit(first, batches, batches)
    stopped.save_checkpoint(tmp_path / "epoch1.ckpt")
    second, _ = made(f"optimizer={optimizer}", "schedule=constant")
    trainer(tmp_path, max_epochs=2).fit(second, batches, batches, ckpt_path=tmp_path / "epoch1.ckpt", weights_only=True)
    for one, other in zip(whole.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Checkpoint directory .* is not empty")
def test_a_data_module_continues_its_batches_when_training_resumes(made, tmp_path):
    """The third of three epochs, resumed from the checkpoint of the second: in a new order, with new shifts."""
    overrides = ("data.augment.shift=2", "data.batch_size=128")
    (whole, data), folder = made(*overrides), tmp_path / "kept"
    saving = ModelCheckpoint(folder, filename="{epoch}", save_top_k=-1)
    straight = trainer(tmp_path, max_epochs=3, callbacks=[saving])
    straight.fit(whole, datamodule=data)
    resumed, data = made(*overrides)
    again = trainer(tmp_path, max_epochs=3, callbacks=[saving])
    again.fit(resumed, datamodule=data, ckpt_path=folder / "epoch=1.ckpt")
    assert again.global_step == straight.global_step == 84
    assert resumed.history[-1] == whole.history[-1]
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


def fixed_batches(data) -> DataLoader:
    """In a fixed order: a data module's order goes on from epoch to epoch."""
    data.setup()
    return DataLoader(list(data.train_dataloader()), batch_size=None)


def test_a_ready_made_checkpoint_callback_saves_between_epochs(made, tmp_path):
    module, data = made()
    saving = ModelCheckpoint(tmp_path, every_n_train_steps=10, save_top_k=-1)
    trainer(tmp_path, callbacks=[saving]).fit(module, datamodule=data)
    assert sorted(path.stem for path in tmp_path.glob("*.ckpt")) == ["epoch=0-step=10", "epoch=0-step=20"]


@pytest.mark.filterwarnings("ignore:.*max_epochs.*")
def test_a_schedule_needs_a_known_number_of_steps(made, tmp_path):
    module, data = made("schedule=cosine")
    with pytest.raises(UserError, match=r"schedule=cosine needs .* max_epochs or max_steps, or use schedule=constant"):
        trainer(tmp_path, max_epochs=-1, max_time={"seconds": 1}).fit(module, datamodule=data)


def test_a_constant_rate_needs_no_number_of_steps(made, tmp_path):
    module, data = made("schedule=constant")
    stop = EarlyStopping("val/acc", mode="max", stopping_threshold=0.1)
    trainer(tmp_path, max_epochs=-1, callbacks=[stop]).fit(module, datamodule=data)
    assert len(module.history) == 1


def test_bf16_with_a_clipped_gradient_works_in_a_plain_trainer(made, tmp_path):
    module, data = made()
    trainer(tmp_path, precision="bf16-mixed", gradient_clip_val=0.5).fit(module, datamodule=data)
    assert module.history[0]["val_acc"] > 0.5


def test_a_loss_that_is_not_finite_ends_training(made, tmp_path):
    module, data = made("optimizer=sgd", "optimizer.lr=1e9")
    with pytest.raises(DivergedError, match="train_loss became nan in epoch 1"):
        trainer(tmp_path).fit(module, datamodule=data)


def test_other_shapes_and_numbers_of_classes(plain):
    config = plain("model=cnn")
    module = LitClassifier(
        *(config.model, config.optimizer, config.schedule),
        **{"input_shape": (3, 32, 32), "num_classes": 4, "mean": 0.5, "std": 0.25, "label_smoothing": 0.0},
    )
    assert module(torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)).shape == (2, 4)
    assert module.standardise(torch.tensor([0.0, 255.0])).tolist() == pytest.approx([-2.0, 2.0])
    assert not math.isnan(module.standardise.scale.item())


def test_intermediates_are_the_outputs_of_the_layers(plain):
    classifier, images = LitClassifier.from_config(plain("model=cnn")).eval(), digits(3)
    found = classifier.intermediates(images, ["conv1", "pool2", "logits"])
    assert {name: tuple(x.shape) for name, x in found.items()} == {
        "conv1": (3, 32, 26, 26),
        "pool2": (3, 64, 5, 5),
        "logits": (3, 10),
    }
    assert torch.equal(found["logits"], classifier(images))


def test_an_unknown_intermediate_is_refused(plain):
    with pytest.raises(KeyError, match="conv9"):
        LitClassifier.from_config(plain("model=cnn")).intermediates(digits(3), ["conv1", "conv9"])


def test_the_pixels_are_standardised(plain):
    black, white = torch.tensor([0, 255], dtype=torch.uint8)
    scaled = LitClassifier.from_config(plain("model=softmax")).standardise(torch.stack([black, white]))
    assert scaled.tolist() == pytest.approx([-0.1307 / 0.3081, (1 - 0.1307) / 0.3081])


def test_label_smoothing_equals_the_written_out_formula(plain):
    model = LitClassifier.from_config(plain("model=mlp", "loss.label_smoothing=0.2"))
    images, labels = digits(8), torch.arange(8)
    log_p = model(images).log_softmax(1)
    by_hand = -(0.8 * log_p[range(8), labels] + 0.2 * log_p.mean(1)).mean()
    assert model.logits_and_loss(images, labels)[1].item() == pytest.approx(by_hand.item(), rel=1e-5)
