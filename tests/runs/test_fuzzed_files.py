"""Every file that is read, damaged at random: no traceback, no warning, nothing written, no code run.

HYPOTHESIS_PROFILE=campaign pytest tests/runs/test_fuzzed_files.py tries 1,000 cases of each file.
"""

import io
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mnist_exp.api_results import Study
from mnist_exp.errors import UserError
from mnist_exp.runs import files
from mnist_exp.runs.checkpoints import load_weights
from mnist_exp.runs.identity import code_digest
from mnist_exp.runs.learned import write_shapes
from mnist_exp.runs.sweep_dir import LOOKS, PLAN, records_to_study, study_config, write_plan
from mnist_exp.study.answers import read_answers
from mnist_exp.study.associations import study_associations
from mnist_exp.study.at_chance import at_chance_text
from mnist_exp.study.comparisons import compare
from mnist_exp.study.csv_tables import write_tables
from mnist_exp.study.flow import predicted_flow
from mnist_exp.study.inside import QUANTITIES, values_by_layer
from mnist_exp.study.leaderboard import leaderboard
from mnist_exp.study.learned import learned_arms
from mnist_exp.study.looks import Rules, read_all_rules, write_rules
from mnist_exp.study.seed_sources import split_by_source
from mnist_exp.study.spending import Looks
from mnist_exp.study.swept_settings import swept_keys
from mnist_exp.study.verdict import verdict_text
from tests.factories import record
from tests.fuzzing import damaged_bytes, damaged_json

CLASSES, IMAGES = 10, 20
EVIL = "from pathlib import Path\nPath('code_was_run').touch()\ndef run(*_, **__): pass\n"


