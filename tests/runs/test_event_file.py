"""Event files: TensorBoard reads them, and errors are raised where an event is added."""

import threading

import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from mnist_exp.runs.event_file import EventFile


def events(folder):
    (path,) = folder.iterdir()
    return list(EventFileLoader(str(path)).Load())


def value(step):
    return Event(step=step, summary=Summary(value=[Summary.Value(tag="a", simple_value=step)]))


def test_tensorboard_reads_what_was_added(tmp_path):
    before = threading.active_count()
    file = EventFile(tmp_path / "new")
    for step in (1, 2):
        file.add_event(value(step))
    assert threading.active_count() == before
    file.close()
    first, *others = events(tmp_path / "new")
    assert first.file_version == "brain.Event:2"
    assert [event.step for event in others] == [1, 2]
    assert file.get_logdir() == str(tmp_path / "new")


def test_a_running_tensorboard_sees_events_after_a_while(tmp_path):
    file = EventFile(tmp_path)
    file.add_event(value(1))
    assert len(events(tmp_path)) == 1
    file.flushed -= 60
    file.add_event(value(2))
    assert len(events(tmp_path)) == 3
    file.close()


def test_two_files_of_one_second_are_two(tmp_path):
    for _ in range(2):
        EventFile(tmp_path).close()
    assert len(list(tmp_path.iterdir())) == 2


def test_an_error_is_raised_where_an_event_is_added(tmp_path):
    file = EventFile(tmp_path)
    file.file.close()
    with pytest.raises(ValueError, match="closed file"):
        file.add_event(value(1))
