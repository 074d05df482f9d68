"""The user's own code is tried before anything is written: one line for everything that cannot work."""

import sys

import pytest
import torch

from mnist_exp.config.compose import compose
from mnist_exp.config.preflight import check_code
from mnist_exp.errors import UserError
from mnist_exp.training.own_checks import check_own_code
from tests.factories import quick_first

ACTIVATIONS = """
import torch
from torch import nn
CONSTANT = 3
class Learned(nn.Module):
    def __init__(self, a=1.0):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(float(a)))
    def forward(self, x): return x + torch.sin(self.a * x) ** 2 / self.a
def bent(x, scale=1.0): return scale * torch.sin(x)
def inplace(x): return x.relu_()
made = Learned()
class NoModule: pass
class NeedsWidth(nn.Module):
    def __init__(self, width): super().__init__()
class TwoInputs(nn.Module):
    def forward(self, x, y): return x
def two_inputs(x, y): return x
def shrinks(x): return x[:, :1]
def nothing(x): pass
def number(x): return 1.0
def integers(x): return x.round().long()
def raises(x):
    if x.dim() == 4:
        raise ValueError("four dimensions")
    return x
def nan_at_zero(x): return x * (x / x.abs())
def bad_slope_at_zero(x): return x.abs().sqrt()
def one_row(x): return x.view(-1).relu().view(x.shape)
class OnMeta(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.ones((), device="meta"))
    def forward(self, x): return x
class RaisesWhenMade(nn.Module):
    def __init__(self): raise RuntimeError("not today")
"""
NETWORKS = """
import torch
from torch import nn
class Good(nn.Module):
    def __init__(self, activation, input_shape, num_classes, width: int = 8):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, width), activation(), nn.Linear(width, num_classes))
    def forward(self, x): return self.layers(x)
class NineOutputs(Good):
    def __init__(self, activation): super().__init__(activation, None, 9)
class NoParameters(nn.Module):
    def forward(self, x): return torch.zeros(len(x), 10)
class WrongSize(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 10)
    def forward(self, x): return self.layer(x.flatten(1))
class NeedsDepth(Good):
    def __init__(self, activation, depth): super().__init__(activation, None, 10)
class Detached(Good):
    def forward(self, x): return self.layers(x).detach()
class LazyWrong(nn.Sequential):
    def __init__(self): super().__init__(nn.Flatten(), nn.LazyLinear(5), nn.Linear(6, 10))
def function(num_classes): return nn.Sequential(nn.Flatten(), nn.Linear(784, num_classes))
def no_network(): return 3
"""
PARTS = """
from lightning.pytorch import Callback
from lightning.pytorch.loggers import CSVLogger, Logger
from torch import optim
from torch.optim import lr_scheduler
class Good(Callback): pass
class WithDefaults(Callback):
    def __init__(self, size=3, *rest, **options): self.size = size
class NeedsArguments(Callback):
    def __init__(self, size, name): pass
class Raises(Callback):
    def __init__(self): raise OSError("no room")
class GoodLogger(CSVLogger):
    def __init__(self, save_dir, name, version): super().__init__(save_dir, name, version)
class NeedsProject(CSVLogger):
    def __init__(self, save_dir, project): pass
class Unfinished(Logger): pass
class Other: pass
class Slow(optim.SGD):
    def __init__(self, params, lr, speed=0.5): super().__init__(params, lr * speed)
class Broken(optim.SGD):
    def step(self, closure): pass
def halve(optimizer, steps): return lr_scheduler.StepLR(optimizer, steps // 2)
def plateau(optimizer): return lr_scheduler.ReduceLROnPlateau(optimizer)
"""


@pytest.fixture(autouse=True)
def _own_files(tmp_path, monkeypatch):
    for name, text in (("acts", ACTIVATIONS), ("nets", NETWORKS), ("parts", PARTS)):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])


def checked(*overrides: str) -> None:
    check_code(compose(["data=mnist5k", "model=mlp", *overrides]))


