import json
import sys

import pytest

from mnist_exp.benchmark.interleave import Contender, contenders, take_turns
from mnist_exp.errors import UserError

# Tells who it is, and at each line its next number; notes in a file whose turn it was.
SCRIPT = """
import json, sys
name, diary, *numbers = sys.argv[1:]
print(json.dumps({"called": name}), flush=True)
for _, number in zip(sys.stdin, numbers):
    open(diary, "a").write(name)
    print(number, flush=True)
raise SystemExit("out of numbers")
"""


def made_up(tmp_path, name, *numbers):
    return Contender(name, [sys.executable, "-c", SCRIPT, name, str(tmp_path / "diary"), *map(str, numbers)])


def test_turns_alternate_and_the_first_does_not_count(tmp_path):
    a, b = made_up(tmp_path, "a", 9, 1, 3, 2), made_up(tmp_path, "b", 9, 4, 5, 6)
    take_turns([a, b], 3)
    assert (tmp_path / "diary").read_text() == "abababab"
    assert (a.seconds, b.seconds) == ([1, 3, 2], [4, 5, 6])
    assert (a.median, b.median, a.about) == (2, 5, {"called": "a"})


def test_one_that_stops_is_named_with_its_last_words(tmp_path):
    with pytest.raises(UserError, match=r"a stopped: out of numbers"):
        take_turns([made_up(tmp_path, "a", 1), made_up(tmp_path, "b", 1, 1, 1)], 2)


def test_one_that_cannot_be_started_is_named():
    with pytest.raises(UserError, match="Keras cannot be started"):
        take_turns([Contender("Keras", ["/no/such/python"])], 1)


def test_who_takes_part(plain, tmp_path):
    config = plain("data=mnist5k", "model=softmax")
    assert [c.name for c in contenders(config, tmp_path, None, None)] == ["ours", "raw loop", "plain Lightning"]
    everyone = contenders(config, tmp_path, "python-with-keras", "bf16-mixed")
    assert [c.name for c in everyone][3:] == ["Keras", "ours, bf16-mixed"]
    assert everyone[3].command[0] == "python-with-keras"
    assert json.loads((tmp_path / "config.json").read_text()) == config
    assert json.loads((tmp_path / "auto.json").read_text())["trainer"]["precision"] == "bf16-mixed"


def test_an_interpreter_without_keras_is_told_so(plain, tmp_path):
    keras = contenders(plain("data=mnist5k", "model=softmax"), tmp_path, sys.executable, None)[3]
    with pytest.raises(UserError, match=r"Keras stopped: .*No module named 'keras'"):
        take_turns([keras], 1)
