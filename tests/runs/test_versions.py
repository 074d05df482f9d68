"""The software and the machine that a record names."""

import re
import subprocess

import torch

from mnist_exp.runs import versions


def test_versions_name_the_software_and_the_commit():
    assert set(versions.versions()) == {"python", "torch", "lightning", "mnist_exp", "commit"}
    assert versions.versions()["torch"] == torch.__version__.split("+")[0]


def test_the_machine_is_named():
    assert re.fullmatch(r".+, \d+ cores", versions.machine())


def test_the_commit_of_another_repository_is_not_recorded(tmp_path, monkeypatch):
    """A wheel installed somewhere inside another project's checkout."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "site" / "mnist_exp" / "runs" / "versions.py"))
    (tmp_path / "site" / "mnist_exp").mkdir(parents=True)
    assert versions._commit() is None
