"""Which stored states are used."""

import logging

import pytest
import torch

from mnist_exp.runs.files import resume_path
from mnist_exp.runs.record import blank
from mnist_exp.training.resume_point import ResumePoint, find_resume_point, identity

EXPECTED = {"other settings": "1", "another device": "cpu"}
STATE = {"epoch": 2, "mnist_exp": {"identity": EXPECTED, "seconds": 7.5, "lengths": {"metrics.csv": 3}}}


@pytest.fixture
def found(tmp_path, caplog):
    """found(state) is where a run can continue that stored this, or that `damage` damaged; and its lines in the log."""

    def find(state, damage=lambda _: None):
        caplog.set_level(logging.INFO, logger="mnist_exp")
        resume_path(tmp_path).parent.mkdir()
        torch.save(state, resume_path(tmp_path))
        damage(resume_path(tmp_path))
        return find_resume_point(tmp_path, EXPECTED), caplog.messages

    return find


def test_a_run_continues_with_the_state_that_it_stored(found, tmp_path):
    assert found(STATE) == (ResumePoint(2, 7.5, {"metrics.csv": 3}), [])
    assert resume_path(tmp_path).exists()


def test_a_run_without_a_stored_state_begins(tmp_path, caplog):
    assert find_resume_point(tmp_path, EXPECTED) is None
    assert caplog.messages == []


class Marker:
    """Unpickled, it would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def change_a_bit(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"metrics.csv")] ^= 1
    path.write_bytes(content)


def other(**changed):
    return {"epoch": 2, "mnist_exp": STATE["mnist_exp"] | {"identity": EXPECTED | changed}}


DAMAGED = {
    "truncated": (STATE, cut, "it is truncated, or not a PyTorch file"),
    "changed": (STATE, change_a_bit, "its part resume/data.pkl was changed after it was written"),
    "empty": (STATE, lambda path: path.write_bytes(b""), "it is truncated, or not a PyTorch file"),
    "other_content": ({"epoch": 2}, None, "it was not written by this version of mnist_exp"),
    "no_dictionary": ([1], None, "it was not written by this version of mnist_exp"),
    "other_run": (other(**{"other settings": "2"}), None, "it was stored with other settings"),
    "other_device": (other(**{"another device": "cuda"}), None, "it was stored with another device"),
    "class": (
        STATE | {"more": ResumePoint(1, 0.0, {})},
        None,
        "it holds an object of mnist_exp.training.resume_point.ResumePoint, perhaps of a callback, and only plain "
        "values are loaded",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_any_other_state_is_named_and_removed(found, tmp_path, name):
    state, damage, reason = DAMAGED[name]
    expected = f"resume.ckpt cannot be used: {reason}. The run begins anew."
    assert found(state, damage or (lambda _: None)) == (None, [expected])
    assert not resume_path(tmp_path).exists()


def test_code_in_a_stored_state_does_not_run(found, tmp_path):
    point, lines = found(STATE | {"more": Marker(tmp_path / "executed")})
    assert point is None
    assert len(lines) == 1
    assert not (tmp_path / "executed").exists()


def test_what_can_change_the_numbers_is_part_of_the_identity(plain, tmp_path):
    def of(*overrides, parts=(), **noted):
        record = blank(plain(*overrides), [])
        for name, value in noted.items():
            setattr(record, name, value)
        return str(identity(record, parts, tmp_path))

    changed = [of("seed=1"), of("diagnostics.probe_every=5"), of(parts=[1]), of(device="cuda"), of(precision="bf16"),
               of(threads=3), of(code="other"), of(versions={"torch": "1", "lightning": "2"})]  # fmt: skip
    assert len({of(), *changed}) == 1 + len(changed)
    assert of("trainer.resume_every=1", "diagnostics.figures=true", "data.root=elsewhere") == of()
