import pytest
import torch
from torchvision.transforms.v2 import functional as v2f

from mnist_exp.data.augment import Warp


def digits(n: int = 6) -> torch.Tensor:
    """Smooth blobs well inside the frame."""
    y, x = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    blob = 255 * torch.exp(-((x - 12) ** 2 / 18 + (y - 15) ** 2 / 8))
    return blob.round().to(torch.uint8).expand(n, 1, 28, 28).contiguous()


def warp(shift: float = 0, rotation: float = 0, elastic: float = 0, seed: int = 0) -> Warp:
    return Warp(shift=shift, rotation=rotation, elastic=elastic, seed=seed)


def test_nothing_asked_nothing_done():
    assert torch.equal(warp()(digits()), digits())


@pytest.mark.parametrize("what", [{"shift": 2}, {"rotation": 15}, {"elastic": 1}])
def test_every_image_of_a_batch_is_changed_in_its_own_way(what):
    seen = warp(**what)(digits())
    assert seen.shape == (6, 1, 28, 28)
    assert seen.dtype == torch.uint8
    assert len({image.numpy().tobytes() for image in seen}) == 6


def test_a_shift_of_whole_pixels_is_a_roll():
    params = {
        "angle": torch.zeros(2),
        "shift": torch.tensor([[3.0, 0.0], [0.0, -2.0]]),
        "bend": torch.zeros(2, 2, 7, 7),
    }
    right, down = warp().transform(digits(2), params)
    for ours, rolled in ((right, digits(1)[0].roll(-3, 2)), (down, digits(1)[0].roll(2, 1))):  # x + 3 is now at x
        assert (ours.float() - rolled.float()).abs().max() <= 1  # grey levels of 255, from rounding


def test_a_rotation_is_torchvisions():
    params = {"angle": torch.tensor([0.3]), "shift": torch.zeros(1, 2), "bend": torch.zeros(1, 2, 7, 7)}
    ours = warp().transform(digits(1), params).float()
    angle = torch.rad2deg(torch.tensor(0.3)).item()
    theirs = v2f.rotate(digits(1), angle, interpolation=v2f.InterpolationMode.BILINEAR).float()
    assert (ours - theirs).abs().max() <= 1  # grey levels of 255, from rounding


def test_shifts_stay_within_bounds_and_the_seed_repeats_them():
    drawn = warp(shift=2, seed=5).make_params([torch.zeros(1000)])["shift"]
    assert drawn.abs().max() <= 2
    assert drawn.abs().max() > 1.9
    assert torch.equal(drawn, warp(shift=2, seed=5).make_params([torch.zeros(1000)])["shift"])


@pytest.mark.parametrize("precision", ["doubles by default", "autocast"])
def test_digits_are_moved_alike_whatever_the_precision_of_training(precision):
    """trainer.precision=64-true and bf16-mixed."""
    moved = {"shift": 2, "rotation": 10, "elastic": 1}
    usual, before = warp(**moved)(digits()), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64 if precision == "doubles by default" else before)
    try:
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast"):
            assert torch.equal(usual, warp(**moved)(digits()))
    finally:
        torch.set_default_dtype(before)
