"""The reason why a network cannot be written as ONNX."""

from mnist_exp.onnx_file import not_exportable
from tests.factories import record


def test_the_reason_is_the_first_line_of_the_first_exception():
    try:
        try:
            raise ValueError("\nno such operator\nmore about it")
        except ValueError as first:
            raise RuntimeError("step 2 of 3 failed") from first
    except RuntimeError as last:
        message = str(not_exportable(record(activation="mish"), last))
    assert message == "cnn with the activation mish cannot be exported to ONNX: no such operator"


def test_an_exception_without_a_message_is_named_by_its_type():
    message = str(not_exportable(record(model="softmax"), NotImplementedError()))
    assert message == "softmax cannot be exported to ONNX: NotImplementedError"
