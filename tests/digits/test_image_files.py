"""Pictures of every kind, whole and broken. What is asked of a whole one is that the same digit comes out."""

import gzip
import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mnist_exp.data.datasets import load
from mnist_exp.digits.handwriting import find_digits
from mnist_exp.digits.image_files import MOST_BYTES, read
from mnist_exp.errors import UserError

EIGHT_BIT = [
    *[(kind, mode) for kind in ("PNG", "TIFF") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")],
    *[("JPEG", mode) for mode in ("L", "RGB", "CMYK")],
    *[("BMP", mode) for mode in ("1", "L", "P", "RGB")],
    *[("WEBP", mode) for mode in ("RGB", "RGBA")],
]


@pytest.fixture(scope="module")
def light():
    """A five, light on dark, enlarged: (200, 150)."""
    _, test = load("mnist5k", "")
    five = test.images[np.flatnonzero(test.labels == 5)[3]]
    return np.asarray(Image.fromarray(five).resize((150, 200), Image.Resampling.BICUBIC))


def seen(path):
    (digit,) = find_digits(read(path), several=False)
    return digit.pixels.astype(float)


def apart(a, b):
    """Mean difference of grey levels; a centre of mass near the middle of two pixels may be rounded either way."""
    shifts = [np.roll(a, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(np.abs(shifted - b).mean() for shifted in shifts)


def alike(a, b):
    return apart(a, b) < 8  # a box one pixel larger can be scaled to a width one pixel smaller


def test_two_fives_are_not_alike():
    _, test = load("mnist5k", "")
    one, other = (test.images[i].astype(float) for i in np.flatnonzero(test.labels == 5)[:2])
    assert apart(one, other) > 20


@pytest.mark.parametrize("dark_on_light", [False, True], ids=["light on dark", "dark on light"])
@pytest.mark.parametrize(("kind", "mode"), EIGHT_BIT)
def test_every_format_and_mode_and_polarity_shows_the_same_digit(light, tmp_path, kind, mode, dark_on_light):
    expected = find_digits(light.astype(float), several=False)[0].pixels
    image = Image.fromarray(255 - light if dark_on_light else light)
    image.convert("RGB").convert(mode).save(tmp_path / "digit", kind)
    assert apart(seen(tmp_path / "digit"), expected) < (12 if mode == "1" else 8)  # dithering frays the edges


@pytest.mark.parametrize("dark_on_light", [False, True])
@pytest.mark.parametrize(
    ("kind", "dtype"), [("PNG", "uint16"), ("TIFF", "uint16"), ("TIFF", "int32"), ("TIFF", "float32")]
)
def test_more_than_eight_bits(light, tmp_path, kind, dtype, dark_on_light):
    pixels = (255 - light if dark_on_light else light).astype(float)
    full = {"uint16": 257, "int32": 257, "float32": 1 / 255}[dtype]
    Image.fromarray((pixels * full).astype(dtype)).save(tmp_path / "digit", kind)
    assert np.allclose(read(tmp_path / "digit"), pixels, atol=0.01)


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_a_16_bit_file_that_a_camera_of_fewer_bits_filled(light, tmp_path, bits):
    Image.fromarray((light.astype(float) / 255 * (2**bits - 1)).astype("uint16")).save(tmp_path / "digit.png")
    assert np.allclose(read(tmp_path / "digit.png"), light, atol=1.01)


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (200, 30, 30)], ids=["black", "white", "red"])
def test_ink_on_nothing(light, tmp_path, ink):
    """A drawing program's transparent ground: whatever the ink's colour, it can be seen."""
    image = Image.new("RGBA", (150, 200), (*ink, 0))
    image.putalpha(Image.fromarray(light))
    image.save(tmp_path / "digit.png")
    assert alike(seen(tmp_path / "digit.png"), find_digits(light.astype(float), several=False)[0].pixels)


def test_transparent_corners_of_paper_are_paper(light, tmp_path):
    alpha = np.full(light.shape, 255, np.uint8)
    alpha[:30, :30] = 0
    image = Image.fromarray(255 - light).convert("RGBA")
    image.putalpha(Image.fromarray(alpha))
    image.save(tmp_path / "digit.png")
    assert alike(seen(tmp_path / "digit.png"), find_digits(light.astype(float), several=False)[0].pixels)


def test_nothing_visible_is_nothing(tmp_path):
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(tmp_path / "digit.png")
    assert find_digits(read(tmp_path / "digit.png"), several=False) == []


def test_a_photograph_that_lies_on_its_side_is_put_upright(light, tmp_path):
    tags = Image.Exif()
    tags[0x0112] = 6  # EXIF orientation: to be turned by 90° clockwise
    Image.fromarray(np.rot90(light)).save(tmp_path / "digit.jpg", exif=tags)
    assert alike(seen(tmp_path / "digit.jpg"), find_digits(light.astype(float), several=False)[0].pixels)


def png(width, height, *more):
    """A PNG by its specification, that claims a size and holds next to nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


def encoded(kind, **options):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, kind, **options)
    return buffer.getvalue()


def inflating_text():
    information = PngImagePlugin.PngInfo()
    information.add_text("comment", "x" * 5_000_000, zip=True)
    return encoded("PNG", pnginfo=information)


def flipped(raw):
    middle = len(raw) // 2
    return raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]


def half(raw):
    return raw[: len(raw) // 2]


BROKEN = {
    "empty": (b"", "is empty"),
    "text": (b"this is a seven\n", "is no picture of a kind"),
    "a web page": (b"<!doctype html><title>404</title>", "is no picture of a kind"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture of a kind"),
    "pdf": (b"%PDF-1.7\n1 0 obj", "is no picture of a kind"),
    "gif": (encoded("GIF"), "is no picture of a kind"),
    "zip": (b"PK\x03\x04" + b"\0" * 60, "is no picture of a kind"),
    "gzip": (gzip.compress(encoded("PNG")), "is no picture of a kind"),
    "noise": (np.random.default_rng(1).bytes(4000), "is no picture of a kind"),
    "PNG's first bytes": (b"\x89PNG\r\n\x1a\n", "is no picture of a kind"),
    "half a PNG": (half(encoded("PNG")), "is damaged"),
    "half a JPEG": (half(encoded("JPEG")), "is damaged"),
    "half a BMP": (half(encoded("BMP")), "is damaged"),
    "half a TIFF": (half(encoded("TIFF", compression="tiff_lzw")), "kind that is read here|is damaged"),
    "half a WebP": (half(encoded("WEBP")), "kind that is read here|is damaged"),
    "a byte too many": (encoded("PNG").replace(b"IDAT", b"IDAT\x13", 1), "is damaged"),
    "a flipped bit": (flipped(encoded("PNG")), "is damaged"),
    "no rows": (png(64, 64), "is damaged"),
    "no width": (png(0, 64), "kind that is read here|is damaged"),
    "a bomb of 4 gigapixels": (png(65_535, 65_535), "more than 50 million pixels"),
    "a bomb of 60 megapixels": (png(10_000, 6_000), "more than 50 million pixels"),
    "a comment that inflates": (inflating_text(), "is damaged"),
}


@pytest.mark.parametrize(("raw", "answer"), BROKEN.values(), ids=BROKEN)
def test_whatever_is_broken_is_answered_in_one_line(tmp_path, raw, answer):
    path = tmp_path / "picture.png"
    path.write_bytes(raw)
    with pytest.raises(UserError, match=answer) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_what_is_no_readable_file_is_answered_in_one_line(tmp_path):
    (tmp_path / "huge.png").touch()
    os.truncate(tmp_path / "huge.png", MOST_BYTES + 1)  # a hole: it takes no room
    os.mkfifo(tmp_path / "pipe.png")
    cases = {
        "none.png": "No such file",
        "huge.png": "larger than 50 MB",
        "pipe.png": "is no file",
        ".": "is a folder that",
    }
    cases |= {"a\0b.png": "cannot be read", "x" * 300: "cannot be read"}
    for name, answer in cases.items():
        with pytest.raises(UserError, match=answer) as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)
