"""For tests of MLflow and Weights & Biases: skipping where they are missing, and reading W&B's files."""

import importlib.util
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def needs(package: str) -> pytest.MarkDecorator:
    """Skips a test where an optional package is not installed."""
    reason = f"needs the package {package}"
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=reason)


def read_wandb(folder: Path) -> Iterator[Any]:
    """The records in the .wandb file under a folder, in W&B's own protocol buffers.

    The file is a log as LevelDB writes it, after a header of 7 bytes: blocks of 32 KiB, and in them fragments, each
    after a checksum, its length and its kind (1 whole, 2 first, 3 middle, 4 last).
    """
    from wandb.proto import wandb_internal_pb2

    (path,) = folder.rglob("*.wandb")
    data, position, record = path.read_bytes(), 7, b""
    while position < len(data):
        if (left := 32_768 - position % 32_768) < 7:
            position += left
            continue
        _, length, kind = struct.unpack("<IHB", data[position : position + 7])
        record += data[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):
            yield wandb_internal_pb2.Record.FromString(record)
            record = b""


def wandb_values(folder: Path) -> dict[str, Any]:
    """The settings and the final values of the W&B run under a folder, and how it ended.

    W&B's own process is stopped first: it writes the file a little later than the run ends.
    """
    import wandb

    wandb.teardown()
    found: dict[str, Any] = {"config": {}, "summary": {}, "exit_code": None}
    for one in read_wandb(folder):
        kind = one.WhichOneof("record_type")
        if kind == "run":
            found |= {"project": one.run.project, "name": one.run.display_name, "group": one.run.run_group}
            found["config"] |= {item.key: json.loads(item.value_json) for item in one.run.config.update}
        elif kind in ("config", "summary"):
            for item in getattr(one, kind).update:
                found[kind][item.key or "/".join(item.nested_key)] = json.loads(item.value_json)
        elif kind == "exit":
            found["exit_code"] = one.exit.exit_code
    return found
