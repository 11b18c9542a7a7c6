"""Reference numbers for AttributionAgainstTorchTest, by PyTorch.

Usage: attribution_reference.py SHARED OUT

SHARED holds models and images; OUT gets one array a network and method. Needs torch, onnx, numpy
and Pillow. Networks are run node by node from their ONNX files, in double precision. Gradients
are autograd's; DeepLIFT's multipliers and LRP's relevance are computed backwards node by node
from their papers' formulas, with autograd for linear operations only. Noise is drawn by the
counter of io.convlens.device.CounterNoise. VarGrad and guided Grad-CAM are as Captum has them
(population variance; enlarged to the nearest, after a ReLU), Layer-CAM and Grad-CAM++ as
pytorch-grad-cam, the latter without the 1e-6 that it adds to the denominator of alpha and that
the paper has not: gradients of logits are that small. Kept are every STRIDE-th row and column of
maps of the input's size, all of others.
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
STRIDE = 28
STEPS = 8
SAMPLES = 5
SEED = 3
EPSILON = 1e-6
BLUR = 4
NETS = {
    "squeezenet": {
        "file": "squeezenet1.1/squeezenet_fp32.onnx",
        "late": "fire9/concat_1",
        "early": "fire2/squeeze1x1_2",
        "unit": ("fire5/concat_1", 7),
    },
    "mobilenet": {
        "file": "mobilenet-v1-0.25/mnv1_025_224.onnx",
        "late": "conv_2d_27_act",
        "early": "conv_2d_3_act",
        "unit": ("conv_2d_15_act", 3),
    },
}


def picture(path, net):
    """The middle of the picture without resizing, as the network's preprocessing has it."""
    rgb = np.asarray(Image.open(path).convert("RGB")).astype(np.float32)
    top = (rgb.shape[0] - SIDE) // 2
    left = (rgb.shape[1] - SIDE) // 2
    rgb = rgb[top : top + SIDE, left : left + SIDE]
    if net == "squeezenet":
        x = rgb[:, :, ::-1] - np.float32([103.939, 116.779, 123.68])
    else:
        x = rgb / np.float32(127.5) - np.float32(1)
    return torch.from_numpy(x.transpose(2, 0, 1)[None].astype(np.float64))


