import pytest

from mnist_exp.study.page.question import question
from tests.factories import record


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        ([("cnn", "relu")], "How accurate is cnn with relu (mnist)?"),
        ([("cnn", "relu"), ("cnn", "mish")], "Which activation on cnn: relu or mish (mnist)?"),
        ([("cnn", "relu"), ("mlp", "relu")], "Which network with relu: cnn or mlp (mnist)?"),
        (
            [("cnn", "relu"), ("mlp", "mish"), ("mlp", "tanh")],
            "Which activation on which network: relu, mish or tanh on cnn or mlp (mnist)?",
        ),
        ([("cnn", f"own.py:A{i}") for i in range(30)], "Which activation on cnn: 30 activations (mnist)?"),
    ],
)
def test_the_question_names_what_differs(arms, expected):
    assert question([record(activation, model=model) for model, activation in arms], []) == expected


def test_the_question_names_data_sets_and_swept_settings():
    runs = [record(name, lr=lr, data=data) for name in ("relu", "mish") for lr in (0.1, 0.2) for data in ("a", "b")]
    assert (
        question(runs, ["optimizer.lr"]) == "Which activation on cnn: relu or mish (a and b), at which learning rate?"
    )
