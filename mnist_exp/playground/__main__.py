"""mnist-exp playground [SWEEP_OR_RUN_DIR…]: draw a digit or a letter, and each activation's network
classifies it.

It has the networks that were trained on handwriting of 28×28 grey pixels, such as MNIST and EMNIST.
"""

import argparse
import logging
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from mnist_exp.digits.network_input import InputNeeds
from mnist_exp.errors import UserError
from mnist_exp.playground.hosts import is_loopback
from mnist_exp.playground.networks import Network, Playground, best_of_each
from mnist_exp.report import newest_sweep
from mnist_exp.runs.record import Record
from mnist_exp.runs.run_selection import (
    HOW_TO_TRAIN,
    TrainedRun,
    finished_runs,
    held_out_test_set,
    holds_runs,
    open_run,
)

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

HOST, PORT = "127.0.0.1", 7007
MAX_PORT = 65_535
TIMEOUT = 10  # seconds that a connection may be silent


def open_playground(folders: Sequence[Path]) -> Playground:
    """Load the best network of each activation in these folders.

    A network that cannot be loaded is named on stderr and left out, and so are those that do not take drawings.

    Raises:
        UserError: if a folder has no finished run, none takes drawings, or none can be loaded.
    """
    records = [record for folder in folders for record in finished_runs(folder)]
    unique = {record.key: record for record in records}  # a run may be in two of the folders
    best = best_of_each(drawable_runs([*unique.values()], folders))
    opened = {name: open_runs(runs) for name, runs in best.items()}
    networks = {name: with_test_set(arms) for name, arms in opened.items() if arms}
    if not networks:
        raise UserError(f"None of the networks in {', '.join(map(str, folders))} can be loaded: {HOW_TO_TRAIN}.")
    return Playground(networks)


def drawable_runs(records: Sequence[Record], folders: Sequence[Path]) -> list[Record]:
    """The runs whose networks take drawings. How many others there are is printed. Raises UserError if none does."""
    found = [record for record in records if InputNeeds(record).handwriting]
    others = [record for record in records if not InputNeeds(record).handwriting]
    names = ", ".join(sorted({record.data for record in others}))
    if not found:
        raise UserError(
            f"The playground needs a network trained on handwriting of 28×28 grey pixels, such as data=mnist, but "
            f"{', '.join(map(str, folders))} has networks for {names} only."
        )
    if others:
        count = f"{len(others)} run{'s' * (len(others) != 1)}"
        print(f"! left out: {count} on {names}, which is not handwriting", file=sys.stderr)
    return found


def with_test_set(arms: list[TrainedRun]) -> Network:
    """The network with the test set of its data, if that can be read: drawing needs none."""
    record = arms[0].record
    try:
        return Network(arms, held_out_test_set(record), f"the test set of {record.data}")
    except UserError as error:
        return Network(arms, None, str(error))


def open_runs(records: Sequence[Record]) -> list[TrainedRun]:
    """Those of the runs whose network can be loaded; the others are named on stderr."""
    opened = []
    for record in records:
        try:
            opened.append(open_run(record))
        except UserError as error:
            print(f"! left out: {error}", file=sys.stderr)
    return opened


def make_http_server(playground: Playground, host: str, port: int) -> "BaseWSGIServer":
    """A server that listens on this address; with port 0, on any free one. Raises UserError if it cannot."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    from mnist_exp.playground.server import Server

    class Handler(WSGIRequestHandler):
        timeout = TIMEOUT

    with listen(host, port) as bound:
        port = bound.getsockname()[1]
        app = Server(playground, host, port)
        return make_server(host, port, app, threaded=True, request_handler=Handler, fd=bound.fileno())


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on this address. Raises UserError."""
    try:
        if not 0 <= port <= MAX_PORT:
            raise OSError(f"ports are 0 to {MAX_PORT}")
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"Cannot listen on {host}:{port} ({reason}): choose another --port.") from error


def serve(playground: Playground, host: str, port: int) -> None:
    """Serve the page until Ctrl-C. Raises UserError if the address cannot be used."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # otherwise it logs a line for each stroke
    server = make_http_server(playground, host, port)
    if not is_loopback(host):
        print(f"! Anyone who can reach {host}:{server.port} can use this page.", file=sys.stderr)
    url = f"http://{f'[{host}]' if ':' in host else host}:{server.port}/"
    print(f"{describe(playground)} → {url} (Ctrl-C stops it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


def describe(playground: Playground) -> str:
    """Playground with cnn (mish, relu); mlp (relu)"""
    names = {
        name: ", ".join(arm.record.activation or "no activation" for arm in network.arms)
        for name, network in playground.networks.items()
    }
    return f"Playground with {'; '.join(f'{network} ({activations})' for network, activations in names.items())}"


def default_folder(multirun: Path) -> Path:
    """The newest sweep, or the whole folder if no sweep has a finished run. Raises UserError if it has no run."""
    if not holds_runs(multirun):
        raise UserError(f"No trained network in {multirun}/ yet: {HOW_TO_TRAIN}; then run this command again.")
    with suppress(UserError):
        sweep = newest_sweep(multirun)
        return sweep if holds_runs(sweep) else multirun
    return multirun


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = argparse.ArgumentParser(prog="mnist-exp playground", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="SWEEP_OR_RUN_DIR", help="by default the newest sweep")
    parser.add_argument("--host", default=HOST, help="address to listen on (%(default)s: only this machine)")
    parser.add_argument("--port", type=int, default=PORT, help="port to listen on (%(default)s)")
    options = parser.parse_intermixed_args(arguments)
    torch.set_num_threads(1)  # one image is too little work for two threads: a second one makes it slower
    try:
        serve(open_playground(options.folders or [default_folder(Path("multirun"))]), options.host, options.port)
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
