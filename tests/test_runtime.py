import gc
import sys

import pytest
import torch

from mnist_exp import runtime
from mnist_exp.errors import UserError


def test_prepare_sets_the_number_of_threads():
    before = torch.get_num_threads()
    runtime.prepare(3)
    assert torch.get_num_threads() == 3
    torch.set_num_threads(before)


def test_dense_networks_have_one_thread_and_convolutional_ones_all_cores():
    assert runtime.threads(None, all_cores=True) == runtime.usable_cores()
    assert runtime.threads(None, all_cores=False) == 1
    assert runtime.threads(3, all_cores=True) == runtime.threads(3, all_cores=False) == 3


def test_limit_thread_spinning_keeps_the_users_value(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    runtime.limit_thread_spinning()
    assert runtime.os.environ["GOMP_SPINCOUNT"] == "7"
    monkeypatch.delenv("GOMP_SPINCOUNT")
    runtime.limit_thread_spinning()
    assert runtime.os.environ["GOMP_SPINCOUNT"] == "2000"


def test_quick_imports_restore_garbage_collection_and_modules():
    before = sys.modules.get("scipy.signal")
    with runtime.quick_imports():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert sys.modules.get("scipy.signal") is before


def test_quick_imports_turn_collection_on_again_after_a_failure():
    with pytest.raises(ImportError), runtime.quick_imports():
        raise ImportError
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("found", "name", "expected"),
    [
        ((), "auto", "cpu"),
        (("cuda",), "auto", "cuda"),
        (("mps",), "auto", "mps"),
        (("mps",), "gpu", "mps"),
        (("cuda",), "cpu", "cpu"),
        (("cuda",), "cuda", "cuda"),
    ],
)
def test_the_accelerator_is_the_best_available(monkeypatch, found, name, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in found)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in found)
    assert runtime.accelerator(name) == expected


@pytest.mark.parametrize("name", ["gpu", "cuda", "mps"])
def test_an_unavailable_accelerator_is_refused(monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match=f"trainer.accelerator={name}: PyTorch sees no such device here"):
        runtime.accelerator(name)


@pytest.mark.parametrize(
    ("device", "capabilities", "of_convolutions", "of_dense_layers"),
    [
        ("cpu", {"avx512_bf16": True}, "bf16-mixed", "32-true"),
        ("cpu", {"amx_bf16": True}, "bf16-mixed", "32-true"),
        ("cpu", {"avx2": True}, "32-true", "32-true"),
        ("mps", {}, "32-true", "32-true"),
        ("cuda", {}, "bf16-mixed", "bf16-mixed"),
    ],
)
def test_auto_precision_is_bf16_where_the_device_has_it_and_it_is_faster(
    monkeypatch, device, capabilities, of_convolutions, of_dense_layers
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (8, 0))
    found = [runtime.precision("auto", device, convolutional) for convolutional in (True, False)]
    assert found == [of_convolutions, of_dense_layers]


def test_a_configured_precision_is_kept():
    assert runtime.precision("64-true", "cpu", True) == "64-true"
