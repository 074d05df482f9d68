"""Every name in use, and the code behind it as "module:attribute". Does not import torch.

Checks, suggestions, tab completion, help and tests take the names from here.
"""

from typing import Any

from mnist_exp import activation_table, own_code
from mnist_exp.errors import unknown

ACTIVATIONS = {name: activation.target for name, activation in activation_table.ACTIVATIONS.items()}
# Which classes are ours: config/checks.py finds contradictions in their settings, and in no others. The class that is
# built is `_target_` in conf/model/NAME.yaml (a test compares the two).
NETWORKS = {
    "softmax": "mnist_exp.models:DenseNet",
    "mlp": "mnist_exp.models:DenseNet",
    "mlp_deep": "mnist_exp.models:DenseNet",
    "cnn": "mnist_exp.models:ConvNet",
    "cnn_deep": "mnist_exp.models:ConvNet",
    "cnn_quick": "mnist_exp.models:WhitenedNet",
}
DATA = {
    "mnist": "mnist_exp.data.catalogue:MNIST",
    "mnist5k": "mnist_exp.data.catalogue:MNIST5K",
    "fashion_mnist": "mnist_exp.data.catalogue:FASHION_MNIST",
    "kmnist": "mnist_exp.data.catalogue:KMNIST",
    "emnist_digits": "mnist_exp.data.catalogue:EMNIST_DIGITS",
    "emnist_letters": "mnist_exp.data.catalogue:EMNIST_LETTERS",
    "emnist_balanced": "mnist_exp.data.catalogue:EMNIST_BALANCED",
    "qmnist": "mnist_exp.data.catalogue:QMNIST",
    "cifar10": "mnist_exp.data.catalogue:CIFAR10",
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
TABLES: dict[str, dict[str, str]] = {
    "activation": ACTIVATIONS,
    "model": NETWORKS,
    "data": DATA,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}


def names(kind: str) -> list[str]:
    """The names in the table `kind`, for example "activation" or "optimizer"."""
    return list(TABLES[kind])


def resolve(kind: str, name: str) -> Any:
    """The object that a name stands for.

    Args:
        kind: A table: one of the keys of TABLES.
        name: A name in that table, or any other code as "file.py:attribute" or "module:attribute".

    Returns:
        The class, function or object itself; nothing is called.

    Raises:
        UserError: The name is not in the table, or the code cannot be found or imported.
    """
    target = TABLES[kind].get(name, name)
    if not own_code.is_target(target):
        raise unknown(kind, name, names(kind))
    return own_code.find(target)
