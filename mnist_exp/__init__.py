"""Which activation function, on which network, and why? Answered by experiment on MNIST.

    import mnist_exp as mx

    run = mx.train("model=mlp", "model.activation=mish", seed=3)
    study = mx.sweep("model=mlp,cnn", "model.activation=relu,mish", seed=range(8))

Everything in __all__ is imported when it is first used, so that `import mnist_exp` takes no time.
"""

import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_exp.api import choices as choices
    from mnist_exp.api import compose as compose
    from mnist_exp.api import sweep as sweep
    from mnist_exp.api import train as train
    from mnist_exp.api_activations import activation_properties as activation_properties
    from mnist_exp.api_results import Study as Study
    from mnist_exp.api_results import load_model as load_model
    from mnist_exp.api_results import load_results as load_results
    from mnist_exp.config.schema import Config as Config
    from mnist_exp.data.module import MNISTDataModule as MNISTDataModule
    from mnist_exp.errors import UserError as UserError
    from mnist_exp.runs.record import Record as Record
    from mnist_exp.training.classifier import LitClassifier as LitClassifier

PROCESS_START = time.perf_counter()  # as near to it as we get: a run's total_seconds include the start-up

__version__ = "0.2.0"
_PUBLIC = {
    "train": "api",
    "sweep": "api",
    "load_results": "api_results",
    "load_model": "api_results",
    "compose": "api",
    "choices": "api",
    "activation_properties": "api_activations",
    "Study": "api_results",
    "Config": "config.schema",
    "Record": "runs.record",
    "UserError": "errors",
    "LitClassifier": "training.classifier",
    "MNISTDataModule": "data.module",
}
__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
