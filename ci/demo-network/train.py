#!/usr/bin/env python3
"""Trains the network of `./convlens demo` and makes its pictures, all from one seed.

Needs Debian's python3-torch, python3-onnx, python3-pil and dataset-fashion-mnist:

    python3 ci/demo-network/train.py

writes network, labels and pictures where the sources keep them, a contact sheet of held-out
canvases for the tests, and results.json beside itself with what the network reached. `--out DIR`
writes everything into one folder instead.

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
import onnx
import torch
from onnx import numpy_helper
from PIL import Image, ImageDraw
from torch import nn
from torch.nn import functional

DATA = Path("/usr/share/datasets/fashion-mnist")
SOURCES = Path(__file__).resolve().parents[2] / "java"
RESOURCES = SOURCES / "viz/src/main/resources/io/convlens/demo"
TEST_RESOURCES = SOURCES / "cli/src/test/resources/io/convlens/demo"
LABELS = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
          "Ankle boot"]
SIDE = 96
SEED = 20261124
# The patch of the demo: about a third of an article's longer side; grey in the network's input.
PATCH, STRIDE, FILL = 16, 4, 0.5
# Articles' longer sides, in pixels of the canvas.
SMALLEST, LARGEST = 40, 68
# How far held-out articles stay from the canvas's edge, a little more than half a patch. Pixels at
# the edge are covered by one or two windows; beside an article they'd have the mean of just those
# that reach it, which says more about the sweep than about the network.
MARGIN = 10
# Fashion-MNIST's pixels below this are the rim of an article, or dust.
RIM = 40
# What the network may be sure of at most: a probability that is saturated can't fall.
SUREST = 0.95
ACCURACY_SET, PEAK_SET = 2000, 500
SHEET_COLUMNS = 10
# The demo's pictures, one of each of these classes, in the order of the page.
SHOWN = (8, 9, 3, 0, 5, 1, 7, 2)


def read_articles(split):
    with gzip.open(DATA / f"{split}-images-idx3-ubyte.gz") as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(DATA / f"{split}-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8)
    return images, labels.astype(np.int64)


def colour(rng, saturation=1.0):
    full = rng.uniform(0, 255, 3)
    return full.mean() + saturation * (full - full.mean())


def background(rng):
    """Two colours that run into each other, with coarse noise."""
    saturation = rng.uniform(0.1, 0.9)
    a, b = colour(rng, saturation), colour(rng, saturation)
    angle = rng.uniform(0, 2 * math.pi)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    t = np.clip(0.5 + x * math.cos(angle) + y * math.sin(angle), 0, 1)[..., None]
    canvas = a * (1 - t) + b * t
    cells = int(rng.integers(3, 25))
    noise = rng.normal(0, rng.uniform(2, 20), (cells, cells, 3)).astype(np.float32)
    for c in range(3):
        layer = Image.fromarray(noise[..., c], "F").resize((SIDE, SIDE), Image.BILINEAR)
        canvas[..., c] += np.asarray(layer)
    return np.clip(canvas, 0, 255).astype(np.float32)


def clutter(rng, canvas):
    """Lines, discs and boxes, drawn twice as large and shrunk so that their edges are smooth."""
    image = Image.fromarray(canvas.astype(np.uint8)).resize((2 * SIDE, 2 * SIDE), Image.BILINEAR)
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 9))):
        x0, y0, x1, y1 = (int(v) for v in rng.integers(-20, 2 * SIDE + 20, 4))
        ink = tuple(int(v) for v in colour(rng))
        kind = rng.integers(3)
        if kind == 0:
            draw.line((x0, y0, x1, y1), ink, int(rng.integers(2, 8)))
        else:
            size = int(rng.integers(8, 44))
            box = (x0, y0, x0 + size, y0 + int(size * rng.uniform(0.5, 2)))
            draw.ellipse(box, ink) if kind == 1 else draw.rectangle(box, ink)
    return np.asarray(image.resize((SIDE, SIDE), Image.BOX)).astype(np.float32)


def stripes(rng, canvas):
    """Striped and chequered pieces: texture that is nobody's clothing."""
    for _ in range(int(rng.integers(0, 3))):
        w, h = (int(v) for v in rng.integers(8, 24, 2))
        x, y = int(rng.integers(0, SIDE - w)), int(rng.integers(0, SIDE - h))
        down, across = np.mgrid[0:h, 0:w] // rng.integers(1, 5)
        on = (down * rng.integers(0, 2) + across) % 2 == 1
        canvas[y:y + h, x:x + w] = np.where(on[..., None], colour(rng), colour(rng))