@pytest.mark.parametrize(
    "overrides",
    [
        "model.activation=./acts.py:Learned model.activation_options={a:2}",
        "model.activation=./acts.py:bent model.activation_options={scale:2}",
        "model.activation=acts.py:inplace",
        "model.activation=torch.nn.functional:softsign",
        "model.activation=torch:tanh",
        "model.activation=elu model.activation_options={alpha:0.5}",
        "model=./nets.py:Good model.width=4",
        "model=./nets.py:function",
        "optimizer=torch.optim:RMSprop",
        "optimizer=./parts.py:Slow optimizer.speed=0.25 schedule=./parts.py:halve",
        "schedule=torch.optim.lr_scheduler:CosineAnnealingLR +schedule.T_max=steps schedule.interval=epoch",
        "callbacks=[./parts.py:Good,./parts.py:WithDefaults,timer] callbacks.WithDefaults.size=4",
        "logger=[./parts.py:GoodLogger]",
    ],
)
def test_working_code_is_accepted(overrides):
    checked(*overrides.split())


@pytest.mark.parametrize(
    ("overrides", "line"),
    quick_first(
        10,
        [
            ("model.activation=./acts.py:Lerned", "./acts.py: attribute 'Lerned' is unknown. Did you mean 'Learned'?"),
            ("model.activation=./act.py:Learned", "There is no file ./act.py in "),
            (
                "model.activation=./acts.py:CONSTANT",
                "model.activation=./acts.py:CONSTANT: must be a class derived from",
            ),
            (
                "model.activation=./acts.py:NoModule",
                "model.activation=./acts.py:NoModule: must be a class derived from",
            ),
            (
                "model.activation=./acts.py:made",
                "model.activation=./acts.py:made: must be a class derived from nn.Module",
            ),
            (
                "model.activation=./acts.py:NeedsWidth",
                "model.activation=./acts.py:NeedsWidth needs width: set +model.act",
            ),
            (
                "model.activation=./acts.py:TwoInputs",
                "model.activation=./acts.py:TwoInputs: TypeError: TwoInputs.forward",
            ),
            ("model.activation=./acts.py:two_inputs", "model.activation=./acts.py:two_inputs needs y: set +model.act"),
            (
                "model.activation=./acts.py:shrinks",
                "model.activation=./acts.py:shrinks: must return a tensor of the shape",
            ),
            (
                "model.activation=./acts.py:nothing",
                "model.activation=./acts.py:nothing: must return a tensor, not None",
            ),
            ("model.activation=./acts.py:number", "model.activation=./acts.py:number: must return a tensor, not float"),
            (
                "model.activation=./acts.py:integers",
                "model.activation=./acts.py:integers: must return numbers of the type",
            ),
            ("model.activation=./acts.py:raises", "acts.py, line 25: ValueError: four dimensions"),
            (
                "model.activation=./acts.py:nan_at_zero",
                "model.activation=./acts.py:nan_at_zero: returns nan for an input",
            ),
            (
                "model.activation=./acts.py:bad_slope_at_zero",
                "model.activation=./acts.py:bad_slope_at_zero: has no finite",
            ),
            (
                "model.activation=./acts.py:OnMeta",
                "model.activation=./acts.py:OnMeta: its parameter a is on the device me",
            ),
            ("model.activation=./acts.py:RaisesWhenMade", "acts.py, line 36: RuntimeError: not today"),
            ("model.activation=./acts.py:one_row", "acts.py, line 29: RuntimeError: view size is not compatible with"),
            (
                "model=cnn model.dense_activation=./acts.py:shrinks",
                "model.dense_activation=./acts.py:shrinks: must return",
            ),
            (
                "model.activation=relu model.activation_options={alpha:1}",
                "model.activation=relu has no argument 'alpha' ",
            ),
            (
                "model.activation=elu model.activation_options={alfa:1}",
                "model.activation=elu has no argument 'alfa' (",
            ),
            (
                "model=./nets.py:NineOutputs",
                "The network ./nets.py:NineOutputs: must return one number for each of the 10",
            ),
            ("model=./nets.py:NoParameters", "The network ./nets.py:NoParameters: has no parameters to train."),
            (
                "model=./nets.py:WrongSize",
                "nets.py, line 17: RuntimeError: addmm: mat1 and mat2 shapes cannot be multiplied",
            ),
            (
                "model=./nets.py:Detached",
                "The network ./nets.py:Detached: its output does not depend on its parameters",
            ),
            ("model=./nets.py:LazyWrong", "The network ./nets.py:LazyWrong: RuntimeError: addmm: mat1 and mat2 shapes"),
            ("model=./nets.py:NeedsDepth", "The network ./nets.py:NeedsDepth needs depth: set +model.depth=…"),
            (
                "callbacks=[os:system]",
                "os:system: is part of Python itself. Name a class or function of your own or of a",
            ),
            ("metrics=[torch.hub:load]", "metrics=load: must be a class derived from torchmetrics.Metric."),
            ("optimizer=torch.hub:load", "optimizer=load: must be a class derived from torch.optim.Optimizer."),
            (
                "schedule=torch.hub:load",
                "schedule=load: must be a class derived from PyTorch's LRScheduler, or a function.",
            ),
            (
                "model=torch.hub:load",
                "The network torch.hub:load: must be a class derived from nn.Module, or a function.",
            ),
            ("model=./nets.py:no_network", "The network ./nets.py:no_network must be an nn.Module, not int."),
            ("model=./nets.py:God", "./nets.py: attribute 'God' is unknown. Did you mean 'Good'?"),
            ("model=./net.py:Good", "There is no file ./net.py in "),
            ("optimizer=./parts.py:Broken", "optimizer=Broken: TypeError: Broken.step() missing 1 required positional"),
            ("optimizer=./parts.py:Other", "optimizer=Other: must be a class derived from torch.optim.Optimizer."),
            ("optimizer=torch.optim:RMSprp", "torch.optim: attribute 'RMSprp' is unknown. Did you mean 'RMSprop'?"),
            (
                "schedule=./parts.py:plateau",
                "schedule=plateau: ./parts.py:plateau must return a scheduler of torch.optim",
            ),
            ("schedule=torch.optim.lr_scheduler:StepLR", "schedule=StepLR needs step_size: set +schedule.step_size=…"),
            ("callbacks=[./parts.py:God]", "./parts.py: attribute 'God' is unknown. Did you mean 'Good'?"),
            ("callbacks=[no_module:X]", "no_module: there is no module no_module that Python can import."),
            (
                "callbacks=[./parts.py:Other]",
                "callbacks=Other: must be a class derived from lightning.pytorch's Callback.",
            ),
            (
                "callbacks=[./parts.py:GoodLogger]",
                "callbacks=GoodLogger: must be a class derived from lightning.pytorch's C",
            ),
            (
                "callbacks=[./parts.py:NeedsArguments]",
                "callbacks=NeedsArguments needs size and name: set +callbacks.Nee",
            ),
            ("callbacks=[./parts.py:Raises]", "parts.py, line 12: OSError: no room"),
            ("logger=[csv,./parts.py:Good]", "logger=Good: must be a class derived from lightning.pytorch's Logger."),
            (
                "logger=[./parts.py:NeedsProject]",
                "logger=NeedsProject needs project: set +logger.NeedsProject.project=…",
            ),
            ("logger=[./parts.py:Unfinished]", "logger=Unfinished: TypeError: Can't instantiate abstract class"),
        ],
    ),
)
def test_code_that_cannot_work_is_refused_in_one_line(overrides, line):
    with pytest.raises(UserError) as refused:
        checked(*overrides.split())
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_the_random_state_does_not_change(plain):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    check_own_code(plain("data=mnist5k", "model=./nets.py:Good"))
    assert torch.equal(torch.get_rng_state(), before)


def test_nothing_is_imported_for_what_is_built_in(monkeypatch, plain):
    monkeypatch.setitem(sys.modules, "mnist_exp.training.own_checks", None)  # importing it fails
    check_code(plain("model=cnn"))
    with pytest.raises(ImportError):
        check_code(plain("callbacks=[timer]"))