def finished(activation: str, seed: int) -> files.Record:
    row = {"epoch": 1, "train_loss": 0.5, "train_acc": 0.8, "val_loss": 0.4, "val_acc": 0.9, "seconds": 1.0}
    support = [IMAGES // CLASSES] * CLASSES
    confusion = (2 * np.eye(CLASSES, dtype=int)).tolist()
    per_class = {"precision": [0.9] * CLASSES, "recall": [0.9] * CLASSES, "f1": [0.9] * CLASSES}
    return record(
        activation,
        seed,
        history=[row, row | {"epoch": 2}],
        per_class=per_class | {"support": support, "confusion": confusion},
        epochs=2,
        best_epoch=2,
        parameters=100,
        code=code_digest(),
    )


def predictions() -> bytes:
    content = io.BytesIO()
    probabilities = np.eye(CLASSES)[np.arange(IMAGES) % CLASSES]
    np.savez_compressed(
        content, labels=np.arange(IMAGES, dtype=np.uint8) % CLASSES, probabilities=np.float16(probabilities)
    )
    return content.getvalue()


def checkpoint() -> bytes:
    content = io.BytesIO()
    torch.save({"state_dict": nn.Linear(4, 3).state_dict(), "epoch": 3}, content)
    return content.getvalue()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sweep of three runs, in a folder with code that says when it is run."""
    base = tmp_path_factory.mktemp("fuzzed")
    folder = base / "sweep"
    folder.mkdir()
    (base / "evil.py").write_text(EVIL)
    runs = [finished("relu", 0), finished("relu", 1), finished("mish", 0)]
    write_plan(folder, [record(one.activation, one.seed, status="missing", error="did not finish") for one in runs])
    write_rules(folder, Rules(Looks(4, 2, 10), 0.1, None))
    for one in runs:
        run_dir = folder / one.run_name
        run_dir.mkdir()
        files.write_record(run_dir, one)
        (run_dir / files.PREDICTIONS).write_bytes(predictions())
        row = {
            "layer": "dense1",
            "gradient_norm": 0.1,
            "activation_mean": 0,
            "activation_sd": 1,
            "dead": 0.2,
            "saturated": 0.1,
        }
        predicted = {"layer": "dense1", "variance": 0.5, "mean_square": 0.2, "chi": 0.9, "gradient_norm": 0.1}
        files.write_flow(run_dir, [predicted])
        row |= {"learned_beta": 1.5, "sd_of_beta": 0.1}
        files.write_probes(run_dir, [{"step": 0} | row, {"step": 5} | row, {"step": 9} | row | {"gradient_norm": None}])
        curve = [{"layer": "dense1", "x": x, "mean": x, "low": x - 1, "high": x + 1} for x in (-1.0, 0.0, 1.0)]
        write_shapes(run_dir, [{"step": step} | point for step in (0, 9) for point in curve])
    before = Path.cwd()
    os.chdir(base)
    yield folder
    os.chdir(before)
    assert sorted(path.name for path in base.iterdir()) == ["evil.py", "sweep"]
    shutil.rmtree(base)


def read_all(folder: Path) -> None:
    """All that a report reads and computes from it, without plots."""
    records = records_to_study([folder])
    options = study_config([folder], records)
    for one in records:
        read_answers(one.run_dir)
        for quantity in QUANTITIES:
            values_by_layer(one, quantity)
    learned_arms({"cnn": {"relu": records}})
    predicted_flow({"cnn": {one.run_name: [one] for one in records}})
    records, _ = split_by_source(records)
    swept = swept_keys(records)
    comparisons = compare(records, swept, options, read_all_rules(records))
    leaderboard(records, swept)
    verdict_text(records, swept, comparisons, options.control)
    at_chance_text(records, swept)
    study_associations(records, swept)
    tables = folder.parent / "tables"
    tables.mkdir()
    write_tables(tables, records, swept, comparisons)
    shutil.rmtree(tables)


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    found = ((path, path.lstat()) for path in folder.parent.rglob("*"))
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found if path.is_file()}


def in_one_line(read: Callable[[], object]) -> None:
    """Read; the only exception may be the project's own, with one line."""
    line = ""
    try:
        read()
    except UserError as error:
        line = str(error)
    assert "\n" not in line


def read_with(folder: Path, path: Path, content: bytes) -> None:
    """Read the study with another content of one file, and put the file back."""
    good = path.read_bytes()
    path.write_bytes(content)
    before = listing(folder)
    try:
        in_one_line(lambda: read_all(folder))
    finally:
        shutil.rmtree(folder.parent / "tables", ignore_errors=True)
        after = listing(folder)
        path.write_bytes(good)
    assert after == before


FIRST = finished("relu", 0).run_name


DAMAGES = {
    files.RESULT: (f"{FIRST}/{files.RESULT}", damaged_json),
    PLAN: (PLAN, damaged_json),
    LOOKS: (LOOKS, damaged_json),
    files.PREDICTIONS: (f"{FIRST}/{files.PREDICTIONS}", damaged_bytes),
    files.PROBES: (f"{FIRST}/{files.PROBES}", damaged_bytes),
    files.SHAPES: (f"{FIRST}/{files.SHAPES}", damaged_bytes),
    files.FLOW: (f"{FIRST}/{files.FLOW}", damaged_bytes),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DAMAGES)
@given(data=st.data())
def test_a_study_with_a_damaged_file(study, name, data):
    place, damaged = DAMAGES[name]
    path = study / place
    read_with(study, path, data.draw(damaged(path.read_bytes())))


@pytest.fixture(scope="module")
def stored() -> bytes:
    return checkpoint()


@pytest.mark.slow
@given(data=st.data())
def test_a_damaged_checkpoint(study, stored, data):
    path = study / "best.ckpt"
    path.write_bytes(data.draw(damaged_bytes(stored)))
    before = listing(study)
    in_one_line(lambda: load_weights(nn.Linear(4, 3), path))
    assert listing(study) == before
    path.unlink()


@given(data=st.data())
def test_a_damaged_table(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("table")
    good = b"model,activation,seed,test_acc\nmlp,relu,0,0.9\nmlp,mish,0,0.91\n"
    (folder / "results.csv").write_bytes(data.draw(damaged_bytes(good)))
    in_one_line(lambda: Study(folder).runs.to_dict())


class Touch:
    """Unpickled, it makes a file."""

    def __reduce__(self):
        return Path.touch, (Path("code_was_run"),)


def test_nothing_is_unpickled(study):
    content = io.BytesIO()
    np.savez(content, labels=np.array([Touch()], dtype=object), probabilities=np.ones((1, 1), np.float16))
    read_with(study, study / FIRST / files.PREDICTIONS, content.getvalue())
    path = study / "best.ckpt"
    torch.save({"state_dict": Touch()}, path)
    with pytest.raises(UserError, match="holds more than weights"):
        load_weights(nn.Linear(4, 3), path)
    path.write_bytes(pickle.dumps(Touch()))
    with pytest.raises(UserError, match="not a PyTorch file"):
        load_weights(nn.Linear(4, 3), path)
    path.unlink()
    assert not Path("code_was_run").exists()
