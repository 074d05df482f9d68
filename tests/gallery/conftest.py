import sys

import pytest

OWN = '''
import torch
from torch import nn

class Snake(nn.Module):
    """x + sin²(x) <script>alert(1)</script>

    Not shown.
    """
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.ones(()))
    def forward(self, x):
        return x + torch.sin(self.a * x) ** 2

def exp(x): return torch.exp(x)
def log(x): return torch.sign(x) * torch.log1p(torch.abs(x))
def zero(x): return x * 0
def falling(x): return -nn.functional.softplus(x)
def stairs(x): return torch.floor(x)
def steep(x): return torch.sigmoid(50 * x)
def cube(x): return torch.relu(x) ** 3
def broken_far(x): return x if x.abs().max() < 10 else undefined
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with own.py, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path
