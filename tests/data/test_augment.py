import pytest
import torch
from torchvision.transforms.v2 import functional as v2f

from mnist_exp.data.augment import Warp


def blobs(n: int = 6) -> torch.Tensor:
    """The same smooth blob n times, away from the borders."""
    y, x = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    blob = 255 * torch.exp(-((x - 12) ** 2 / 18 + (y - 15) ** 2 / 8))
    return blob.round().to(torch.uint8).expand(n, 1, 28, 28).contiguous()


def warp(shift: float = 0, rotation: float = 0, elastic: float = 0, seed: int = 0) -> Warp:
    return Warp(shift=shift, rotation=rotation, elastic=elastic, seed=seed)


def test_without_any_augmentation_images_are_unchanged():
    assert torch.equal(warp()(blobs()), blobs())


@pytest.mark.parametrize("settings", [{"shift": 2}, {"rotation": 15}, {"elastic": 1}])
def test_each_image_of_a_batch_is_changed_differently(settings):
    warped = warp(**settings)(blobs())
    assert warped.shape == (6, 1, 28, 28)
    assert warped.dtype == torch.uint8
    assert len({image.numpy().tobytes() for image in warped}) == 6


def test_a_shift_by_whole_pixels_equals_a_roll():
    params = {
        "angle": torch.zeros(2),
        "shift": torch.tensor([[3.0, 0.0], [0.0, -2.0]]),
        "displacement": torch.zeros(2, 2, 7, 7),
    }
    right, down = warp().transform(blobs(2), params)
    for ours, rolled in ((right, blobs(1)[0].roll(-3, 2)), (down, blobs(1)[0].roll(2, 1))):  # x + 3 moves to x
        assert (ours.float() - rolled.float()).abs().max() <= 1  # of 255 grey levels, from rounding


def test_a_rotation_equals_torchvisions():
    params = {"angle": torch.tensor([0.3]), "shift": torch.zeros(1, 2), "displacement": torch.zeros(1, 2, 7, 7)}
    ours = warp().transform(blobs(1), params).float()
    angle = torch.rad2deg(torch.tensor(0.3)).item()
    expected = v2f.rotate(blobs(1), angle, interpolation=v2f.InterpolationMode.BILINEAR).float()
    assert (ours - expected).abs().max() <= 1  # of 255 grey levels, from rounding


def test_shifts_stay_within_bounds_and_the_seed_repeats_them():
    shifts = warp(shift=2, seed=5).make_params([torch.zeros(1000)])["shift"]
    assert shifts.abs().max() <= 2
    assert shifts.abs().max() > 1.9
    assert torch.equal(shifts, warp(shift=2, seed=5).make_params([torch.zeros(1000)])["shift"])


@pytest.mark.parametrize("precision", ["float64 by default", "autocast"])
def test_the_precision_of_training_does_not_change_the_result(precision):
    """As with trainer.precision=64-true and bf16-mixed."""
    settings = {"shift": 2, "rotation": 10, "elastic": 1}
    expected, default = warp(**settings)(blobs()), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64 if precision == "float64 by default" else default)
    try:
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast"):
            assert torch.equal(expected, warp(**settings)(blobs()))
    finally:
        torch.set_default_dtype(default)
