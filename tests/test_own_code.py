"""Finding and importing a user's own code, naming the line that fails, hashing its source."""

import re
import subprocess
import sys

import pytest

from mnist_exp import examples, own_code
from mnist_exp.errors import UserError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder. Modules that a test imports from it are forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "is_target"),
    [
        ("./my_act.py:Snake", True),
        ("my_act.py:Snake", True),
        ("/a folder/my_act.py:Snake", True),
        ("my_package.acts:Snake", True),
        ("relu", False),
        ("my_act.Snake", False),
        ("./my_act.py", False),
        ("./my_act:Snake", False),
        ("my_act.py:", False),
        (":Snake", False),
        (None, False),
        (3, False),
    ],
)
def test_targets_have_a_place_a_colon_and_an_attribute(name, is_target):
    assert own_code.is_target(name) is is_target


def test_the_dotted_form_of_a_config_file_becomes_a_target():
    assert own_code.as_target("my_net.ResNet") == "my_net:ResNet"
    assert own_code.as_target("my_package.nets.ResNet") == "my_package.nets:ResNet"
    assert own_code.as_target("./my_net.py:ResNet") == "./my_net.py:ResNet"
    for name in ("ResNet", "./my_net.py", "my_net.", "a b"):
        with pytest.raises(UserError, match=r"names no code: write FILE\.py:NAME or MODULE:NAME"):
            own_code.as_target(name)


def test_labels_are_short():
    assert own_code.label("./my_act.py:Snake") == own_code.label("my_act.py:Snake") == "my_act:Snake"
    assert own_code.label("acts/my_act.py:Snake") == "acts/my_act:Snake"
    assert own_code.label("my_package.acts:Snake") == "my_package.acts:Snake"
    assert own_code.label("relu") == "relu"


def test_code_is_found_in_a_file_and_beside_it(folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "helper.py").write_text("NUMBER = 7")
    (folder / "sub" / "mine.py").write_text("from helper import NUMBER\ndef f(): return NUMBER")
    assert own_code.find("sub/mine.py:f")() == 7
    assert own_code.find(f"{folder}/sub/mine.py:f") is own_code.find("./sub/mine.py:f")  # imported once


def test_code_is_found_in_a_package(folder, monkeypatch):
    (folder / "pack").mkdir()
    (folder / "pack" / "acts.py").write_text("class Snake: pass")
    monkeypatch.syspath_prepend(str(folder))
    assert own_code.find("pack.acts:Snake").__name__ == "Snake"


@pytest.mark.parametrize("name", ["random.py", "relu-2.py", "torch.py"])
def test_a_file_that_is_called_like_another_module_does_not_replace_it(folder, name):
    (folder / name).write_text("def f(): return 'mine'")
    assert own_code.find(f"./{name}:f")() == "mine"
    import random

    assert hasattr(random, "shuffle")


def test_a_changed_file_is_imported_again(folder):
    (folder / "helper.py").write_text("NUMBER = 1")
    (folder / "mine.py").write_text("from helper import NUMBER\ndef f(): return NUMBER")
    assert own_code.find("./mine.py:f")() == 1
    (folder / "helper.py").write_text("NUMBER = 22")
    assert own_code.find("./mine.py:f")() == 22


def test_a_missing_file_gets_the_nearest_name_or_how_to_write_an_example(folder):
    with pytest.raises(UserError) as refused:
        own_code.find("./my_act.py:Snake")
    (command,) = re.findall("(mnist-exp example [a-z]+) writes one", str(refused.value))
    assert examples.write(command.split()[-1], folder / "written").startswith("→")
    (folder / "my_act.py").touch()
    with pytest.raises(UserError, match=r"Did you mean 'my_act\.py'\?$"):
        own_code.find("./my_atc.py:Snake")


