"""Reference numbers for SaliencyAgainstTorchTest, by PyTorch's autograd.

Usage: saliency_reference.py SHARED OUT

SHARED holds models/squeezenet1.1 and images; OUT gets one array a method. Needs torch, onnx,
numpy and Pillow. The network is run node by node from its ONNX file; ReLUs get the rule of the
method by a hook on their gradient. Kept are every STRIDE-th row and column.
"""

import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper
from PIL import Image

PICTURES = ["chelsea.png", "astronaut.png", "coffee.png"]
SIDE = 224
STRIDE = 16
STEPS = 8
LAYER = "fire9/concat_1"
MEAN = [103.939, 116.779, 123.68]


def picture(path):
    """The middle of the picture without resizing, BGR, the mean taken off."""
    rgb = np.asarray(Image.open(path).convert("RGB")).astype(np.float32)
    top = (rgb.shape[0] - SIDE) // 2
    left = (rgb.shape[1] - SIDE) // 2
    bgr = rgb[top : top + SIDE, left : left + SIDE, ::-1]
    return torch.from_numpy((bgr - np.float32(MEAN)).transpose(2, 0, 1)[None].copy())


class Rule(torch.autograd.Function):
    """A ReLU with a rule for its gradient."""

    @staticmethod
    def forward(ctx, x, rule):
        ctx.save_for_backward(x)
        ctx.rule = rule
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        if ctx.rule == "deconvnet":
            return g.clamp(min=0), None
        g = g * (x > 0)
        return (g.clamp(min=0) if ctx.rule == "guided-backprop" else g), None


def run(model, x, rule):
    """All values of the network by name, as far as the logits."""
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in model.graph.initializer}
    values["data_0"] = x
    for node in model.graph.node:
        a = {k.name: helper.get_attribute_value(k) for k in node.attribute}
        v = [values[name] for name in node.input]
        if node.op_type == "Conv":
            y = F.conv2d(v[0], v[1], v[2], stride=a["strides"], padding=a["pads"][:2])
        elif node.op_type == "Relu":
            y = Rule.apply(v[0], rule)
        elif node.op_type == "MaxPool":
            y = F.max_pool2d(v[0], a["kernel_shape"], a["strides"])
        elif node.op_type == "Concat":
            y = torch.cat(v, a["axis"])
        elif node.op_type == "Dropout":
            y = v[0]
        elif node.op_type == "GlobalAveragePool":
            y = v[0].mean((2, 3), keepdim=True)
        elif node.op_type == "Softmax":
            return v[0].flatten(1), values
        values[node.output[0]] = y
    raise ValueError("no softmax")


def gradient(model, x, rule, target, layer=None):
    x = x.clone().requires_grad_(True)
    logits, values = run(model, x, rule)
    of = x if layer is None else values[layer]
    (g,) = torch.autograd.grad(logits[:, target].sum(), of)
    return g, of.detach()


def attribution(model, x, method, target):
    if method == "integrated-gradients":
        places = (torch.arange(STEPS) + 0.5) / STEPS
        g, _ = gradient(model, places[:, None, None, None] * x, "gradient", target)
        return g.mean(0, keepdim=True) * x
    if method == "grad-cam":
        g, values = gradient(model, x, "gradient", target, LAYER)
        return (g.mean((2, 3), keepdim=True) * values).sum(1, keepdim=True)
    return gradient(model, x, method, target)[0]


def main():
    shared, out = sys.argv[1:]
    model = onnx.load(shared + "/models/squeezenet1.1/squeezenet_fp32.onnx")
    inputs = [picture(shared + "/images/" + name) for name in PICTURES]
    targets = [run(model, x, "gradient")[0].argmax().item() for x in inputs]
    print("targets", targets)
    for method in ["gradient", "guided-backprop", "deconvnet", "integrated-gradients", "grad-cam"]:
        maps = [attribution(model, x, method, t) for x, t in zip(inputs, targets)]
        step = 1 if method == "grad-cam" else STRIDE
        kept = torch.cat(maps)[:, :, ::step, ::step].numpy().astype("<f4")
        np.save(f"{out}/squeezenet-{method}.npy", np.ascontiguousarray(kept))


main()
