"""The states of the random generators that all code shares."""

import random
from typing import Any

import numpy as np
import torch


def random_states(device: torch.device) -> dict[str, Any]:
    """The states as tensors and plain values."""
    numpy: Any = np.random.get_state(legacy=False)
    keys = numpy["state"].pop("key")
    states = {"torch": torch.get_rng_state(), "python": random.getstate(), "numpy": numpy | {"key": keys.tolist()}}
    if device.type == "cuda":
        states["device"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["device"] = torch.mps.get_rng_state()
    return states


def set_random_states(states: dict[str, Any], device: torch.device) -> None:
    """Continue with the states that `random_states` returned."""
    torch.set_rng_state(states["torch"])
    random.setstate(states["python"])
    numpy = states["numpy"]
    key = np.array(numpy["key"], np.uint32)
    np.random.set_state({**numpy, "state": numpy["state"] | {"key": key}})
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["device"], device)
    elif device.type == "mps":
        torch.mps.set_rng_state(states["device"])
