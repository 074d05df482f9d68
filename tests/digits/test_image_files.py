"""Image files of every kind, intact and broken. An intact one must give the same digit in every format."""

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
from mnist_exp.digits.image_files import MAX_BYTES, read_image
from mnist_exp.errors import UserError
from tests.digits.strokes import mean_difference
from tests.factories import data_config

EIGHT_BIT = [
    *[(kind, mode) for kind in ("PNG", "TIFF") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")],
    *[("JPEG", mode) for mode in ("L", "RGB", "CMYK")],
    *[("BMP", mode) for mode in ("1", "L", "P", "RGB")],
    *[("WEBP", mode) for mode in ("RGB", "RGBA")],
]


@pytest.fixture(scope="module")
def light():
    """A five, light on dark, enlarged: (200, 150)."""
    _, test = load(data_config())
    five = test.images[np.flatnonzero(test.labels == 5)[3]]
    return np.asarray(Image.fromarray(five).resize((150, 200), Image.Resampling.BICUBIC))


def digit_in(path):
    (digit,) = find_digits(read_image(path), several=False)
    return digit.pixels


def similar(a, b):
    return mean_difference(a, b) < 8  # a box larger by a pixel can be scaled to a width smaller by a pixel


def test_two_fives_are_not_similar():
    _, test = load(data_config())
    one, other = (test.images[i] for i in np.flatnonzero(test.labels == 5)[:2])
    assert mean_difference(one, other) > 20


@pytest.mark.parametrize("dark_on_light", [False, True], ids=["light on dark", "dark on light"])
@pytest.mark.parametrize(("kind", "mode"), EIGHT_BIT)
def test_every_format_mode_and_polarity_gives_the_same_digit(light, tmp_path, kind, mode, dark_on_light):
    expected = find_digits(light.astype(float), several=False)[0].pixels
    image = Image.fromarray(255 - light if dark_on_light else light)
    image.convert("RGB").convert(mode).save(tmp_path / "digit", kind)
    assert mean_difference(digit_in(tmp_path / "digit"), expected) < (
        12 if mode == "1" else 8
    )  # dithering frays the edges


@pytest.mark.parametrize("dark_on_light", [False, True])
@pytest.mark.parametrize(
    ("kind", "dtype"), [("PNG", "uint16"), ("TIFF", "uint16"), ("TIFF", "int32"), ("TIFF", "float32")]
)
def test_more_than_eight_bits_are_scaled_to_255(light, tmp_path, kind, dtype, dark_on_light):
    pixels = (255 - light if dark_on_light else light).astype(float)
    full = {"uint16": 257, "int32": 257, "float32": 1 / 255}[dtype]
    Image.fromarray((pixels * full).astype(dtype)).save(tmp_path / "digit", kind)
    assert np.allclose(read_image(tmp_path / "digit"), pixels, atol=0.01)


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_a_16_bit_file_with_the_range_of_fewer_bits_is_scaled_to_255(light, tmp_path, bits):
    Image.fromarray((light.astype(float) / 255 * (2**bits - 1)).astype("uint16")).save(tmp_path / "digit.png")
    assert np.allclose(read_image(tmp_path / "digit.png"), light, atol=1.01)


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (200, 30, 30)], ids=["black", "white", "red"])
def test_ink_of_any_colour_on_a_transparent_background_is_found(light, tmp_path, ink):
    image = Image.new("RGBA", (150, 200), (*ink, 0))
    image.putalpha(Image.fromarray(light))
    image.save(tmp_path / "digit.png")
    assert similar(digit_in(tmp_path / "digit.png"), find_digits(light.astype(float), several=False)[0].pixels)


def test_transparent_corners_of_paper_are_filled_as_paper(light, tmp_path):
    alpha = np.full(light.shape, 255, np.uint8)
    alpha[:30, :30] = 0
    image = Image.fromarray(255 - light).convert("RGBA")
    image.putalpha(Image.fromarray(alpha))
    image.save(tmp_path / "digit.png")
    assert similar(digit_in(tmp_path / "digit.png"), find_digits(light.astype(float), several=False)[0].pixels)


def test_a_fully_transparent_image_has_no_digit(tmp_path):
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(tmp_path / "digit.png")
    assert find_digits(read_image(tmp_path / "digit.png"), several=False) == []


