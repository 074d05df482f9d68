"""The catalogue of activation functions: the code behind each name, its formula and its source. Does not import torch.

σ is the sigmoid, Φ the distribution function of a standard normal variable. Greek and single letters in formulas are
parameters: numbers that are set, or that are learned with the weights where `learned` is true.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Activation:
    """One row.

    Args:
        target: the class, as "module:attribute".
        formula: f(x) at the defaults of the class.
        source: authors and year of the paper that proposed it for neural networks.
        learned: whether it has parameters that are trained.
    """

    target: str
    formula: str
    source: str
    learned: bool = False


def _torch(name: str, formula: str, source: str) -> Activation:
    return Activation(f"torch.nn:{name}", formula, source)


def _fixed(name: str, formula: str, source: str) -> Activation:
    return Activation(f"mnist_exp.models.fixed_activations:{name}", formula, source)


def _learned(name: str, formula: str, source: str) -> Activation:
    return Activation(f"mnist_exp.models.learned_activations:{name}", formula, source, learned=True)


ACTIVATIONS = {
    # The six of the study.
    "sigmoid": _torch("Sigmoid", "σ(x) = 1 / (1 + e⁻ˣ)", "Rumelhart et al. 1986"),
    "tanh": _torch("Tanh", "tanh x", "LeCun et al. 1998"),
    "relu": _torch("ReLU", "max(0, x)", "Nair & Hinton 2010"),
    "leaky_relu": _torch("LeakyReLU", "x if x > 0, else 0.01 x", "Maas et al. 2013"),
    "swish": _torch("SiLU", "x σ(x)", "Ramachandran et al. 2017; Elfwing et al. 2018"),
    "mish": Activation("mnist_exp.kernels.mish:Mish", "x tanh(softplus(x))", "Misra 2019"),
    # Others without parameters.
    "gelu": _torch("GELU", "x Φ(x)", "Hendrycks & Gimpel 2016"),
    "elu": _torch("ELU", "x if x > 0, else eˣ − 1", "Clevert et al. 2016"),
    "selu": _torch("SELU", "1.0507 (x if x > 0, else 1.6733 (eˣ − 1))", "Klambauer et al. 2017"),
    "hard_swish": _torch("Hardswish", "x min(max(x + 3, 0), 6) / 6", "Howard et al. 2019"),
    "softplus": _torch("Softplus", "ln(1 + eˣ)", "Dugas et al. 2001"),
    "identity": Activation("mnist_exp.models.activations:Identity", "x", "the control: a linear network"),
    "relu6": _torch("ReLU6", "min(max(0, x), 6)", "Krizhevsky 2010"),
    "rrelu": _fixed("RRelu", "x if x > 0, else a x; a is random while training", "Xu et al. 2015"),
    "celu": _torch("CELU", "x if x > 0, else α (exp(x/α) − 1), α = 1", "Barron 2017"),
    "softsign": _torch("Softsign", "x / (1 + |x|)", "Bergstra et al. 2009"),
    "hard_tanh": _torch("Hardtanh", "min(max(x, −1), 1)", "Collobert 2004"),
    "hard_sigmoid": _torch("Hardsigmoid", "min(max(x/6 + 1/2, 0), 1)", "Courbariaux et al. 2015"),
    "tanhshrink": _torch("Tanhshrink", "x − tanh x", "PyTorch"),
    "gelu_tanh": _fixed("GeluTanh", "x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2", "Hendrycks & Gimpel 2016"),
    "quick_gelu": _fixed("QuickGelu", "x σ(1.702 x)", "Hendrycks & Gimpel 2016"),
    "squareplus": _fixed("Squareplus", "(x + √(x² + b)) / 2, b = 4", "Barron 2021"),
    "relu_squared": _fixed("ReluSquared", "max(0, x)²", "So et al. 2021"),
    "sin": _fixed("Sin", "sin x", "Sitzmann et al. 2020"),
    "gaussian": _fixed("Gaussian", "exp(−x²)", "Ramasinghe & Lucey 2022"),
    "arctan": _fixed("Arctan", "arctan x", "Kamruzzaman & Aziz 2002"),
    "bent_identity": _fixed("BentIdentity", "x + (√(x² + 1) − 1) / 2", "origin unknown"),
    "tanh_exp": _fixed("TanhExp", "x tanh(eˣ)", "Liu & Di 2020"),
    "logish": _fixed("Logish", "x ln(1 + σ(x))", "Zhu et al. 2021"),
    "serf": _fixed("Serf", "x erf(softplus(x))", "Nag & Bhattacharyya 2021"),
    "smish": _fixed("Smish", "x tanh(ln(1 + σ(x)))", "Wang et al. 2022"),
    "phish": _fixed("Phish", "x tanh(x Φ(x))", "Naveen 2022"),
    "lisht": _fixed("Lisht", "x tanh x", "Roy et al. 2019"),
    "aria2": _fixed("Aria2", "x σ(β x)^α, α = 1.5, β = 2", "Patwardhan et al. 2018"),
    # With parameters that are trained.
    "prelu": _learned("PRelu", "x if x > 0, else a x; a = 0.25 at first", "He et al. 2015"),
    "swish_beta": _learned("SwishBeta", "x σ(β x); β = 1 at first", "Ramachandran et al. 2017"),
    "snake": _learned("Snake", "x + sin²(a x) / a; a = 1 at first", "Ziyin et al. 2020"),
    "star_relu": _learned("StarRelu", "s max(0, x)² + b; s = 0.8944, b = −0.4472 at first", "Yu et al. 2022"),
    "acon_c": _learned("AconC", "(p − q) x σ(β (p − q) x) + q x; swish at first", "Ma et al. 2021"),
    "rational": _learned("Rational", "P(x) / (1 + |Q(x)|); near leaky_relu at first", "Molina et al. 2020"),
}
