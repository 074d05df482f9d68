"""mnist-exp playground [SWEEP_OR_RUN_DIR…]: draw a digit, and watch each activation's network read it."""

import argparse
import logging
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from mnist_exp.errors import UserError
from mnist_exp.playground.networks import Playground, best_of_each
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

HOST, PORT = "127.0.0.1", 7007
PATIENCE = 10  # seconds a connection may stay silent


def open_playground(folders: Sequence[Path]) -> Playground:
    """Every network that can be loaded; what cannot is named, and the others are shown all the same."""
    results = [r for folder in folders for r in finished_runs(folder)]
    arms: dict[str, list[TrainedRun]] = {}
    for name, chosen in best_of_each([*{r["key"]: r for r in results}.values()]).items():  # a run named twice is one
        arms[name] = [*filter(None, map(_open, chosen))]
    arms = {name: known for name, known in arms.items() if known}
    if not arms:
        raise UserError(f"None of the networks in {', '.join(map(str, folders))} can be loaded: {HOW_TO_TRAIN}.")
    try:
        data, test = held_out_test_set(results)
        return Playground(arms, test, f"the test set of {data}")
    except UserError as error:  # drawing needs none
        return Playground(arms, None, str(error))


def _open(result: Record) -> TrainedRun | None:
    try:
        return open_run(result)
    except UserError as error:
        print(f"! left out: {error}", file=sys.stderr)
        return None


def serve(playground: Playground, host: str, port: int) -> None:
    from werkzeug.serving import WSGIRequestHandler, make_server

    from mnist_exp.playground.server import Server, is_loopback

    class Handler(WSGIRequestHandler):
        timeout = PATIENCE

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each stroke
    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{host}:{port} cannot be listened on ({reason}): choose another --port.") from error
    port = bound.getsockname()[1]
    server = make_server(host, port, Server(playground, host, port), True, 1, Handler, fd=bound.fileno())
    if not is_loopback(host):
        print(f"! Whoever can reach {host}:{port} can use this page.", file=sys.stderr)
    shown = f"[{host}]" if ":" in host else host
    print(f"{_counted(playground)} → http://{shown}:{port}/ (Ctrl-C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        bound.close()


def _counted(playground: Playground) -> str:
    networks = [f"{name} ({', '.join(arm.record['activation'] or 'no activation' for arm in arms)})"
                for name, arms in playground.arms.items()]  # fmt: skip
    return f"Playground with {'; '.join(networks)}"


def usual(multirun: Path) -> Path:
    """The newest sweep, or all there is where none has finished a run."""
    if not holds_runs(multirun):
        raise UserError(f"No trained network in {multirun}/ yet: {HOW_TO_TRAIN}; then type this again.")
    with suppress(UserError):
        sweep = newest_sweep(multirun)
        return sweep if holds_runs(sweep) else multirun
    return multirun


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="mnist-exp playground", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="SWEEP_OR_RUN_DIR", help="the newest sweep if none")
    parser.add_argument("--host", default=HOST, help="address to listen on (%(default)s: this machine alone)")
    parser.add_argument("--port", type=int, default=PORT, help="port to listen on (%(default)s)")
    typed = parser.parse_intermixed_args(arguments)
    torch.set_num_threads(1)  # one image is too little work to share: a second thread makes it slower
    try:
        serve(open_playground(typed.folders or [usual(Path("multirun"))]), typed.host, typed.port)
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
