#!/usr/bin/env python3
"""Trains the network of `./convlens demo` and makes its pictures, all from one seed.

Needs Debian's python3-torch, python3-onnx, python3-pil and dataset-fashion-mnist:

    python3 ci/demo-network/train.py --out /tmp/demo

writes clothes.onnx, labels.txt, the canvases of the demo with canvases.json, and a contact sheet of
held-out canvases with heldout.json for the tests. It ends with what the network reached.

A canvas is one article of clothing from Fashion-MNIST at a random place, of a random size and
colour, on a background that holds lines, shapes, textures and shreds of other articles, so that a
network can't tell the class from anything but the article, and occlusion has something to find.
"""
import argparse
import gzip
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn

DATA = Path("/usr/share/datasets/fashion-mnist")
LABELS = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
          "Ankle boot"]
SIDE = 96
SEED = 20261124
PATCH, STRIDE, FILL = 16, 4, 0.5


def read_images(split):
    with gzip.open(DATA / f"{split}-images-idx3-ubyte.gz") as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(DATA / f"{split}-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8)
    return images, labels


def colour(rng, low=0, high=255):
    return rng.integers(low, high + 1, 3).astype(np.float32)


def background(rng):
    """Two colours that run into each other, with coarse noise."""
    a, b = colour(rng), colour(rng)
    angle = rng.uniform(0, 2 * math.pi)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    t = np.clip(0.5 + x * math.cos(angle) + y * math.sin(angle), 0, 1)[..., None]
    canvas = a * (1 - t) + b * t
    cells = int(rng.integers(3, 16))
    noise = rng.normal(0, rng.uniform(3, 25), (cells, cells, 3)).astype(np.float32)
    for c in range(3):
        layer = Image.fromarray(noise[..., c], "F").resize((SIDE, SIDE), Image.BILINEAR)
        canvas[..., c] += np.asarray(layer)
    return np.clip(canvas, 0, 255)


def clutter(rng, canvas):
    """Lines, discs and boxes."""
    image = Image.fromarray(canvas.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 8))):
        x0, y0, x1, y1 = (int(v) for v in rng.integers(-10, SIDE + 10, 4))
        ink = tuple(int(v) for v in colour(rng))
        kind = rng.integers(3)
        if kind == 0:
            draw.line((x0, y0, x1, y1), ink, int(rng.integers(1, 5)))
        else:
            size = int(rng.integers(4, 22))
            box = (x0, y0, x0 + size, y0 + int(size * rng.uniform(0.5, 2)))
            draw.ellipse(box, ink) if kind == 1 else draw.rectangle(box, ink)
    return np.asarray(image).astype(np.float32)


def paint(canvas, shape, ink, x, y):
    """Lays a grey picture over the canvas as a tinted, shaded article."""
    h, w = shape.shape
    alpha = np.clip(shape * 4, 0, 1)[..., None]
    shade = (0.35 + 0.65 * shape)[..., None] * ink
    canvas[y:y + h, x:x + w] = canvas[y:y + h, x:x + w] * (1 - alpha) + shade * alpha


def shreds(rng, canvas, images):
    """Small squares torn out of other articles: texture of clothing without its form."""
    for _ in range(int(rng.integers(0, 6))):
        image = images[rng.integers(len(images))]
        size = int(rng.integers(5, 9))
        x, y = rng.integers(4, 24 - size, 2)
        torn = image[y:y + size, x:x + size].astype(np.float32) / 255
        px, py = rng.integers(0, SIDE - size, 2)
        paint(canvas, torn, colour(rng), int(px), int(py))


def make_canvas(rng, image, images):
    """A canvas, and the article's box [x0, y0, x1, y1], ends exclusive."""
    canvas = clutter(rng, background(rng))
    shreds(rng, canvas, images)
    rows, cols = np.where(image > 40)
    cut = image[rows.min():rows.max() + 1, cols.min():cols.max() + 1]
    side = int(rng.integers(36, 68))
    scale = side / max(cut.shape)
    size = (max(4, round(cut.shape[1] * scale)), max(4, round(cut.shape[0] * scale)))
    article = np.asarray(Image.fromarray(cut).resize(size, Image.BICUBIC)).astype(np.float32) / 255
    h, w = article.shape
    x, y = int(rng.integers(0, SIDE - w + 1)), int(rng.integers(0, SIDE - h + 1))
    behind = canvas[y:y + h, x:x + w].mean((0, 1))
    ink = colour(rng)
    while np.abs(ink - behind).sum() < 180:
        ink = colour(rng)
    paint(canvas, article, ink, x, y)
    return np.clip(canvas, 0, 255).astype(np.uint8), [x, y, x + w, y + h]


def make_set(seed, images, labels, count):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(images))[:count]
    made = [make_canvas(rng, images[i], images) for i in order]
    return (np.stack([m[0] for m in made]), np.array([m[1] for m in made]),
            labels[order].astype(np.int64))


def block(cin, cout, kernel=3, stride=1):
    return [nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(cout),
            nn.ReLU()]


def network():
    return nn.Sequential(
        *block(3, 16, 5, 2), nn.MaxPool2d(2),
        *block(16, 32), *block(32, 48), nn.MaxPool2d(2),
        *block(48, 64), *block(64, 96), nn.MaxPool2d(2),
        *block(96, 96),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, len(LABELS)))


def to_input(canvases):
    return torch.from_numpy(canvases).permute(0, 3, 1, 2).float() / 255


