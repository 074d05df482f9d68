"""Every name that can be chosen, and the code behind it as "module:attribute". Does not import torch."""

from importlib import import_module
from typing import Any

ACTIVATIONS = {
    # The study's six.
    "sigmoid": "torch.nn:Sigmoid",
    "tanh": "torch.nn:Tanh",
    "relu": "torch.nn:ReLU",
    "leaky_relu": "torch.nn:LeakyReLU",
    "swish": "torch.nn:SiLU",  # x·sigmoid(x)
    "mish": "mnist_exp.kernels.mish:Mish",  # x·tanh(softplus(x))
    # Others worth comparing.
    "gelu": "torch.nn:GELU",
    "elu": "torch.nn:ELU",
    "selu": "torch.nn:SELU",
    "hard_swish": "torch.nn:Hardswish",
    "softplus": "torch.nn:Softplus",
    "identity": "mnist_exp.models.activations:Identity",  # the control: a deep linear network
}
NETWORKS = {
    "softmax": "mnist_exp.models:DenseNet",
    "mlp": "mnist_exp.models:DenseNet",
    "mlp_deep": "mnist_exp.models:DenseNet",
    "cnn": "mnist_exp.models:ConvNet",
    "cnn_deep": "mnist_exp.models:ConvNet",
    "cnn_quick": "mnist_exp.models:WhitenedNet",
}
DATA = {
    "mnist": "mnist_exp.data.datasets:load_mnist",
    "mnist5k": "mnist_exp.data.datasets:load_mnist5k",
}
OPTIMIZERS = {
    "sgd": "torch.optim:SGD",
    "adam": "mnist_exp.kernels.adam:Adam",
    "adamw": "mnist_exp.kernels.adam:AdamW",
    "muon": "mnist_exp.kernels.muon:Muon",
}
SCHEDULES = {
    "constant": "mnist_exp.training.optimizers:constant",
    "cosine": "mnist_exp.training.optimizers:cosine",
    "one_cycle": "mnist_exp.training.optimizers:one_cycle",
}
CALLBACKS = {
    "lr_monitor": "lightning.pytorch.callbacks:LearningRateMonitor",
    "device_stats": "lightning.pytorch.callbacks:DeviceStatsMonitor",
    "timer": "lightning.pytorch.callbacks:Timer",
}
LOGGERS = {
    "tensorboard": "mnist_exp.training.tensorboard:RunLogger",
    "csv": "lightning.pytorch.loggers:CSVLogger",
}
METRICS = {
    "acc": "torchmetrics.classification:MulticlassAccuracy",
}
TABLES: dict[str, dict[str, str]] = {
    "activation": ACTIVATIONS,
    "model": NETWORKS,
    "data": DATA,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "callbacks": CALLBACKS,
    "loggers": LOGGERS,
    "metrics": METRICS,
}


def names(kind: str) -> list[str]:
    """The names of one table, in its order."""
    return list(TABLES[kind])


def resolve(kind: str, name: str) -> Any:
    """The object that a name of a table, or a "module:attribute", stands for."""
    module, _, attribute = TABLES[kind].get(name, name).partition(":")
    return getattr(import_module(module), attribute)
