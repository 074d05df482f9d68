"""The layers of any network, found by their type, and what they compute, recorded by forward hooks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from mnist_exp.kernels.conv_pruning import without_pruning
from mnist_exp.models.activations import is_activation

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True)
class LayerCall:
    """One layer applied to one batch."""

    name: str  # its path in the network
    layer: nn.Module
    inputs: Tensor
    output: Tensor


def is_weighted(layer: nn.Module) -> bool:
    return isinstance(layer, WEIGHTED)


def is_leaf(layer: nn.Module) -> bool:
    return next(layer.children(), None) is None


def activation_parameters(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that activations learn."""
    return [parameter for layer in network.modules() if is_activation(layer) for parameter in layer.parameters()]


def weighted_layers(network: nn.Module) -> dict[str, nn.Module]:
    """The dense and convolutional layers by name."""
    return {name: layer for name, layer in network.named_modules() if is_weighted(layer)}


def record_calls(network: nn.Module, images: Tensor, wanted: Callable[[nn.Module], bool]) -> list[LayerCall]:
    """Run a network and return the calls of the wanted layers, in the order of execution."""
    calls: list[LayerCall] = []
    with recording(network, wanted, calls), without_pruning(network):
        network(images)
    return calls


@contextmanager
def recording(network: nn.Module, wanted: Callable[[nn.Module], bool], calls: list[LayerCall]) -> Iterator[None]:
    """While the context lasts, append each call of a wanted layer."""
    with ExitStack() as stack:
        for name, layer in network.named_modules():
            if wanted(layer):
                stack.enter_context(_Hooks(name, layer, calls))
        yield


class _Hooks:
    """The hooks on one layer. A layer that works in place has its input copied first."""

    def __init__(self, name: str, layer: nn.Module, calls: list[LayerCall]) -> None:
        self.name, self.layer, self.calls = name, layer, calls
        self.inputs: Tensor | None = None

    def __enter__(self) -> None:
        self.handles = [
            self.layer.register_forward_pre_hook(self.before),
            self.layer.register_forward_hook(self.after),
        ]

    def __exit__(self, *_: object) -> None:
        for handle in self.handles:
            handle.remove()

    def before(self, layer: nn.Module, arguments: tuple[Any, ...]) -> None:
        self.inputs = arguments[0].clone() if getattr(layer, "inplace", False) else arguments[0]

    def after(self, layer: nn.Module, arguments: tuple[Any, ...], output: Tensor) -> None:
        assert self.inputs is not None
        self.calls.append(LayerCall(self.name, layer, self.inputs, output))


def activation_calls(network: nn.Module, images: Tensor) -> dict[str, LayerCall]:
    """Each activation's call, by the name of the dense or convolutional layer that ran before it."""
    found: dict[str, LayerCall] = {}
    before = ""
    for call in record_calls(network, images, lambda layer: is_weighted(layer) or is_activation(layer)):
        if is_weighted(call.layer):
            before = call.name
            continue
        name = before if before and before not in found else call.name
        number = 2
        while name in found:
            name, number = f"{call.name}#{number}", number + 1
        found[name] = call
    return found


def intermediates(network: nn.Module, images: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """What the named layers return for these images. Raises KeyError for a name that no layer has."""
    layers = dict(network.named_modules())
    if missing := set(names) - set(layers):
        raise KeyError(f"no layer is called {', '.join(sorted(missing))}")
    wanted = {id(layers[name]) for name in names}
    calls = record_calls(network, images, lambda layer: id(layer) in wanted)
    return {call.name: call.output for call in calls}


def last_hidden(network: nn.Module, images: Tensor) -> Tensor:
    """The input of the last dense layer: what the network has made of the images before its logits."""
    return record_calls(network, images, lambda layer: isinstance(layer, nn.Linear))[-1].inputs


def layer_edges(network: nn.Module, images: Tensor) -> list[tuple[str, nn.Module, list[str]]]:
    """Each leaf layer in the order of execution, with the layers whose outputs reach its input."""
    sources = _Sources()
    edges: list[tuple[str, nn.Module, list[str]]] = []

    def note(name: str, layer: nn.Module, inputs: Tensor, output: Tensor) -> None:
        edges.append((name, layer, sources.of(inputs)))
        sources.set(output, [name])

    with ExitStack() as stack:
        for name, layer in network.named_modules():
            if is_leaf(layer):
                handle = layer.register_forward_hook(partial(_noted, note, name))
                stack.callback(handle.remove)
        stack.enter_context(without_pruning(network))
        stack.enter_context(sources)
        network(images)
    return edges


def _noted(
    note: Callable[[str, nn.Module, Tensor, Tensor], None],
    name: str,
    layer: nn.Module,
    arguments: tuple[Tensor, ...],
    output: Tensor,
) -> None:
    note(name, layer, arguments[0], output)


class _Sources(TorchFunctionMode):
    """Follows tensors through functions, a sum say, to the layers that returned them."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[int, list[str]] = {}
        self._kept: list[Tensor] = []  # so that no id is used twice

    def of(self, tensor: Tensor) -> list[str]:
        return self._names.get(id(tensor), [])

    def set(self, tensor: Tensor, names: list[str]) -> None:
        self._names[id(tensor)] = names
        self._kept.append(tensor)

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), options: dict[str, Any] | None = None
    ) -> Any:
        result = function(*arguments, **(options or {}))
        if isinstance(result, Tensor):
            names = [name for tensor in tensors(arguments) for name in self.of(tensor)]
            self.set(result, list(dict.fromkeys(names)))
        return result


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in arguments, options or a result."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors([*value.values()])
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors(item)
