#!/usr/bin/env python3
"""Makes the pictures and numbers that the image tests compare with.

Run with Pillow, NumPy and torchvision installed (tried: 9.4.0, 1.24.2, 0.14.1):
    python3 make_pictures.py ../resources/io/convlens/image

Every <name>.jpg, .webp, .gif, .png, .bmp lies beside <name>.rgb: what Pillow decodes it to, as one line
"width height" and the interleaved samples. sizes.txt and preprocess.txt hold torchvision's answers.
"""
import io
import pathlib
import sys

import numpy as np
import torchvision.transforms as T
from PIL import Image, ImageCms, ImageOps

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)


def scene(width, height):
    """Smooth colour ramps, a disc and a few sharp edges: compresses small, shows every mistake."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    r = 255 * x / (width - 1)
    g = 255 * y / (height - 1)
    b = 255 * (0.5 + 0.5 * np.sin(x / 5.0) * np.cos(y / 7.0))
    disc = (x - width * 0.3) ** 2 + (y - height * 0.6) ** 2 < (height * 0.2) ** 2
    r[disc], g[disc], b[disc] = 250, 240, 20
    b[: height // 6, : width // 3] = 255
    return Image.fromarray(np.stack([r, g, b], -1).astype(np.uint8), "RGB")


def write_rgb(path, picture):
    picture = picture.convert("RGB")
    path.write_bytes(b"%d %d\n" % picture.size + picture.tobytes())


def on_white(picture):
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


def keep(name, data, decoded=None):
    (out / name).write_bytes(data)
    decoded = decoded or Image.open(io.BytesIO(data))
    write_rgb(out / (name + ".rgb"), decoded)


def saved(picture, form, **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def formats():
    s = scene(41, 30)
    keep("rgb.jpg", saved(s, "JPEG", quality=85))
    keep("progressive.jpg", saved(s, "JPEG", quality=80, progressive=True, subsampling=0))
    keep("grey.jpg", saved(s.convert("L"), "JPEG", quality=85))
    keep("cmyk.jpg", saved(s.convert("CMYK"), "JPEG", quality=85))
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes())
    profile[24:36] = bytes(12)  # when it was made
    keep("profile.jpg", saved(s, "JPEG", quality=85, icc_profile=bytes(profile)))
    keep("lossy.webp", saved(s, "WEBP", quality=80))
    keep("lossless.webp", saved(s, "WEBP", lossless=True))
    rgba = s.convert("RGBA")
    rgba.putalpha(Image.fromarray(np.tile(np.arange(41, dtype=np.uint8) * 6, (30, 1)), "L"))
    keep("alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True), on_white(rgba))
    keep("alpha.png", saved(rgba, "PNG"), on_white(rgba))
    keep("rgb.png", saved(s, "PNG"))
    keep("grey.png", saved(s.convert("L"), "PNG"))
    keep("palette.png", saved(s.convert("P", palette=Image.ADAPTIVE, colors=16), "PNG"))
    keep("bilevel.png", saved(s.convert("1"), "PNG"))
    keep("palette.gif", saved(s.convert("P", palette=Image.ADAPTIVE, colors=32), "GIF"))
    keep("rgb.bmp", saved(s, "BMP"))
    frames = [s, s.transpose(Image.FLIP_LEFT_RIGHT)]
    keep("animated.webp", saved(s, "WEBP", save_all=True, append_images=frames[1:], lossless=True), s)
    keep("colours32.bmp", saved(rgba, "BMP"), s)
    keep("palette.bmp", saved(s.convert("P", palette=Image.ADAPTIVE, colors=16), "BMP"))


def ycck():
    """Pillow writes no YCCK, but a CMYK file whose Adobe marker says transform 2 is one."""
    data = bytearray((out / "cmyk.jpg").read_bytes())
    at = data.index(b"Adobe")
    data[at + 11] = 2
    keep("ycck.jpg", bytes(data))


def orientations():
    s = scene(24, 16)
    for value in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = value
        data = saved(s, "JPEG", quality=90, exif=exif)
        keep("exif%d.jpg" % value, data, ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(s, "PNG", exif=exif)
    keep("exif6.png", data, ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    data = saved(s, "WEBP", lossless=True, exif=exif)
    keep("exif6.webp", data, ImageOps.exif_transpose(Image.open(io.BytesIO(data))))


SIZES = [(41, 30), (20, 15), (7, 50), (100, 3), (1, 1), (83, 61), (40, 30), (41, 29), (13, 13)]


def resizes():
    """One FNV-1a hash of the samples for each size: bit equality in a line of text."""
    s = scene(41, 30)
    lines = []
    for w, h in SIZES:
        value = 0xCBF29CE484222325
        for byte in s.resize((w, h), Image.BILINEAR).tobytes():
            value = ((value ^ byte) * 0x100000001B3) % 2**64
        lines.append("%d %d %016x" % (w, h, value))
    (out / "sizes.txt").write_text("\n".join(lines) + "\n")
    write_rgb(out / "small.rgb", s.resize((11, 8), Image.BILINEAR))


def preprocess():
    """width height, then sum, first, last and middle value of torchvision's input, channel by channel."""
    lines = []
    for w, h in [(41, 30), (30, 41), (300, 451), (225, 224), (500, 333)]:
        pipeline = T.Compose([
            T.Resize(256), T.CenterCrop(224), T.ToTensor(),
            T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
        picture = scene(41, 30).resize((w, h), Image.BILINEAR)
        t = pipeline(picture).numpy().astype(np.float64)
        for c in range(3):
            lines.append("%d %d %d %.9g %.9g %.9g %.9g" % (
                w, h, c, t[c].sum(), t[c, 0, 0], t[c, 223, 223], t[c, 112, 100]))
    (out / "preprocess.txt").write_text("\n".join(lines) + "\n")


formats()
ycck()
orientations()
resizes()
preprocess()
