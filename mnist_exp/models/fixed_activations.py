"""Activation functions that PyTorch has no class for, without parameters to train.

Each is written so that its values and derivatives are finite for inputs of any size that networks meet.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_exp.kernels.blockwise import blockwise, is_usable, write

LARGEST_EXPONENT = 20.0  # tanh(e^x) is 1 above this, in every precision


class RRelu(nn.RReLU):
    """Leaky ReLU with a random slope while training. Afterwards the slope is the mean, which ONNX can express.

    Slopes are drawn from 256 equally spaced ones, because random bytes take a fifth of the time of random numbers.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return F.leaky_relu(x, (self.lower + self.upper) / 2)
        with torch.no_grad():
            slope = random_bytes(x).mul_((self.upper - self.lower) / 255).add_(self.lower)
            slope.lerp_(torch.ones_like(slope), x.sign().clamp_(min=0))  # 1 where x is positive
        return x * slope


def random_bytes(like: Tensor) -> Tensor:
    """Random whole numbers from 0 to 255, with the shape, type and order in memory of another tensor."""
    words = torch.empty(-(-like.numel() // 8), dtype=torch.int64, device=like.device).random_(-(2**63), None)
    result = torch.empty_like(like)
    return result.copy_(words.view(torch.uint8).as_strided(result.shape, result.stride()))


class GeluTanh(nn.Module):
    """GELU, approximated by a hyperbolic tangent."""

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(x, approximate="tanh")


class QuickGelu(nn.Module):
    """GELU, approximated by a sigmoid: x·sigmoid(1.702·x)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Squareplus(nn.Module):
    """A smooth rectifier without exponentials: (x + √(x² + b)) / 2.

    Args:
        b: how round the corner is; ReLU at 0.
    """

    def __init__(self, b: float = 4.0) -> None:
        super().__init__()
        if b <= 0:
            raise ValueError(f"b={b}: must be above 0, since the derivative does not exist there otherwise.")
        self.b = b

    def forward(self, x: Tensor) -> Tensor:
        return (x + torch.sqrt(x * x + self.b)) / 2

    def extra_repr(self) -> str:
        return f"b={self.b}"


class ReluSquared(nn.Module):
    """The square of ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x).square()


class Sin(nn.Module):
    """The sine."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x)


class Gaussian(nn.Module):
    """A bell around zero: exp(−x²)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(-x * x)


class Arctan(nn.Module):
    """The inverse tangent."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.atan(x)


class BentIdentity(nn.Module):
    """The identity, steeper on the right: x + (√(x² + 1) − 1) / 2."""

    def forward(self, x: Tensor) -> Tensor:
        return x + (torch.sqrt(x * x + 1) - 1) / 2


class TanhExp(nn.Module):
    """x·tanh(eˣ)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.tanh(torch.exp(x.clamp(max=LARGEST_EXPONENT)))


class Logish(nn.Module):
    """x·ln(1 + sigmoid(x))."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.log1p(torch.sigmoid(x))


class Serf(nn.Module):
    """x·erf(softplus(x))."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.erf(F.softplus(x))


class Smish(nn.Module):
    """x·tanh(ln(1 + sigmoid(x)))."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.tanh(torch.log1p(torch.sigmoid(x)))


class Phish(nn.Module):
    """x·tanh(GELU(x))."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.tanh(F.gelu(x))


class Lisht(nn.Module):
    """x·tanh(x): never negative."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.tanh(x)


class Aria2(nn.Module):
    """x·sigmoid(β·x)^α.

    Args:
        alpha: how fast the left side falls to zero; 1 is Swish.
        beta: how steep the sigmoid is.
    """

    def __init__(self, alpha: float = 1.5, beta: float = 2.0) -> None:
        super().__init__()
        if not (alpha > 0 and math.isfinite(alpha) and math.isfinite(beta)):
            raise ValueError(f"alpha={alpha}, beta={beta}: alpha must be above 0, and both must be finite.")
        self.alpha, self.beta = alpha, beta

    def forward(self, x: Tensor) -> Tensor:
        return blockwise(x, self._formula) if is_usable(x) else x * torch.exp(self.alpha * F.logsigmoid(self.beta * x))

    def _formula(self, x: Tensor, y: Tensor, d: Tensor | None) -> None:
        """Values and derivatives of a block: with s = sigmoid(βx), x·s^α and s^α + αβx·s^α·(1 − s)."""
        s = torch.sigmoid(self.beta * x)
        power = s.log().mul_(self.alpha).exp_()
        write(y, torch.mul, x, power)
        if d is not None:
            write(d, torch.addcmul, power, (1 - s).mul_(power), x, value=self.alpha * self.beta)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}, beta={self.beta}"