def test_a_photo_is_rotated_as_its_exif_data_says(light, tmp_path):
    tags = Image.Exif()
    tags[0x0112] = 6  # EXIF orientation: rotate by 90° clockwise
    Image.fromarray(np.rot90(light)).save(tmp_path / "digit.jpg", exif=tags)
    assert similar(digit_in(tmp_path / "digit.jpg"), find_digits(light.astype(float), several=False)[0].pixels)


def png(width, height, *more):
    """A valid PNG header of any size, with almost no pixel data."""

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
    "text": (b"this is a seven\n", "is not an image of a supported format"),
    "a web page": (b"<!doctype html><title>404</title>", "is not an image of a supported format"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not an image of a supported format"),
    "pdf": (b"%PDF-1.7\n1 0 obj", "is not an image of a supported format"),
    "gif": (encoded("GIF"), "is not an image of a supported format"),
    "zip": (b"PK\x03\x04" + b"\0" * 60, "is not an image of a supported format"),
    "gzip": (gzip.compress(encoded("PNG")), "is not an image of a supported format"),
    "noise": (np.random.default_rng(1).bytes(4000), "is not an image of a supported format"),
    "PNG's first bytes": (b"\x89PNG\r\n\x1a\n", "is not an image of a supported format"),
    "half a PNG": (half(encoded("PNG")), "is damaged"),
    "half a JPEG": (half(encoded("JPEG")), "is damaged"),
    "half a BMP": (half(encoded("BMP")), "is damaged"),
    "half a TIFF": (half(encoded("TIFF", compression="tiff_lzw")), "supported format|is damaged"),
    "half a WebP": (half(encoded("WEBP")), "supported format|is damaged"),
    "a byte too many": (encoded("PNG").replace(b"IDAT", b"IDAT\x13", 1), "is damaged"),
    "a flipped bit": (flipped(encoded("PNG")), "is damaged"),
    "no rows": (png(64, 64), "is damaged"),
    "no width": (png(0, 64), "supported format|is damaged"),
    "a bomb of 4 gigapixels": (png(65_535, 65_535), "more than 50 million pixels"),
    "a bomb of 60 megapixels": (png(10_000, 6_000), "more than 50 million pixels"),
    "a comment that inflates": (inflating_text(), "is damaged"),
}


@pytest.mark.parametrize(("raw", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_gives_a_one_line_error(tmp_path, raw, message):
    path = tmp_path / "picture.png"
    path.write_bytes(raw)
    with pytest.raises(UserError, match=message) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_what_is_not_a_readable_file_gives_a_one_line_error(tmp_path):
    (tmp_path / "huge.png").touch()
    os.truncate(tmp_path / "huge.png", MAX_BYTES + 1)  # a sparse file takes no space
    os.mkfifo(tmp_path / "pipe.png")
    cases = {
        "none.png": "No such file",
        "huge.png": "larger than 50 MB",
        "pipe.png": "is not a regular file",
        ".": "is a folder without images",
    }
    cases |= {"a\0b.png": "cannot be read", "x" * 300: "cannot be read"}
    for name, message in cases.items():
        with pytest.raises(UserError, match=message) as caught:
            read_image(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK"])
def test_files_of_every_kind_are_read_in_colour(tmp_path, mode):
    Image.new("RGB", (6, 4), (255, 0, 0)).convert(mode).save(tmp_path / "red.tiff")
    with Image.open(tmp_path / "red.tiff") as image:
        expected = np.asarray(image.convert("RGB"))
    assert np.array_equal(read_image(tmp_path / "red.tiff", colour=True), expected)


def test_a_file_of_high_depth_is_read_as_grey_in_colour(tmp_path):
    Image.fromarray(np.full((4, 6), 40_000, dtype=np.uint16)).save(tmp_path / "deep.png")
    pixels = read_image(tmp_path / "deep.png", colour=True)
    assert pixels.shape == (4, 6, 3)
    assert np.allclose(pixels, 40_000 / 65_535 * 255)


@pytest.mark.parametrize(("ink", "background"), [((20, 0, 40), 255), ((250, 240, 230), 0)])
def test_a_transparent_background_contrasts_with_the_colours(tmp_path, ink, background):
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    image.paste((*ink, 255), (4, 4, 7, 7))
    image.save(tmp_path / "sticker.png")
    pixels = read_image(tmp_path / "sticker.png", colour=True)
    assert pixels[5, 5].tolist() == list(ink)
    assert pixels[0, 0].tolist() == [background] * 3
