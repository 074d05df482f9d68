"""The operations that the page can compute, each made from a recorded call of a function of PyTorch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from mnist_exp.playground.numbers import Numbers, Weight, encode_floats
from mnist_exp.playground.recorder import Call

Common = dict[str, Any]  # the fields of every step but `op`


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: an operation on the outputs of earlier steps."""

    op: str
    name: str
    inputs: list[int]  # -1 is the image
    shape: list[int]  # of the output for one image
    parameters: int


@dataclass(frozen=True, kw_only=True)
class Weighted(Step):
    """A dense layer."""

    weight: Weight
    trained: bool  # False for weights that training leaves as they are
    bias: str | None


@dataclass(frozen=True, kw_only=True)
class Convolution(Weighted):
    """A convolution; padding is top, left."""

    stride: list[int]
    padding: list[int]
    dilation: list[int]
    groups: int


@dataclass(frozen=True, kw_only=True)
class Normalisation(Step):
    """Batch norm: value · factor + shift in each channel."""

    factor: str | None
    shift: str | None


@dataclass(frozen=True, kw_only=True)
class Pooling(Step):
    """Max or average pooling."""

    kernel: list[int]
    stride: list[int]
    padding: list[int]
    dilation: list[int]
    count_padding: bool  # whether zeros around the maps count in an average


@dataclass(frozen=True, kw_only=True)
class Pointwise(Step):
    """A curve applied to each number."""

    curve: int
    per_channel: bool  # whether `curve` is that of the first channel


@dataclass(frozen=True, kw_only=True)
class Move(Step):
    """The same numbers in another order or shape."""

    places: str | None  # where in the input each number comes from, -1 for a zero; None: the order is the same


Maker = Callable[[Call, Common, Numbers], Step | None]


def _dense(call: Call, common: Common, numbers: Numbers) -> Step:
    weight, bias = _bound(call, "input", weight=None, bias=None).values()
    if call.inputs.dim() != 2 or len(call.sources) > 1:
        raise call.unsupported("a dense layer needs a row of numbers: flatten them first")
    return Weighted(op="dense", **_stored(weight, bias, numbers), **common)


def _stored(weight: Tensor, bias: Tensor | None, numbers: Numbers) -> Common:
    trained = weight.requires_grad or not isinstance(weight, nn.Parameter)  # it may be computed from parameters
    return {"weight": numbers.add(weight.contiguous()), "trained": trained, "bias": encode_floats(bias)}


