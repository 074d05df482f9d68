"""Code that is named in the configuration: "./my_act.py:Snake" or "my_package.acts:Snake". Does not import torch.

Finds and imports it, says where it fails, and hashes its source for the key of a run.
"""

import ast
import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from mnist_exp.errors import UserError, nearest, unknown
from mnist_exp.source_files import digest, files_of, with_imports

# A record has the versions of these; their source is not hashed.
LIBRARIES = {"mnist_exp", "torch", "torchvision", "torchmetrics", "lightning", "pytorch_lightning", "numpy", "mlxtend"}
_HOW_TO_START = "mnist-exp example lists files to start from; mnist-exp example activation writes one."
_PACKAGE = Path(__file__).resolve().parent
_imported: dict[Path, tuple[str, ModuleType]] = {}  # file → digest of what was imported, and the module
_contents: dict[Path, bytes] = {}  # what was in a file when it was last imported


def is_target(name: object) -> bool:
    """Whether a name has the form "file.py:attribute" or "module:attribute"."""
    if not isinstance(name, str):
        return False
    place, colon, attribute = name.rpartition(":")
    is_module = all(part.isidentifier() for part in place.split("."))
    return bool(colon) and attribute.isidentifier() and (place.endswith(".py") or is_module)


def as_target(name: str) -> str:
    """`_target_` of a config file in the form with a colon: my_net.ResNet → my_net:ResNet. Raises UserError."""
    target = name if ":" in name else ":".join(name.rsplit(".", 1))
    if name.endswith(".py") or not is_target(target):
        raise UserError(f"'{name}' names no code: write FILE.py:NAME or MODULE:NAME, for example ./my_act.py:Snake.")
    return target


def label(target: str) -> str:
    """A short name for tables: ./my_act.py:Snake → my_act:Snake. Names of other forms are returned as they are."""
    place, _, attribute = target.rpartition(":")
    return f"{place.removeprefix('./').removesuffix('.py')}:{attribute}" if is_target(target) else target


def labels(target: str | Sequence[str]) -> str:
    """The label of one activation; of a list, one for each hidden layer, all of them: relu-mish-tanh."""
    return label(target) if isinstance(target, str) else "-".join(map(label, target))


def find(target: str) -> Any:
    """The class or function that a target names; nothing is called. Raises UserError.

    Nothing of Python's own library is returned: a record or checkpoint from elsewhere could name os:system.
    """
    place, _, attribute = target.rpartition(":")
    if place.split(".")[0] in sys.stdlib_module_names:
        raise UserError(f"{target}: is part of Python itself. Name a class or function of your own or of a package.")
    module = _import_file(place) if place.endswith(".py") else _import_module(place)
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise _unknown_attribute(place, attribute, module) from None


def _unknown_attribute(place: str, attribute: str, module: ModuleType) -> UserError:
    """Lists what a module defines; of a package, which imports from its modules, only the nearest name is given."""
    own = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    near = nearest(attribute, [name for name in vars(module) if not name.startswith("_")])
    if own and (near is None or near in own) and not hasattr(module, "__path__"):
        return unknown(f"{place}: attribute", attribute, own)
    hint = f" Did you mean '{near}'?" if near else ""
    return UserError(f"{place}: attribute '{attribute}' is unknown.{hint}")


def _import_module(name: str) -> ModuleType:
    """A module by its name. It is imported again if it, or a file that it imports from beside it, has changed."""
    if source := _source_of_module(name):
        _forget_changed(*source)
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise UserError(f"{name}: there is no module {error.name} that Python can import.") from error
        raise failure(error, name) from error
    except (Exception, SystemExit) as error:
        raise failure(error, name) from error


def _import_file(place: str) -> ModuleType:
    """The module in a file. It is imported again if it, or a file that it imports from beside it, has changed."""
    path = _existing_file(place)
    folder, files = _source_of_file(path)
    current = digest(folder, files)
    if path in _imported and _imported[path][0] == current:
        return _imported[path][1]
    _forget_changed(folder, files)
    _imported[path] = current, _execute(path, place)
    return _imported[path][1]


def _existing_file(place: str) -> Path:
    path = Path(place).expanduser()
    if path.is_file():
        return path.resolve()
    files = [str(found.relative_to(path.parent)) for found in sorted(path.parent.glob("*.py"))]
    near = nearest(path.name, files)
    hint = f" Did you mean '{path.with_name(near)}'?" if near else f" {_HOW_TO_START}"
    where = "" if path.is_absolute() else f" in {Path.cwd()}"
    raise UserError(f"There is no file {place}{where}.{hint}")