def erase(rng, batch, boxes):
    """Grey squares, mostly beside the article: a patch by itself must say nothing."""
    for i in range(len(batch)):
        for _ in range(int(rng.integers(0, 3))):
            size = int(rng.integers(8, 25))
            x, y = (int(v) for v in rng.integers(0, SIDE - size, 2))
            x0, y0, x1, y1 = boxes[i]
            covers = max(0, min(x + size, x1) - max(x, x0)) * max(0, min(y + size, y1) - max(y, y0))
            if covers < 0.25 * (x1 - x0) * (y1 - y0):
                batch[i, :, y:y + size, x:x + size] = FILL


def train(model, canvases, boxes, labels, epochs, batch=64):
    rng = np.random.default_rng(SEED + 1)
    x = to_input(canvases)
    y = torch.from_numpy(labels)
    steps = epochs * (len(x) // batch)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    # Smoothing keeps the softmax from saturating: a probability that can't fall shows nothing.
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        order = rng.permutation(len(x))
        for start in range(0, len(x) - batch + 1, batch):
            pick = order[start:start + batch]
            part = x[pick].clone()
            erase(rng, part, boxes[pick])
            flip = torch.from_numpy(rng.random(batch) < 0.5)
            part[flip] = part[flip].flip(3)
            loss = loss_of(model(part), y[pick])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss) * batch
        print(f"epoch {epoch + 1}: loss {total / len(x):.3f}", flush=True)


def starts(length):
    return [i * STRIDE for i in range(math.ceil((length - PATCH) / STRIDE) + 1)]


def attribution(model, picture):
    """For each pixel, the mean over the windows that cover it of base − score; and the class."""
    with torch.no_grad():
        base = torch.softmax(model(picture[None]), 1)[0]
        target = int(base.argmax())
        places = [(y, x) for y in starts(SIDE) for x in starts(SIDE)]
        batch = picture[None].repeat(len(places), 1, 1, 1)
        for i, (y, x) in enumerate(places):
            batch[i, :, y:y + PATCH, x:x + PATCH] = FILL
        scores = torch.softmax(model(batch), 1)[:, target].numpy()
    sums, counts = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for (y, x), score in zip(places, scores):
        sums[y:y + PATCH, x:x + PATCH] += float(base[target]) - score
        counts[y:y + PATCH, x:x + PATCH] += 1
    return sums / np.maximum(counts, 1), target, float(base[target])


def inside(point, box):
    y, x = divmod(int(point), SIDE)
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def held_out(model, canvases, boxes, labels, count):
    hits, right = [], []
    for i in range(count):
        found, target, base = attribution(model, to_input(canvases[i:i + 1])[0])
        hits.append(bool(inside(found.argmax(), boxes[i])))
        right.append((target == labels[i], base, float(found.max()), float(found.mean())))
    return hits, right


def save_demo(out, canvases, boxes, labels, right, hits):
    """For each class the canvas whose map is most clearly confined to the article."""
    entries = []
    for label in (0, 1, 3, 5, 7, 8, 9, 4):
        fitting = [i for i in range(len(hits))
                   if labels[i] == label and hits[i] and right[i][0] and right[i][1] > 0.7]
        if not fitting:
            continue
        best = max(fitting, key=lambda i: right[i][2] - 4 * right[i][3])
        name = LABELS[label].lower().replace(" ", "-") + ".png"
        Image.fromarray(canvases[best]).save(out / name)
        entries.append({"file": name, "label": label, "box": [int(v) for v in boxes[best]]})
    about = {"patch": PATCH, "stride": STRIDE, "fill": FILL, "canvases": entries}
    (out / "canvases.json").write_text(json.dumps(about, indent=1) + "\n")


def save_sheet(out, canvases, boxes, labels, side=8):
    sheet = Image.new("RGB", (side * SIDE, side * SIDE))
    for i in range(side * side):
        sheet.paste(Image.fromarray(canvases[i]), (i % side * SIDE, i // side * SIDE))
    sheet.save(out / "heldout.png")
    about = {"columns": side, "side": SIDE, "patch": PATCH, "stride": STRIDE, "fill": FILL,
             "canvases": [{"label": int(labels[i]), "box": [int(v) for v in boxes[i]]}
                          for i in range(side * side)]}
    (out / "heldout.json").write_text(json.dumps(about) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--canvases", type=int, default=24000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(options.threads)
    began = time.time()
    canvases, boxes, labels = make_set(SEED, *read_images("train"), options.canvases)
    print(f"{len(canvases)} canvases after {time.time() - began:.0f} s", flush=True)
    model = network()
    train(model, canvases, boxes, labels, options.epochs)
    model.eval()
    torch.onnx.export(
        model, torch.zeros(1, 3, SIDE, SIDE), str(options.out / "clothes.onnx"), opset_version=13,
        input_names=["input"], output_names=["logits"], do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
    (options.out / "labels.txt").write_text("\n".join(LABELS) + "\n")
    canvases, boxes, labels = make_set(SEED + 2, *read_images("t10k"), 2000)
    with torch.no_grad():
        answers = torch.cat([model(to_input(canvases[i:i + 100])).argmax(1)
                             for i in range(0, 2000, 100)]).numpy()
    hits, right = held_out(model, canvases, boxes, labels, 500)
    save_demo(options.out, canvases, boxes, labels, right, hits)
    save_sheet(options.out, canvases, boxes, labels)
    print(f"top-1 on 2000 held-out canvases: {(answers == labels).mean():.3f}")
    print(f"peak of the attribution inside the article's box: {np.mean(hits):.3f} of 500")
    print(f"seed {SEED}, {options.epochs} epochs of {options.canvases}, "
          f"{time.time() - began:.0f} s")


if __name__ == "__main__":
    main()
