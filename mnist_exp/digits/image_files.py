"""An image file of any common kind → grey or RGB pixels. Every problem with a file becomes a one-line UserError."""

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_exp.errors import UserError

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")  # every decoder more is a risk more
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")  # of the images in a folder
# A few kilobytes can unpack to gigabytes; no camera needs more than this.
MAX_BYTES, MAX_PIXELS = 50_000_000, 50_000_000
HIGH_DEPTH_MODES = ("I", "F")  # prefixes of Pillow's modes with more than eight bits


def read_image(path: Path, colour: bool = False) -> np.ndarray:
    """Luminance (height, width), or RGB (height, width, 3), from 0 to 255.

    A transparent background becomes one that contrasts with what is visible. Raises UserError.
    """
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder without images ({', '.join(SUFFIXES)}).")
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is not a regular file.")  # reading a device or a pipe may never end
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB: save a smaller image.")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise UserError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}).") from error
    return decode_image(raw, str(path), colour)


def decode_image(raw: bytes, name: str, colour: bool = False) -> np.ndarray:
    """The same from the bytes of a file; `name` appears in error messages. Raises UserError."""
    if not raw:
        raise UserError(f"{name} is empty.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, and about sizes that are refused below
            return _to_pixels(_open(raw, name), colour)
    except UserError:
        raise
    except Exception as error:  # decoders raise exceptions of any type
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise UserError(f"{name} is damaged and cannot be decoded ({reason}).") from error


def _open(raw: bytes, name: str) -> Image.Image:
    """The first frame, not decoded yet, after its format and size were checked."""
    try:
        image = Image.open(BytesIO(raw), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UserError(f"{name} is not an image of a supported format: {', '.join(FORMATS)}.") from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name) from error
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels(name)
    return image


def _too_many_pixels(name: str) -> UserError:
    return UserError(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels: save a smaller image.")


def _to_pixels(image: Image.Image, colour: bool) -> np.ndarray:
    image.load()
    image = ImageOps.exif_transpose(image)  # phones store a photo as it was shot and note its rotation in EXIF
    if image.mode.startswith(HIGH_DEPTH_MODES):
        grey = _to_eight_bits(np.asarray(image, dtype=np.float32), image.mode)
        return np.repeat(grey[..., np.newaxis], 3, axis=2) if colour else grey
    if image.has_transparency_data:
        visible = image.convert("RGBA")
        grey, alpha = np.moveaxis(np.asarray(visible.convert("LA"), dtype=np.float32), -1, 0)
        rgb = np.asarray(visible, dtype=np.float32)[..., :3]
        return _on_background(rgb if colour else grey, grey, alpha / 255)
    return np.asarray(image.convert("RGB" if colour else "L"), dtype=np.float32)


def _to_eight_bits(pixels: np.ndarray, mode: str) -> np.ndarray:
    """Scale by the smallest common range that fits: a 16-bit file may contain the 12 bits of a camera."""
    pixels = np.nan_to_num(pixels, posinf=0, neginf=0)
    pixels = pixels - min(0.0, pixels.min())
    common_ranges = (*((1,) if mode.startswith("F") else ()), 255, 1023, 4095, 16383, 65535)
    largest = pixels.max()
    scaled: np.ndarray = pixels / next((top for top in common_ranges if largest <= top), largest) * 255
    return scaled


def _on_background(pixels: np.ndarray, grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Fill transparent pixels: with paper if the image is mostly opaque, else with the opposite of the visible ink."""
    visible = alpha > 0.5
    if not visible.any():
        return np.zeros_like(pixels)
    typical = float(np.median(grey[visible]))
    background = typical if visible.mean() > 0.5 else 255.0 * (typical < 128)
    opacity = alpha.reshape(*alpha.shape, *[1] * (pixels.ndim - 2))
    blended: np.ndarray = pixels * opacity + background * (1 - opacity)
    return blended
