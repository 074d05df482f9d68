from io import BytesIO

from PIL import Image

from mnist_exp.figures.tensorboard import image_value


def test_a_png_is_kept_with_its_size():
    buffer = BytesIO()
    Image.new("RGBA", (30, 20)).save(buffer, "PNG")
    value = image_value("group/name", buffer.getvalue())
    assert (value.tag, value.image.width, value.image.height) == ("group/name", 30, 20)
    assert value.image.encoded_image_string == buffer.getvalue()
