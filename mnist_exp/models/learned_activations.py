"""Activation functions with parameters that are trained with the weights: one set per layer, or one per channel."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter, is_lazy

Sharing = Literal["layer", "channel"]
# The rational function that is closest to leaky_relu on [−3, 3] by least squares (a test repeats the fit).
NUMERATOR = {"p5": 0.15154, "p4": 0.92794, "p3": 2.00452, "p2": 1.65132, "p1": 0.505, "p0": 0.03358}
DENOMINATOR = {"q4": 0.30007, "q3": 0.0, "q2": 3.96934, "q1": 0.0}


class LearnedActivation(nn.Module):
    """The parameters of an activation function.

    A unit is a dense unit or a channel of a convolution: dimension 1 of the inputs. With `per="channel"` the
    parameters get their size at the first call, as PyTorch's lazy layers do.

    Args:
        start: the value of each parameter at first, by name.
        per: "layer" for one number of each parameter, "channel" for one per unit.
    """

    def __init__(self, start: Mapping[str, float], per: Sharing) -> None:
        super().__init__()
        if per not in ("layer", "channel"):
            raise ValueError(f"per={per}: must be layer or channel.")
        self.start, self.per = dict(start), per
        for name, value in start.items():
            size_known = per == "layer"
            parameter: Any = nn.Parameter(torch.tensor([value])) if size_known else UninitializedParameter()
            self.register_parameter(name, parameter)

    def parameter(self, name: str, x: Tensor) -> Tensor:
        """A parameter in a shape that goes with the inputs."""
        parameter: nn.Parameter = getattr(self, name)
        if is_lazy(parameter):
            assert isinstance(parameter, UninitializedParameter)
            parameter.materialize((x.shape[1],), x.device)
            nn.init.constant_(parameter, self.start[name])
        return parameter if self.per == "layer" else parameter.view(-1, *[1] * (x.dim() - 2))

    def extra_repr(self) -> str:
        return f"per={self.per}"


class PRelu(LearnedActivation):
    """Leaky ReLU with a learned slope."""

    def __init__(self, a: float = 0.25, per: Sharing = "layer") -> None:
        super().__init__({"a": a}, per)

    def forward(self, x: Tensor) -> Tensor:
        return F.prelu(x, self.parameter("a", x).flatten().to(x.dtype))


class SwishBeta(LearnedActivation):
    """Swish with a learned steepness: x·sigmoid(β·x)."""

    def __init__(self, beta: float = 1.0, per: Sharing = "layer") -> None:
        super().__init__({"beta": beta}, per)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.parameter("beta", x) * x)


class Snake(LearnedActivation):
    """x + sin²(a·x)/a, the identity at a = 0."""

    def __init__(self, a: float = 1.0, per: Sharing = "layer") -> None:
        super().__init__({"a": a}, per)

    def forward(self, x: Tensor) -> Tensor:
        scaled = self.parameter("a", x) * x
        return x + x * scaled * torch.sinc(scaled / torch.pi).square()  # finite at a = 0


class StarRelu(LearnedActivation):
    """s·ReLU(x)² + b, whose mean is 0 and variance 1 at first for standard normal inputs."""

    def __init__(self, s: float = 0.8944, b: float = -0.4472, per: Sharing = "layer") -> None:
        super().__init__({"s": s, "b": b}, per)

    def forward(self, x: Tensor) -> Tensor:
        return self.parameter("s", x) * torch.relu(x).square() + self.parameter("b", x)


class AconC(LearnedActivation):
    """A smooth maximum of two lines, p·x and q·x: (p − q)·x·sigmoid(β·(p − q)·x) + q·x. Swish at first.

    (The authors draw p and q at random for each channel.)
    """

    def __init__(self, p: float = 1.0, q: float = 0.0, beta: float = 1.0, per: Sharing = "layer") -> None:
        super().__init__({"p": p, "q": q, "beta": beta}, per)

    def forward(self, x: Tensor) -> Tensor:
        q = self.parameter("q", x)
        difference = (self.parameter("p", x) - q) * x
        return difference * torch.sigmoid(self.parameter("beta", x) * difference) + q * x


class Rational(LearnedActivation):
    """A quotient of polynomials, P(x) / (1 + |Q(x)|), which can take almost any shape.

    P has the coefficients p0 to p5, Q has q1 to q4. At first it is the closest to leaky_relu on [−3, 3].
    """

    def __init__(self, per: Sharing = "layer") -> None:
        super().__init__(NUMERATOR | DENOMINATOR, per)

    def forward(self, x: Tensor) -> Tensor:
        x = x if x.dtype == torch.float64 else x.float()  # powers of half-precision numbers lose too many digits
        return self._polynomial(NUMERATOR, x) / (1 + (self._polynomial(DENOMINATOR, x) * x).abs())

    def _polynomial(self, names: Iterable[str], x: Tensor) -> Tensor:
        """By Horner's rule; the last name is the constant."""
        first, *rest = (self.parameter(name, x) for name in names)
        value = first.expand_as(x)
        for coefficient in rest:
            value = value * x + coefficient
        return value
