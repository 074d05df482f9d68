"""Initial weights, by name."""

from collections.abc import Callable

from torch import Tensor, nn

WEIGHTS: dict[str, Callable[[Tensor], Tensor]] = {
    "glorot": nn.init.xavier_uniform_,  # Glorot & Bengio 2010; Keras' default
    "he": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),  # He et al. 2015
    "lecun": lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),  # Klambauer et al. 2017, for SELU
}


def initialise(network: nn.Module, name: str) -> None:
    """Draw weights by `name` and zero the biases; "torch" keeps what PyTorch's constructors drew."""
    if name == "torch":
        return
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            WEIGHTS[name](module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