def _convolution(call: Call, common: Common, numbers: Numbers) -> Step:
    found = _bound(call, "input", weight=None, bias=None, stride=1, padding=0, dilation=1, groups=1)
    if len(call.sources) > 1:
        raise call.unsupported("its weights depend on the image")
    weight, bias, stride, padding, dilation, groups = found.values()
    sides = list(weight.shape[2:])
    if isinstance(padding, str):  # of "same" padding the smaller half comes first
        spans = [d * (side - 1) for d, side in zip(_pair(dilation), sides, strict=True)]
        padding = [span // 2 if padding == "same" else 0 for span in spans]
    sizes = {"stride": _pair(stride), "padding": _pair(padding), "dilation": _pair(dilation), "groups": groups}
    return Convolution(op="conv", **_stored(weight, bias, numbers), **sizes, **common)


def _batch_norm(call: Call, common: Common, _numbers: Numbers) -> Step:
    names = {"running_mean": None, "running_var": None, "weight": None, "bias": None}
    found = _bound(call, "input", **names, training=False, momentum=0, eps=1e-5)
    mean, variance, weight, bias, training, _, eps = found.values()
    if training or mean is None:
        raise call.unsupported("it keeps no running statistics")
    factor = (1 if weight is None else weight.double()) / (variance.double() + eps).sqrt()
    shift = (0 if bias is None else bias.double()) - mean.double() * factor
    return Normalisation(op="batch_norm", factor=encode_floats(factor), shift=encode_floats(shift), **common)


def _max_pool(call: Call, common: Common, _numbers: Numbers) -> Step:
    found = _bound(call, "input", kernel_size=None, stride=None, padding=0, dilation=1, ceil_mode=False)
    kernel, stride, padding, dilation, _ = found.values()
    return _pool(call, "max_pool", kernel, stride, padding, common, dilation)


def _average_pool(call: Call, common: Common, _numbers: Numbers) -> Step:
    sizes = {"kernel_size": None, "stride": None, "padding": 0}
    found = _bound(call, "input", **sizes, ceil_mode=False, count_include_pad=True, divisor_override=None)
    kernel, stride, padding, ceil_mode, count, divisor = found.values()
    if ceil_mode or divisor:
        raise call.unsupported("it has ceil_mode or divisor_override")
    return _pool(call, "avg_pool", kernel, stride, padding, common, 1, count)


def _pool(
    call: Call, op: str, kernel: Any, stride: Any, padding: Any, common: Common, dilation: Any, count: bool = True
) -> Pooling:
    if call.inputs.dim() != 4:
        raise call.unsupported("it is not applied to maps")
    sizes: dict[str, Any] = {
        "kernel": _pair(kernel),
        "stride": _pair(stride or kernel),
        "padding": _pair(padding),
        "dilation": _pair(dilation),
        "count_padding": count,
    }
    return Pooling(op=op, **sizes, **common)


def _adaptive_pool(call: Call, common: Common, _numbers: Numbers) -> Step:
    if call.inputs.dim() != 4:
        raise call.unsupported("it is not applied to maps")
    return Step(op="adaptive_avg_pool", **common)


def _mean(call: Call, common: Common, _numbers: Numbers) -> Step:
    axes = _bound(call, "input", dim=None).get("dim")
    axes = sorted(axis % call.inputs.dim() for axis in ([axes] if isinstance(axes, int) else axes or []))
    if call.inputs.dim() != 4 or axes != [2, 3]:
        raise call.unsupported("it takes means, but not of whole maps")
    return Step(op="mean", **common)


def _elementwise(op: str) -> Maker:
    def make(call: Call, common: Common, _numbers: Numbers) -> Step | None:
        operands = [value for value in call.arguments if isinstance(value, Tensor)]
        if len(call.sources) == 1:  # a sum with a constant is a curve
            return None
        if call.options.get("alpha", 1) != 1 or len({operand.shape for operand in operands}) > 1:
            raise call.unsupported("it combines arrays of different shapes")
        return Step(op=op, **common)

    return make


def _concat(call: Call, common: Common, _numbers: Numbers) -> Step:
    axis: int = _bound(call, "tensors", dim=0)["dim"]
    if axis % call.output.dim() != 1 or len(common["inputs"]) != len(call.arguments[0]):
        raise call.unsupported("it joins arrays, but not their channels")
    return Step(op="concat", **common)


def _bound(call: Call, first: str, **defaults: Any) -> dict[str, Any]:
    """The arguments of a call by name, without the first; functions of PyTorch have no signatures."""
    names = [first, *defaults]
    given = dict(zip(names, call.arguments, strict=False)) | {k: v for k, v in call.options.items() if k in names}
    return {name: given.get(name, default) for name, default in defaults.items()}


def _pair(value: Any) -> list[int]:
    sides = [*value] if isinstance(value, Sequence) else [value]
    return [int(side) for side in (sides * 2)[:2]]


MAKERS: dict[str, Maker] = {
    "linear": _dense,
    "conv2d": _convolution,
    "batch_norm": _batch_norm,
    "max_pool2d": _max_pool,
    "avg_pool2d": _average_pool,
    "adaptive_avg_pool2d": _adaptive_pool,
    "mean": _mean,
    "add": _elementwise("add"),
    "mul": _elementwise("multiply"),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concat),
}