def _execute(path: Path, place: str) -> ModuleType:
    folder = str(path.parent)
    sys.path[:] = [folder, *(one for one in sys.path if one != folder)]  # it may import what is beside it, as a script
    # A name that no other module has: a file called random.py must not replace Python's.
    name = path.stem if _is_free(path.stem, path) else f"{path.stem}_{hashlib.sha256(bytes(path)).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise failure(error, place) from error
    finally:
        sys.path.remove(folder)
        sys.path.append(folder)  # for what its functions import when they are called
    return module


def _is_free(name: str, path: Path) -> bool:
    """Whether no other module is, or would be, imported by this name."""
    if name in sys.modules or name in sys.stdlib_module_names or not name.isidentifier():
        return False
    found = importlib.util.find_spec(name)
    return found is None or found.origin == str(path)


def _forget_changed(folder: Path, files: Iterable[Path]) -> None:
    """Let Python import these modules again if one of them has changed, or if another file has its name."""
    importlib.invalidate_caches()
    modules = {_module_name(folder, path): path for path in files}
    if any(_is_another(name, path) for name, path in modules.items()):
        for name in modules:
            file = getattr(sys.modules.get(name), "__file__", None)
            if file and _is_own(Path(file)) and name != "__main__":
                del sys.modules[name]
    _contents.update({path: path.read_bytes() for path in modules.values()})


def _module_name(folder: Path, path: Path) -> str:
    root = folder if path.is_relative_to(folder) else Path.cwd()
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _is_another(name: str, path: Path) -> bool:
    """Whether the module that was imported by this name is from another file, or from another content of this one."""
    file = getattr(sys.modules.get(name), "__file__", None)
    content = path.read_bytes()
    return file is not None and (file != str(path) or _contents.get(path, content) != content)


def failure(error: BaseException, what: str) -> UserError:
    """An exception in a user's code as one line, with the file and the line number."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, SyntaxError):
        return UserError(f"{_short(error.filename or what)}, line {error.lineno}: {error.msg}")
    first_line = next(iter(str(error).strip().splitlines()), "")
    if "relative import" in first_line:
        first_line = "this file is not in a package: leave out the dot after from"
    reason = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return UserError(f"{own_line(error) or what}: {reason}")


def calling(what: str, function: Callable[[], Any]) -> Any:
    """Call a function of the user's. Raises UserError with the file and line for any exception in it."""
    try:
        return function()
    except UserError:
        raise
    except Exception as error:
        raise failure(error, what) from error


def own_line(error: BaseException) -> str | None:
    """The line of a user's code in which an exception was raised, as in "my_act.py, line 7"; None if there is none."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(Path(frame.filename))]
    return f"{_short(own[-1].filename)}, line {own[-1].lineno}" if own else None


@cache
def _is_own(path: Path) -> bool:
    """Whether a file belongs neither to this project nor to Python or an installed package."""
    installed = (Path(sys.prefix), Path(sys.base_prefix), Path(ast.__file__).parent, _PACKAGE)
    is_installed = "site-packages" in path.parts or any(path.is_relative_to(folder) for folder in installed)
    return path.suffix == ".py" and path.is_file() and not is_installed and "hydra_plugins" not in path.parts


def _short(path: str) -> str:
    """The path as one would type it here."""
    return str(Path(path).relative_to(Path.cwd())) if Path(path).is_relative_to(Path.cwd()) else path


def source_digest(target: str) -> str | None:
    """A hash of the source of a target, and of all that it imports from beside it; None for code of LIBRARIES.

    What it imports from the current folder counts too. Raises UserError if the code cannot be found.
    """
    place, _, _ = target.rpartition(":")
    source = _source_of_file(_existing_file(place)) if place.endswith(".py") else _source_of_module(place)
    return digest(*source) if source else None


def _source_of_file(path: Path) -> tuple[Path, set[Path]]:
    """Its folder, and the files that belong to it."""
    return path.parent, with_imports(path.parent, [path], Path.cwd())


def _source_of_module(module: str) -> tuple[Path, set[Path]] | None:
    """The folder from which a module is imported, and the files that belong to it; None for code of LIBRARIES."""
    top, *_ = module.split(".")
    if top in LIBRARIES or top in sys.stdlib_module_names:
        return None
    try:
        # Not importlib.util alone, which returns a module of that name that was imported from elsewhere.
        spec = PathFinder.find_spec(top) or importlib.util.find_spec(top)
    except ValueError:
        return None  # of the program itself
    if spec is None:
        return None  # importing it will say so
    places = list(spec.submodule_search_locations or [])
    if not places and not (spec.origin or "").endswith(".py"):
        return None  # compiled
    folder = Path(places[0]).resolve().parent if places else Path(spec.origin or "").resolve().parent
    return folder, with_imports(folder, files_of(folder, module), Path.cwd())