def paint(canvas, shape, ink, x, y):
    """Lays a grey picture (0 nothing, 1 brightest) over the canvas, tinted; returns its opacity."""
    h, w = shape.shape
    opacity = np.clip(shape * 4, 0, 1)
    over = opacity[..., None]
    shade = (0.35 + 0.65 * shape)[..., None] * ink
    canvas[y:y + h, x:x + w] = canvas[y:y + h, x:x + w] * (1 - over) + shade * over
    return opacity


def shreds(rng, canvas, images):
    """Squares torn out of other articles: texture of clothing without its form."""
    for _ in range(int(rng.integers(0, 6))):
        image = images[rng.integers(len(images))]
        size = int(rng.integers(5, 9))
        x, y = rng.integers(4, 24 - size, 2)
        side = int(size * rng.uniform(1, 2))
        torn = Image.fromarray(image[y:y + size, x:x + size]).resize((side, side), Image.BICUBIC)
        px, py = (int(v) for v in rng.integers(0, SIDE - side, 2))
        paint(canvas, np.asarray(torn).astype(np.float32) / 255, colour(rng), px, py)


def make_canvas(rng, image, images, margin):
    """A canvas, where its article is, and the article's box [x0, y0, x1, y1], ends exclusive."""
    canvas = clutter(rng, background(rng))
    stripes(rng, canvas)
    shreds(rng, canvas, images)
    rows, cols = np.where(image > RIM)
    cut = image[rows.min():rows.max() + 1, cols.min():cols.max() + 1]
    scale = rng.integers(SMALLEST, LARGEST + 1) / max(cut.shape)
    size = (max(4, round(cut.shape[1] * scale)), max(4, round(cut.shape[0] * scale)))
    # Black clothing is nearly nothing in Fashion-MNIST: its own bright places set what bright is.
    bright = np.percentile(cut[cut > RIM], 90)
    article = np.asarray(Image.fromarray(cut).resize(size, Image.BICUBIC)).astype(np.float32)
    article = np.clip(article / bright, 0, 1)
    h, w = article.shape
    x = int(rng.integers(margin, SIDE - margin - w + 1))
    y = int(rng.integers(margin, SIDE - margin - h + 1))
    behind = canvas[y:y + h, x:x + w].mean((0, 1))
    ink = colour(rng)
    # Another colour than what is behind, and not so dark that no shading shows.
    while np.abs(ink - behind).sum() < 180 or ink.max() < 120:
        ink = colour(rng)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[y:y + h, x:x + w] = paint(canvas, article, ink, x, y) > 0.5
    return np.clip(canvas, 0, 255).astype(np.uint8), mask, [x, y, x + w, y + h]


class Canvases:
    """Pictures [N, 96, 96, 3], masks [N, 96, 96], boxes [N, 4] and labels [N]."""

    def __init__(self, seed, split, count, margin=0):
        rng = np.random.default_rng(seed)
        images, labels = read_articles(split)
        order = rng.permutation(len(images))[:count]
        made = [make_canvas(rng, images[i], images, margin) for i in order]
        self.pictures = np.stack([m[0] for m in made])
        self.masks = np.stack([m[1] for m in made])
        self.boxes = np.array([m[2] for m in made])
        self.labels = labels[order]


def block(cin, cout, kernel=3, stride=1):
    return [nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(cout),
            nn.ReLU()]


def network():
    return nn.Sequential(
        *block(3, 16, 5, 2), nn.MaxPool2d(2),
        *block(16, 32), *block(32, 48), nn.MaxPool2d(2),
        *block(48, 64), *block(64, 96), nn.MaxPool2d(2),
        *block(96, 96),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, len(LABELS)))


def to_input(pictures):
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def cover(rng, picture, mask, box):
    """Puts up to two patches on a picture; returns which share of the article is still seen.

    Half of the patches lie anywhere and half on the article, so that the network meets both often.
    """
    seen = mask.copy()
    for _ in range(int(rng.integers(0, 3))):
        h, w = (int(v) for v in rng.integers(8, 29, 2))
        if rng.random() < 0.5:
            x = int(rng.integers(0, SIDE)) - w // 2
            y = int(rng.integers(0, SIDE)) - h // 2
        else:
            x = int(rng.integers(box[0], box[2])) - w // 2
            y = int(rng.integers(box[1], box[3])) - h // 2
        kind = rng.random()
        fill = FILL if kind < 0.7 else 0.0 if kind < 0.85 else torch.rand(3, 1, 1)
        area = (slice(max(y, 0), max(y + h, 0)), slice(max(x, 0), max(x + w, 0)))
        picture[(slice(None), *area)] = fill
        seen[area] = False
    return seen.sum() / mask.sum()


