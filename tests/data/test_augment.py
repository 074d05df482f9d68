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
    images = torch.zeros(1000, 1, 28, 28)
    shifts = warp(shift=2, seed=5).make_params([images])["shift"]
    assert shifts.abs().max() <= 2
    assert shifts.abs().max() > 1.9
    assert torch.equal(shifts, warp(shift=2, seed=5).make_params([images])["shift"])


def colour_blobs(height: int = 20, width: int = 32) -> torch.Tensor:
    """A smooth blob of another size in each of three channels, in one image that is wider than it is high."""
    y, x = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    blobs = [255 * torch.exp(-((x - 17) ** 2 / wide + (y - 9) ** 2 / 8)) for wide in (10, 18, 26)]
    return torch.stack(blobs).round().to(torch.uint8)[None]


def test_colour_images_that_are_not_square_are_shifted_by_pixels():
    params = {"angle": torch.zeros(1), "shift": torch.tensor([[3.0, -2.0]]), "displacement": torch.zeros(1, 2, 5, 8)}
    shifted = warp().transform(colour_blobs(), params)
    assert (shifted.float() - colour_blobs().roll((2, -3), (2, 3)).float()).abs().max() <= 1


def test_a_rotation_of_colour_images_that_are_not_square_equals_torchvisions():
    params = {"angle": torch.tensor([0.3]), "shift": torch.zeros(1, 2), "displacement": torch.zeros(1, 2, 5, 8)}
    angle = torch.rad2deg(torch.tensor(0.3)).item()
    expected = v2f.rotate(colour_blobs(), angle, interpolation=v2f.InterpolationMode.BILINEAR).float()
    assert (warp().transform(colour_blobs(), params).float() - expected).abs().max() <= 1


def test_a_constant_elastic_displacement_is_a_shift_in_pixels():
    displacement = torch.tensor([3.0, -2.0]).reshape(1, 2, 1, 1).expand(1, 2, 5, 8)
    params = {"angle": torch.zeros(1), "shift": torch.zeros(1, 2), "displacement": displacement}
    shifted = warp(elastic=1).transform(colour_blobs(), params)
    assert (shifted.float() - colour_blobs().roll((2, -3), (2, 3)).float()).abs().max() <= 1


@pytest.mark.parametrize(
    ("size", "points"), [((28, 28), (7, 7)), ((32, 32), (8, 8)), ((20, 32), (5, 8)), ((3, 3), (2, 2))]
)
def test_elastic_distortion_has_a_control_point_every_four_pixels(size, points):
    params = warp(elastic=1).make_params([torch.zeros(2, 3, *size)])
    assert params["displacement"].shape == (2, 2, *points)
    assert warp(elastic=1)(torch.zeros(2, 3, *size, dtype=torch.uint8)).shape == (2, 3, *size)


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
