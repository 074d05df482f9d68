"""Arguments of code that is named in the configuration: checking them, and making an object with them."""

import inspect
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mnist_exp import own_code
from mnist_exp.errors import UserError, listed, nearest

Base = tuple[type[Any], str]
NO_FUNCTIONS = {"torch", "numpy", "lightning", "torchmetrics", "mlxtend", "_io", "builtins", "posix"}
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def names(code: Any) -> list[str] | None:
    """The arguments that a class or function has; None if it takes any, or if Python cannot say."""
    found = parameters(code)
    if found is None or any(one.kind is inspect.Parameter.VAR_KEYWORD for one in found):
        return None
    return [one.name for one in found if one.kind is not inspect.Parameter.VAR_POSITIONAL]


def takes(code: Any, name: str) -> bool:
    """Whether the signature of a class or function has an argument of this name."""
    return any(one.name == name for one in parameters(code) or ())


def parameters(code: Any) -> list[inspect.Parameter] | None:
    """The parameters of a signature; None if Python cannot say."""
    try:
        return list(inspect.signature(code).parameters.values())
    except (TypeError, ValueError):
        return None  # code in C may have no signature


def check(code: Any, given: Collection[str], what: str, key: str, positional: Sequence[str] = ()) -> None:
    """Raise UserError for an argument that a class or function does not have, or that it needs and is not given.

    Args:
        code: The class or function.
        given: The names of the arguments.
        what: What the error message is about.
        key: Where the arguments are set in the configuration.
        positional: Arguments that are given by position.
    """
    found = parameters(code)
    if found is None:
        return
    free = [one for one in found if one.kind not in _VARIADIC][len(positional) :]
    valid = [one.name for one in free]
    unknown = [name for name in given if name not in valid]
    if unknown and names(code) is not None:
        near = nearest(unknown[0], valid)
        hint = f" Did you mean '{near}'?" if near else f" It has {listed(valid)}." if valid else " It has none."
        raise UserError(f"{what} has no argument '{unknown[0]}' ({key}).{hint}")
    missing = [one.name for one in free if one.default is one.empty and one.name not in given]
    if missing:
        raise UserError(f"{what} needs {listed(missing)}: set +{key}.{missing[0]}=…")


def check_kind(code: Any, base: Base, what: str, function: bool = False) -> None:
    """Raise UserError for code that is not of the wanted kind, before it is called.

    A record or checkpoint from elsewhere could name any function of an installed package.

    Args:
        code: a class or function.
        base: the class that it must be derived from, and what it is called.
        what: what the error message is about.
        function: whether a function that returns such an object will do. Functions of PyTorch will not.
    """
    kind, description = base
    if inspect.isclass(code) and issubclass(code, kind):
        return
    is_function = callable(code) and not inspect.isclass(code) and not isinstance(code, kind)
    if function and is_function and str(getattr(code, "__module__", "")).split(".")[0] not in NO_FUNCTIONS:
        return
    raise UserError(f"{what}: must be a class derived from {description}{', or a function' if function else ''}.")


def make(
    spec: Mapping[str, Any], what: str, key: str, base: Base | None, function: bool = False, **filled_in: Any
) -> Any:
    """The object that `_target_` and the arguments beside it describe; arguments may be such objects themselves.

    Args:
        spec: `_target_` and arguments.
        what: What error messages are about.
        key: Where the arguments are set in the configuration.
        base, function: As in check_kind; without a base, any class.
        filled_in: Further arguments, used where the signature has them and the configuration does not set them.

    Raises:
        UserError: The code cannot be found, has other arguments, or raises.
    """
    code = own_code.find(own_code.as_target(spec["_target_"]))
    check_kind(code, base or (object, "object"), what, function)
    given = {name: _made(value, what, key) for name, value in spec.items() if name != "_target_"}
    given = {name: value for name, value in filled_in.items() if takes(code, name)} | given
    check(code, given, what, key)
    try:
        return code(**given)
    except Exception as error:
        raise own_code.failure(error, what) from error


def _made(value: Any, what: str, key: str) -> Any:
    if isinstance(value, Mapping):
        if "_target_" in value:
            return make(value, what, key, None)
        return {name: _made(item, what, key) for name, item in value.items()}
    return [_made(item, what, key) for item in value] if isinstance(value, list) else value
