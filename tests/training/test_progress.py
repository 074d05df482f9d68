from types import SimpleNamespace

import torch

from mnist_exp.training.progress import Stopwatch, epoch_line


def test_the_stopwatch_counts_training_and_not_validation(monkeypatch):
    clock = iter([0.0, 2.0, 10.0, 13.0])
    monkeypatch.setattr("mnist_exp.training.progress.time.perf_counter", lambda: next(clock))
    watch = Stopwatch()
    trainer = SimpleNamespace(strategy=SimpleNamespace(root_device=torch.device("cpu")))
    watch.on_train_epoch_start(trainer, None)  # 0 s
    watch.on_validation_start(trainer, None)  # 2 s; validation runs until 10 s
    watch.on_train_epoch_end(trainer, None)  # already stopped
    watch.on_train_epoch_start(trainer, None)  # 10 s
    watch.on_train_epoch_end(trainer, None)  # 13 s, an epoch without validation
    assert watch.epochs == [2.0, 3.0]
    assert watch.seconds == 5.0


def test_the_line_of_an_epoch_has_its_accuracies_and_losses():
    row = {"epoch": 2, "train_acc": 0.9876, "train_loss": 0.04, "val_acc": 0.99, "val_loss": 0.03}
    assert epoch_line(row, 3) == "epoch 2/3 · train 98.76%, loss 0.0400 · val 99.00%, loss 0.0300"
    assert epoch_line({"epoch": 1, "train_acc": 0.5, "train_loss": 1.0}, 1) == "epoch 1/1 · train 50.00%, loss 1.0000"