def targets(labels, seen):
    """What the network shall answer: the class, the less surely the less of the article is seen.

    A patch beside the article must change nothing and a patch on it must show, else a map of
    probabilities is flat where the article is large, or finds the patch instead of the article.
    """
    sure = SUREST * torch.tensor(seen, dtype=torch.float32)[:, None] ** 2
    right = functional.one_hot(torch.from_numpy(labels), len(LABELS))
    return sure * right + (1 - sure) / len(LABELS)


def train(model, made, epochs, batch=64):
    rng = np.random.default_rng(SEED + 1)
    count = len(made.labels)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 5e-3, total_steps=epochs * (count // batch), pct_start=0.2)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        order = rng.permutation(count)
        for start in range(0, count - batch + 1, batch):
            pick = order[start:start + batch]
            x = to_input(made.pictures[pick])
            seen = []
            for i, canvas in enumerate(pick):
                x[i] = x[i, torch.from_numpy(rng.permutation(3))]
                seen.append(cover(rng, x[i], made.masks[canvas], made.boxes[canvas]))
                if rng.random() < 0.5:
                    x[i] = x[i].flip(2)
            wanted = targets(made.labels[pick], seen)
            loss = functional.cross_entropy(model(x), wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss) * batch
        print(f"epoch {epoch + 1}: loss {total / count:.3f}", flush=True)


def export(model, path):
    """Writes the network as it was trained: BatchNorm stays a node of its own."""
    torch.onnx.export(
        model, torch.zeros(1, 3, SIDE, SIDE), str(path), opset_version=13,
        input_names=["input"], output_names=["logits"], do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})


def run_onnx(path, x):
    """Runs the file node by node, so that what was written is checked and not the model again."""
    graph = onnx.load(str(path)).graph
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    values["input"] = x
    for node in graph.node:
        a = {v.name: onnx.helper.get_attribute_value(v) for v in node.attribute}
        given = [values[name] for name in node.input]
        if node.op_type == "Conv":
            assert a["pads"][:2] == a["pads"][2:]
            result = functional.conv2d(*given, stride=a["strides"], padding=a["pads"][:2])
        elif node.op_type == "BatchNormalization":
            first, scale, shift, mean, variance = given
            result = functional.batch_norm(first, mean, variance, scale, shift, eps=a["epsilon"])
        elif node.op_type == "Relu":
            result = torch.relu(*given)
        elif node.op_type == "MaxPool":
            assert not any(a["pads"])
            result = functional.max_pool2d(*given, a["kernel_shape"], a["strides"])
        elif node.op_type == "GlobalAveragePool":
            result = given[0].mean((2, 3), keepdim=True)
        elif node.op_type == "Flatten":
            result = given[0].flatten(a["axis"])
        elif node.op_type == "Gemm":
            assert a["transB"] == 1
            result = functional.linear(*given)
        else:
            raise ValueError(f"an operator that wasn't expected: {node.op_type}")
        values[node.output[0]] = result
    return values["logits"]


def check_file(model, path, x):
    """Returns the largest difference between the model's logits and the file's."""
    onnx.checker.check_model(onnx.load(str(path)), full_check=True)
    with torch.no_grad():
        difference = float((model(x) - run_onnx(path, x)).abs().max())
    assert difference < 1e-4, difference
    return difference


def starts(patch, stride):
    """The sweep's positions along a side; the last window may end past the edge and is cut off."""
    return [i * stride for i in range(math.ceil((SIDE - patch) / stride) + 1)]


def attribution(model, picture, patch=PATCH, stride=STRIDE, fill=FILL):
    """The map of a picture's top class, that class, and its probability.

    The map holds for each pixel the mean, over the windows that cover it, of the probability
    without a patch − the probability with the window filled.
    """
    places = [(y, x) for y in starts(patch, stride) for x in starts(patch, stride)]
    batch = picture[None].repeat(1 + len(places), 1, 1, 1)
    for i, (y, x) in enumerate(places):
        batch[1 + i, :, y:y + patch, x:x + patch] = fill
    with torch.no_grad():
        # In parts, since small maps stay in the cache.
        scores = torch.cat([torch.softmax(model(part), 1) for part in batch.split(32)])
    scores = scores.double().numpy()
    target = int(scores[0].argmax())
    base = float(scores[0, target])
    sums, counts = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for (y, x), score in zip(places, scores[1:, target]):
        sums[y:y + patch, x:x + patch] += base - score
        counts[y:y + patch, x:x + patch] += 1
    return sums / np.maximum(counts, 1), target, base


class Finding:
    """What the map of one canvas says."""

    def __init__(self, model, made, i):
        picture = to_input(made.pictures[i:i + 1])[0]
        self.map, self.top, self.probability = attribution(model, picture)
        self.y, self.x = divmod(int(self.map.argmax()), SIDE)
        x0, y0, x1, y1 = (int(v) for v in made.boxes[i])
        self.inside = x0 <= self.x < x1 and y0 <= self.y < y1
        self.right = self.top == made.labels[i]
        # How far the map's peak stands out over the largest value, of either sign, beside the box.
        beside = np.abs(self.map)
        beside[y0:y1, x0:x1] = 0
        self.clarity = float(self.map.max() - beside.max())


