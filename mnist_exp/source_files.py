"""The source files behind a piece of code: what it imports from the same folder, and a hash of all of it."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path


def digest(folder: Path, files: set[Path]) -> str:
    """A hash of some files in a folder. It does not depend on where the folder is."""
    hashed = hashlib.sha256()
    for path in sorted(files):
        hashed.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()[:12]


def with_imports(folder: Path, files: list[Path]) -> set[Path]:
    """The files, and those in the folder that they import, directly or through others."""
    found, waiting = set(files), list(files)
    while waiting:
        path = waiting.pop()
        for imported in _imports(path, folder):
            if imported not in found:
                found.add(imported)
                waiting.append(imported)
    return found


def _imports(path: Path, folder: Path) -> Iterator[Path]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # importing it will say so
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from files_of(folder, alias.name)
        elif isinstance(node, ast.ImportFrom):
            start = path.parents[node.level - 1] if node.level else folder
            if start.is_relative_to(folder):
                for alias in node.names:  # an imported name may be a module of its own
                    yield from files_of(start, ".".join(filter(None, (node.module, alias.name))))


def files_of(folder: Path, dotted: str) -> list[Path]:
    """The files in a folder that are executed when a module is imported: its packages and the module itself."""
    found: list[Path] = []
    for part in dotted.split("."):
        package, module = folder / part / "__init__.py", folder / f"{part}.py"
        if package.is_file():
            found.append(package)
        elif module.is_file():
            return [*found, module]
        elif not (folder / part).is_dir():
            break
        folder = folder / part
    return found