@pytest.mark.parametrize(
    ("text", "target", "line"),
    [
        (None, "./my_act.py:Snake", "There is no file ./my_act.py in "),
        ("class Snake: pass", "./my_atc.py:Snake", "There is no file ./my_atc.py in "),
        ("class Snake: pass", "./my_act.py:Snak", "./my_act.py: attribute 'Snak' is unknown. Did you mean 'Snake'?"),
        ("class Snake\n  pass", "./my_act.py:Snake", "my_act.py, line 1: expected ':'"),
        ("x = 1\ny = x / 0", "./my_act.py:y", "my_act.py, line 2: ZeroDivisionError: division by zero"),
        ("import no_such_module", "./my_act.py:y", "my_act.py, line 1: ModuleNotFoundError: No module named 'no_such"),
        ("import sys\nsys.exit(3)", "./my_act.py:y", "my_act.py, line 2: SystemExit: 3"),
        ("from .other import y", "./my_act.py:y", "my_act.py, line 1: ImportError: this file is not in a package"),
        ("raise ValueError", "my_act:y", "my_act.py, line 1: ValueError"),
        ("import no_such_module", "my_act:y", "my_act.py, line 1: ModuleNotFoundError: No module named 'no_such"),
        (None, "no_such.acts:Snake", "no_such.acts: there is no module no_such that Python can import."),
    ],
)
def test_code_that_cannot_be_imported_is_one_line(folder, monkeypatch, text, target, line):
    if text is not None:
        (folder / "my_act.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    with pytest.raises(UserError) as refused:
        own_code.find(target)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_a_misspelt_file_is_answered_with_the_nearest(folder):
    (folder / "my_act.py").touch()
    with pytest.raises(UserError, match=r"Did you mean 'my_act\.py'\?"):
        own_code.find("./my_atc.py:Snake")


def test_the_line_of_the_users_code_is_named_even_if_a_library_raised(folder):
    (folder / "mine.py").write_text("import numpy\n\ndef f():\n    return numpy.linalg.inv(numpy.zeros((2, 2)))")
    with pytest.raises(UserError, match=r"^mine\.py, line 4: LinAlgError: Singular matrix$"):
        own_code.calling("f", own_code.find("./mine.py:f"))


def test_the_digest_depends_on_the_file_and_on_what_it_imports_from_beside_it(folder):
    (folder / "other.py").write_text("x = 1")
    (folder / "indirect.py").write_text("x = 1")
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").write_text("")
    (folder / "pack" / "inner.py").write_text("from . import sibling")
    (folder / "pack" / "sibling.py").write_text("x = 1")
    (folder / "helper.py").write_text("import indirect, torch, os.path")
    (folder / "mine.py").write_text("import helper\nfrom pack.inner import sibling\nclass Snake: pass")
    digests = [own_code.source_digest("./mine.py:Snake")]
    for name in ("mine.py", "helper.py", "indirect.py", "pack/__init__.py", "pack/inner.py", "pack/sibling.py"):
        (folder / name).write_text((folder / name).read_text() + "\n# changed")
        digests.append(own_code.source_digest("./mine.py:Snake"))
    assert len({*digests}) == 7
    (folder / "other.py").write_text("x = 2")
    assert own_code.source_digest("mine.py:Snake") == digests[-1]  # other.py is not imported


def test_the_digest_does_not_depend_on_the_folder(folder):
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "mine.py").write_text("class Snake: pass")
    assert own_code.source_digest("a/mine.py:Snake") == own_code.source_digest("b/mine.py:Snake")


def test_a_module_and_a_file_have_the_same_digest(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    (folder / "mine_too.py").write_text("class Snake: pass")
    assert own_code.source_digest("mine_too:Snake") == own_code.source_digest("./mine_too.py:Snake")


@pytest.mark.parametrize("target", ["torch.nn:Softsign", "lightning.pytorch.callbacks:Timer"])
def test_libraries_have_no_digest(target):
    assert own_code.source_digest(target) is None


def test_own_code_is_found_without_importing_torch():
    code = "import sys, mnist_exp.own_code; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "False\n"


def test_files_of_the_same_name_in_two_folders_are_kept_apart(folder):
    for name, number in (("a", 1), ("b", 2)):
        (folder / name).mkdir()
        (folder / name / "same_helper.py").write_text(f"NUMBER = {number}")
        (folder / name / "act.py").write_text("from same_helper import NUMBER\ndef f(): return NUMBER")
    assert [own_code.find(f"./{name}/act.py:f")() for name in "aba"] == [1, 2, 1]


def test_a_changed_module_is_imported_again(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    (folder / "deep").mkdir()
    (folder / "deep" / "__init__.py").touch()
    (folder / "deep" / "core.py").write_text("NUMBER = 1")
    (folder / "by_name.py").write_text("from deep.core import NUMBER\ndef f(): return NUMBER")
    assert own_code.find("by_name:f")() == 1
    (folder / "deep" / "core.py").write_text("NUMBER = 22")
    assert own_code.find("by_name:f")() == 22


def test_what_is_imported_from_the_current_folder_is_part_of_the_digest(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    (folder / "sub").mkdir()
    (folder / "sub" / "act.py").write_text("from cwd_helper import NUMBER\ndef f(): return NUMBER")
    (folder / "cwd_helper.py").write_text("NUMBER = 1")
    assert own_code.find("./sub/act.py:f")() == 1
    before = own_code.source_digest("./sub/act.py:f")
    (folder / "cwd_helper.py").write_text("NUMBER = 22")
    assert own_code.source_digest("./sub/act.py:f") != before
    assert own_code.find("./sub/act.py:f")() == 22


@pytest.mark.parametrize("target", ["os:system", "subprocess:run", "builtins:exec", "importlib.util:find_spec"])
def test_nothing_of_pythons_own_library_is_returned(target):
    with pytest.raises(UserError, match="is part of Python itself"):
        own_code.find(target)