def padded(x, a):
    """Padding as the file says, and the kernel's stride."""
    if a.get("auto_pad") == b"SAME_UPPER":
        pads = []
        for size, k, s in reversed(list(zip(x.shape[2:], a["kernel_shape"], a["strides"]))):
            total = max((-(-size // s) - 1) * s + k - size, 0)
            pads += [total // 2, total - total // 2]
        return F.pad(x, pads)
    p = a.get("pads", [0, 0, 0, 0])
    return F.pad(x, [p[1], p[3], p[0], p[2]])


class Ruled(torch.autograd.Function):
    """A ReLU, or one up to 6, with a rule for its gradient."""

    @staticmethod
    def forward(ctx, x, most, rule):
        ctx.save_for_backward(x)
        ctx.most, ctx.rule = most, rule
        return x.clamp(0, most)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        g = g.clamp(min=0)
        open_ = (x > 0) & (x < ctx.most)
        return (g if ctx.rule == "deconvnet" else g * open_), None, None


class Net:
    def __init__(self, path):
        self.graph = onnx.load(path).graph
        self.weights = {
            t.name: torch.from_numpy(numpy_helper.to_array(t).astype(np.float64))
            for t in self.graph.initializer
        }
        self.input = next(i.name for i in self.graph.input if i.name not in self.weights)
        self.nodes = []
        for node in self.graph.node:
            if node.op_type == "Softmax":
                self.logits = node.input[0]
                break
            self.nodes.append(node)

    def apply(self, node, v, rule=None):
        a = {k.name: helper.get_attribute_value(k) for k in node.attribute}
        if node.op_type == "Conv":
            return F.conv2d(padded(v[0], a), v[1], v[2], stride=a["strides"], groups=a.get("group", 1))
        if node.op_type in ("Relu", "Clip") and rule:
            return Ruled.apply(v[0], 6 if node.op_type == "Clip" else float("inf"), rule)
        if node.op_type == "Relu":
            return v[0].clamp(min=0)
        if node.op_type == "Clip":
            return v[0].clamp(0, 6)
        if node.op_type == "MaxPool":
            return F.max_pool2d(v[0], a["kernel_shape"], a["strides"])
        if node.op_type == "AveragePool":
            return F.avg_pool2d(v[0], a["kernel_shape"], a["strides"])
        if node.op_type == "Concat":
            return torch.cat(v, a["axis"])
        if node.op_type == "Dropout":
            return v[0]
        if node.op_type == "GlobalAveragePool":
            return v[0].mean((2, 3), keepdim=True)
        if node.op_type == "Flatten":
            return v[0].flatten(1)
        raise ValueError(node.op_type)

    def run(self, x, rule=None):
        values = dict(self.weights)
        values[self.input] = x
        for node in self.nodes:
            values[node.output[0]] = self.apply(node, [values[n] for n in node.input], rule)
        return values

    def scores(self, x):
        return self.run(x)[self.logits].flatten(1)

    def gradient(self, x, target, layer=None, rule=None):
        x = x.clone().requires_grad_(True)
        values = self.run(x, rule)
        of = x if layer is None else values[layer]
        (g,) = torch.autograd.grad(values[self.logits].flatten(1)[:, target].sum(), of)
        return g, of.detach(), values[self.logits].flatten(1)[:, target].detach()

    def back(self, x, start, rule, to=None):
        """What arrives at a value, by default the input, a rule being
        (node, inputs, values, arrived) -> sent."""
        values = self.run(x)
        arrived = {self.logits: start(values[self.logits])}
        for node in reversed(self.nodes):
            if node.output[0] == to:
                return arrived[to]
            if node.output[0] not in arrived:
                continue
            names = [n for n in node.input if n not in self.weights]
            sent = rule(node, names, values, arrived.pop(node.output[0]))
            for name, s in zip(names, sent):
                arrived[name] = arrived[name] + s if name in arrived else s
        return arrived[self.input]

    def linear_back(self, node, names, values, g):
        with torch.enable_grad():
            x = [values[n].clone().requires_grad_(True) for n in names]
            full = dict(zip(names, x))
            y = self.apply(node, [full.get(n, values[n]) for n in node.input])
            return torch.autograd.grad(y, x, g)


def onehot(logits, target):
    g = torch.zeros_like(logits)
    g.flatten(1)[:, target] = 1
    return g


def deeplift(net, x, target, layer=None):
    base = net.run(torch.zeros_like(x))

    def rule(node, names, values, m):
        if node.op_type in ("Relu", "Clip", "MaxPool"):
            name, out = names[0], node.output[0]
            dx = values[name] - base[name]
            none = dx.abs() <= 1e-6
            safe = torch.where(none, torch.ones_like(dx), dx)
            plain = net.linear_back(node, names, values, m)[0]
            if node.op_type == "MaxPool":
                larger = torch.maximum(values[out], base[out])
                sent = net.linear_back(node, names, values, m * (larger - base[out]))[0]
                sent = sent + net.linear_back(node, names, base, m * (values[out] - larger))[0]
                return [torch.where(none, plain, sent / safe)]
            return [torch.where(none, plain, m * (values[out] - base[out]) / safe)]
        return net.linear_back(node, names, values, m)

    way = x if layer is None else net.run(x)[layer] - base[layer]
    return way * net.back(x, lambda z: onehot(z, target), rule, layer)


def relevance(net, x, target, layer=None):
    def rule(node, names, values, r):
        if node.op_type in ("Relu", "Clip", "Dropout"):
            return [r]
        if node.op_type in ("Concat", "Flatten", "MaxPool"):
            return net.linear_back(node, names, values, r)
        z = values[node.output[0]]
        sign = torch.where(z >= 0, 1.0, -1.0)
        shares = net.linear_back(node, names, values, r / (z + EPSILON * sign))
        return [values[n] * s for n, s in zip(names, shares)]

    return net.back(x, lambda z: onehot(z, target) * z, rule, layer)


def uniform(seed, sample, element):
    """The counter's uniform numbers."""
    mask = (1 << 64) - 1
    step = 0x9E3779B97F4A7C15

    def mixed(z):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    key = mixed((seed + step) & mask)
    counter = (sample << 36) + element
    return ((mixed((key + counter * step) & mask) >> 11) + 1) * 2.0**-53


def integers(seed, counters):
    """What the counter draws from 1 to 2^53, for an array of counters."""
    step = np.uint64(0x9E3779B97F4A7C15)

    def mixed(z):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    with np.errstate(over="ignore"):
        key = mixed(np.array([seed], np.uint64) + step)
        return (mixed(key + counters * step) >> np.uint64(11)) + np.uint64(1)


def noisy_gradients(net, x, target):
    """Gradients of copies with noise of 0.15 of the picture's range, by Box and Muller."""
    sigma = 0.15 * (x.max() - x.min())
    elements = np.arange(x.numel(), dtype=np.uint64)
    all_ = []
    for s in range(SAMPLES):
        counter = np.uint64(2) * ((np.uint64(s) << np.uint64(36)) + elements)
        a = integers(SEED, counter).astype(np.float64) * 2.0**-53
        b = integers(SEED, counter + np.uint64(1)).astype(np.float64) * 2.0**-53
        normal = np.sqrt(-2 * np.log(a)) * np.cos(2 * np.pi * b)
        noisy = x + sigma * torch.from_numpy(normal).reshape(x.shape)
        all_.append(net.gradient(noisy, target)[0])
    return torch.cat(all_)


def expected(net, x, target, baselines):
    total = torch.zeros_like(x)
    for s in range(SAMPLES):
        which = min(int(uniform(SEED, s, 1) * len(baselines)), len(baselines) - 1)
        way = x - baselines[which]
        at = baselines[which] + uniform(SEED, s, 0) * way
        total += net.gradient(at, target)[0] * way
    return total / SAMPLES


def blurred(x):
    for axis in (3, 2):
        d = torch.arange(-3 * BLUR, 3 * BLUR + 1, dtype=torch.float64)
        k = torch.exp(-(d**2) / (2 * BLUR**2))
        shape = [1, 1, 1, 1]
        shape[axis] = len(k)
        pad = [0, 0]
        pad[axis - 2] = 3 * BLUR
        planes = x.transpose(0, 1)
        ones = torch.ones_like(planes)
        up = F.conv2d(planes, k.reshape(shape), padding=pad)
        x = (up / F.conv2d(ones, k.reshape(shape), padding=pad)).transpose(0, 1)
    return x


def integrated(net, x, target, baseline):
    places = (torch.arange(STEPS) + 0.5) / STEPS
    g, _, _ = net.gradient(baseline + places[:, None, None, None] * (x - baseline), target)
    return g.mean(0, keepdim=True) * (x - baseline)


def conductance(net, x, target, layer):
    places = torch.arange(STEPS + 1) / STEPS
    g, y, _ = net.gradient(places[:, None, None, None] * x, target, layer)
    return ((g[1:] + g[:-1]) / 2 * (y[1:] - y[:-1])).sum(0, keepdim=True)


def score_cam(net, x, target, layer):
    maps = net.run(x)[layer][0]
    scores = []
    for m in maps:
        if m.max() == m.min():
            scores.append(float("-inf"))
            continue
        large = F.interpolate(m[None, None], (SIDE, SIDE), mode="bilinear", align_corners=False)
        mask = (large - m.min()) / (m.max() - m.min())
        scores.append(net.scores(x * mask)[0, target].item())
    weights = torch.softmax(torch.tensor(scores, dtype=torch.float64), 0)
    return (weights[:, None, None] * maps).sum(0)[None, None]


def unit_gradient(net, x, layer, unit):
    x = x.clone().requires_grad_(True)
    (g,) = torch.autograd.grad(net.run(x)[layer][:, unit].sum(), x)
    return g


def grad_cam(net, x, target, layer):
    g, y, _ = net.gradient(x, target, layer)
    return (g.mean((2, 3), keepdim=True) * y).sum(1, keepdim=True)


def grad_cam_plus_plus(net, x, target, layer):
    g, y, _ = net.gradient(x, target, layer)
    below = 2 * g**2 + g**3 * y.sum((2, 3), keepdim=True)
    alpha = torch.where(below == 0, torch.zeros_like(g), g**2 / below)
    return ((alpha * g.clamp(min=0)).sum((2, 3), keepdim=True) * y).sum(1, keepdim=True)


def layer_cam(net, x, target, layer):
    g, y, _ = net.gradient(x, target, layer)
    return (g.clamp(min=0) * y).sum(1, keepdim=True)


def guided_grad_cam(net, x, target, layer):
    cam = F.interpolate(grad_cam(net, x, target, layer).clamp(min=0), (SIDE, SIDE), mode="nearest")
    return cam * net.gradient(x, target, rule="guided-backprop")[0]


def main():
    shared, out = sys.argv[1:]
    for name, about in NETS.items():
        net = Net(f"{shared}/models/{about['file']}")
        inputs = [picture(f"{shared}/images/{p}", name) for p in PICTURES]
        targets = [net.scores(x).argmax().item() for x in inputs]
        print(name, targets)
        methods = {
            "gradient": lambda x, t: net.gradient(x, t)[0],
            "input-x-gradient": lambda x, t: x * net.gradient(x, t)[0],
            "smoothgrad": lambda x, t: noisy_gradients(net, x, t).mean(0, True),
            "vargrad": lambda x, t: noisy_gradients(net, x, t).var(0, unbiased=False, keepdim=True),
            "guided-backprop": lambda x, t: net.gradient(x, t, rule="guided-backprop")[0],
            "deconvnet": lambda x, t: net.gradient(x, t, rule="deconvnet")[0],
            "layer-gradient": lambda x, t: net.gradient(x, t, about["late"])[0].mean((2, 3), True),
            "grad-cam": lambda x, t: grad_cam(net, x, t, about["late"]),
            "grad-cam++": lambda x, t: grad_cam_plus_plus(net, x, t, about["late"]),
            "layer-cam": lambda x, t: layer_cam(net, x, t, about["late"]),
            "guided-grad-cam": lambda x, t: guided_grad_cam(net, x, t, about["late"]),
            "deeplift": lambda x, t: deeplift(net, x, t),
            "lrp-epsilon": lambda x, t: relevance(net, x, t),
            "layer-deeplift": lambda x, t: deeplift(net, x, t, about["unit"][0]).sum(1, True),
            "layer-lrp": lambda x, t: relevance(net, x, t, about["unit"][0]).sum(1, True),
            "expected-gradients": lambda x, t: expected(net, x, t, inputs),
            "integrated-gradients-blur": lambda x, t: integrated(net, x, t, blurred(x)),
            "conductance": lambda x, t: conductance(net, x, t, about["late"]).sum(1, True),
            "score-cam": lambda x, t: score_cam(net, x, t, about["early"]),
            "neuron-gradient": lambda x, t: unit_gradient(net, x, *about["unit"]),
        }
        for method, of in methods.items():
            maps = torch.cat([of(x, t) for x, t in zip(inputs, targets)])
            if method == "deeplift":
                for i, (x, t) in enumerate(zip(inputs, targets)):
                    difference = net.scores(x)[0, t] - net.scores(torch.zeros_like(x))[0, t]
                    print("deeplift", maps[i].sum().item(), "of", difference.item())
            step = STRIDE if maps.shape[-1] == SIDE else max(1, maps.shape[-1] // 14)
            kept = maps[:, :, ::step, ::step].numpy().astype("<f4")
            np.save(f"{out}/{name}-of-{method}.npy", np.ascontiguousarray(kept))
            print(method, kept.shape, np.abs(kept).max())


main()