def describe(made, i, **more):
    return {"label": int(made.labels[i]), "box": [int(v) for v in made.boxes[i]], **more}


def write_list(path, about, entries):
    """JSON with a line for each canvas."""
    about = json.dumps({**about, "patch": PATCH, "stride": STRIDE, "fill": FILL})
    lines = ",\n".join("  " + json.dumps(e) for e in entries)
    path.write_text(f'{about[:-1]}, "canvases": [\n{lines}\n]}}\n')


def save_demo(folder, made, findings):
    """Of each class shown, the canvas with the clearest map; none is on the test's sheet."""
    entries = []
    for label in SHOWN:
        fitting = [i for i in range(SHEET_COLUMNS ** 2, len(findings))
                   if made.labels[i] == label and findings[i].right and findings[i].inside]
        best = max(fitting, key=lambda i: findings[i].clarity)
        name = LABELS[label].lower().replace(" ", "-") + ".png"
        Image.fromarray(made.pictures[best]).save(folder / name, optimize=True)
        entries.append({"file": name, **describe(made, best)})
    write_list(folder / "canvases.json", {}, entries)


def save_sheet(folder, made, findings):
    """The first held-out canvases as they come, good and bad, as one picture."""
    sheet = Image.new("RGB", (SHEET_COLUMNS * SIDE, SHEET_COLUMNS * SIDE))
    entries = []
    for i in range(SHEET_COLUMNS ** 2):
        row, column = divmod(i, SHEET_COLUMNS)
        sheet.paste(Image.fromarray(made.pictures[i]), (column * SIDE, row * SIDE))
        found = findings[i]
        entries.append(describe(made, i, top=found.top, probability=round(found.probability, 5),
                                peak=[found.x, found.y]))
    sheet.save(folder / "heldout.png", optimize=True)
    write_list(folder / "heldout.json", {"columns": SHEET_COLUMNS, "side": SIDE}, entries)


def accuracy(model, made):
    with torch.no_grad():
        top = torch.cat([model(to_input(made.pictures[i:i + 100])).argmax(1)
                         for i in range(0, len(made.labels), 100)]).numpy()
    return float((top == made.labels).mean())


def measure(model, file, resources, tests):
    """Saves pictures of held-out canvases and returns what the network reached on them."""
    made = Canvases(SEED + 2, "t10k", ACCURACY_SET, MARGIN)
    difference = check_file(model, file, to_input(made.pictures[:64]))
    findings = [Finding(model, made, i) for i in range(PEAK_SET)]
    save_demo(resources, made, findings)
    save_sheet(tests, made, findings)
    inside = np.array([f.inside for f in findings])
    return {
        "patch": PATCH, "stride": STRIDE, "fill": FILL, "margin": MARGIN,
        "top1": round(accuracy(model, made), 4), "top1Of": ACCURACY_SET,
        "peakInsideBox": round(float(inside.mean()), 4), "peakOf": PEAK_SET,
        "peakInsideBoxOnSheet": round(float(inside[:SHEET_COLUMNS ** 2].mean()), 4),
        "medianProbability": round(float(np.median([f.probability for f in findings])), 3),
        "medianPeak": round(float(np.median([f.map.max() for f in findings])), 3),
        "largestDifferenceOfFile": difference}


def main():
    parser = argparse.ArgumentParser(description="trains the demo's network, makes its pictures")
    parser.add_argument("--out", type=Path, help="one folder for everything")
    parser.add_argument("--canvases", type=int, default=24000)
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()
    resources, tests, beside = [options.out] * 3 if options.out else [
        RESOURCES, TEST_RESOURCES, Path(__file__).resolve().parent]
    for folder in (resources, tests, beside):
        folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    # The order of sums, and so the weights' last bits, depends on the number of threads.
    torch.set_num_threads(1)

    began = time.process_time()
    made = Canvases(SEED, "train", options.canvases)
    print(f"{options.canvases} canvases after {time.process_time() - began:.0f} s", flush=True)
    model = network()
    train(model, made, options.epochs)
    model.eval()
    seconds = round(time.process_time() - began)
    file = resources / "clothes.onnx"
    export(model, file)
    (resources / "labels.txt").write_text("\n".join(LABELS) + "\n")
    results = {"seed": SEED, "canvases": options.canvases, "epochs": options.epochs,
               "trainingSeconds": seconds, "torch": torch.__version__,
               **measure(model, file, resources, tests)}
    (beside / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
