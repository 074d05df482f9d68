"""TensorBoard's event files, written in the thread that logs: its own writer prints errors from another thread."""

import itertools
import os
import socket
import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter

FLUSH_SECONDS = 30.0
_numbers = itertools.count()  # two files of one second and process have different names


class EventFile:
    """An event file, with the methods of TensorBoard's EventFileWriter. Each may raise OSError.

    Args:
        folder: where the file is made.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder, self.flushed = Path(folder), time.time()
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{self.flushed:010.0f}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        self.file = (self.folder / name).open("xb")
        self.writer = RecordWriter(self.file)
        self.add_event(Event(wall_time=self.flushed, file_version="brain.Event:2"))
        self.flush()

    def get_logdir(self) -> str:
        """The folder of the file."""
        return str(self.folder)

    def add_event(self, event: Event) -> None:
        """Add an event."""
        self.writer.write(event.SerializeToString())
        if time.time() > self.flushed + FLUSH_SECONDS:  # for a TensorBoard that shows it meanwhile
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        self.file.flush()
        self.flushed = time.time()

    def close(self) -> None:
        """Write what is buffered, and close the file also if that fails."""
        self.file.close()
