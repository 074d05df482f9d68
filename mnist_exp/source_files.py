"""The source files behind a piece of code: what it imports from its folder or another, and a hash of all of it."""

import ast
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


def digest(folder: Path, files: set[Path]) -> str:
    """A hash of some files in a folder. It does not depend on where the folder is."""
    hashed = hashlib.sha256()
    for path in sorted(files):
        hashed.update(Path(os.path.relpath(path, folder)).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()[:12]


def with_imports(folder: Path, files: list[Path], other_folder: Path) -> set[Path]:
    """The files, and those that they import, directly or through others, from the folder or else the other folder."""
    found, waiting = set(files), list(files)
    while waiting:
        path = waiting.pop()
        for imported in _imports(path, folder, other_folder):
            if imported not in found:
                found.add(imported)
                waiting.append(imported)
    return found


def _imports(path: Path, folder: Path, other_folder: Path) -> Iterator[Path]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # importing it will say so
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from files_of(folder, alias.name) or files_of(other_folder, alias.name)
        elif isinstance(node, ast.ImportFrom):
            starts = [path.parents[node.level - 1]] if node.level else [folder, other_folder]
            for alias in node.names:  # an imported name may be a module of its own
                dotted = ".".join(filter(None, (node.module, alias.name)))
                yield from next((files for start in starts if (files := files_of(start, dotted))), [])


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
