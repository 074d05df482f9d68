"""A full disk: recognised in any error, and said in one line."""

import errno
import shlex
import sys
from pathlib import Path

from mnist_exp.errors import UserError

FULL = (errno.ENOSPC, errno.EDQUOT)  # no space, or the user's share is used up
TORCH_CANNOT_WRITE = "PytorchStreamWriter failed writing"  # torch.save does not say why


class FullDiskError(UserError):
    """Nothing more can be written to a folder."""

    def __init__(self, folder: Path | str, command: str | None = None) -> None:
        super().__init__(folder, command)
        self.folder, self.command = folder, command or typed_command()

    def __str__(self) -> str:
        again = f": {self.command}" if self.command else "."
        return f"No space left on the disk of {self.folder}. Free some space and type the same command again{again}"


def is_full_disk(error: BaseException | None) -> bool:
    """Whether an error, or one that it follows from, is that there is no space left."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))  # an error can be its own cause
        if isinstance(error, FullDiskError) or (isinstance(error, OSError) and error.errno in FULL):
            return True
        if isinstance(error, RuntimeError) and TORCH_CANNOT_WRITE in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def raise_full_disk(error: BaseException) -> None:
    """Raise an error again that a caller would only mention."""
    if is_full_disk(error):
        raise error


def typed_command() -> str | None:
    """The command of this process as one would type it; None in a notebook or a script of the user's."""
    program = Path(sys.argv[0])
    if program.name == "mnist-exp" or program.parts[-2:] == ("mnist_exp", "__main__.py"):
        return shlex.join(["python", "-m", "mnist_exp", *sys.argv[1:]])
    return None
