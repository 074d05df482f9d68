"""A picture file, whoever made it → grey pixels; whatever is wrong with it, one line."""

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mnist_exp.errors import UserError

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")  # what is opened: the fewer decoders, the fewer surprises
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")  # what is looked for in a folder
MOST_BYTES, MOST_PIXELS = 50_000_000, 50_000_000  # a few kilobytes can unpack to gigabytes; no camera needs more
WIDE = ("I", "F")  # and their 16-bit kin: modes with more than eight bits


def read(path: Path) -> np.ndarray:
    """Luminance in 0-255 (height, width), transparency laid on a ground on which it can be seen."""
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder that holds no picture ({', '.join(SUFFIXES)}).")
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is no file.")  # a device or a pipe may never end
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB: save the picture smaller.")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        raise UserError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}).") from error
    return decode(raw, str(path))


def decode(raw: bytes, name: str) -> np.ndarray:
    if not raw:
        raise UserError(f"{name} is empty.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, and about sizes that are refused below
            return _grey(_open(raw, name))
    except UserError:
        raise
    except Exception as error:  # decoders raise whatever they stumble over
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise UserError(f"{name} is damaged and cannot be decoded ({reason}).") from error


def _open(raw: bytes, name: str) -> Image.Image:
    """The first frame, still packed, if it is of a known kind and a bearable size."""
    try:
        image = Image.open(BytesIO(raw), formats=FORMATS)
    except Image.UnidentifiedImageError as error:
        raise UserError(f"{name} is no picture of a kind that is read here: {', '.join(FORMATS)}.") from error
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(name)
    return image


def _too_large(name: str) -> UserError:
    return UserError(
        f"{name} unpacks to more than {MOST_PIXELS // 1_000_000} million pixels: save the picture smaller."
    )


def _grey(image: Image.Image) -> np.ndarray:
    image.load()
    image = ImageOps.exif_transpose(image)  # phones save pictures lying on their side, with a note
    if image.mode.startswith(WIDE):
        return _eight_bits(np.asarray(image, dtype=np.float32), image.mode)
    if image.has_transparency_data:
        grey, alpha = np.moveaxis(np.asarray(image.convert("RGBA").convert("LA"), dtype=np.float32), -1, 0)
        return _on_ground(grey, alpha / 255)
    return np.asarray(image.convert("L"), dtype=np.float32)


def _eight_bits(pixels: np.ndarray, mode: str) -> np.ndarray:
    """The smallest usual reach that holds them: a 16-bit file may well have been filled by a camera of 12."""
    pixels = np.nan_to_num(pixels, posinf=0, neginf=0)
    pixels = pixels - min(0.0, pixels.min())
    usual = (*((1,) if mode.startswith("F") else ()), 255, 1023, 4095, 16383, 65535)
    largest = pixels.max()
    return pixels / next((reach for reach in usual if largest <= reach), largest) * 255


def _on_ground(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Mostly opaque: its paper goes on where it is transparent. Else what can be seen is ink: on the opposite of it."""
    visible = alpha > 0.5
    if not visible.any():
        return np.zeros_like(grey)
    seen = float(np.median(grey[visible]))
    ground = seen if visible.mean() > 0.5 else 255.0 * (seen < 128)
    return grey * alpha + ground * (1 - alpha)
