#!/usr/bin/env python3
"""Exports torchvision's classifiers with random weights to ONNX, as users would.

    python3 export_torchvision.py OUT_DIR [--opset 13] [--size 224] [--seed 0] [MODEL ...]

MODEL is a function of torchvision.models (default: the eight of the benchmark). Writes
OUT_DIR/MODEL.onnx with the input `input` [N,3,size,size] and the output `logits` [N,1000], and
OUT_DIR/MODEL.npz with one picture `input` and PyTorch's answer `logits`.

Needs torch and torchvision; tried with 1.13 and 0.14. Nothing is downloaded: weights are drawn
from the seed, and batch-norm statistics and biases are drawn too, since fresh ones are all alike
and the exporter would then merge them.
"""
import argparse
import pathlib
import warnings

import numpy
import torch
import torchvision

MODELS = [
    "alexnet", "vgg16", "resnet18", "resnet50", "googlenet", "squeezenet1_1", "mobilenet_v2",
    "densenet121",
]


def build(name):
    options = {"weights": None}
    if name == "googlenet":
        options.update(aux_logits=False, init_weights=False, transform_input=False)
    model = getattr(torchvision.models, name)(**options).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.8, 1.2)
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
            torch.nn.init.uniform_(module.running_mean, -0.2, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.7, 1.3)
        elif isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                torch.nn.init.uniform_(module.bias, -0.1, 0.1)
    return model


def export(name, folder, opset, size):
    model = build(name)
    picture = torch.randn(1, 3, size, size)
    torch.onnx.export(
        model, picture, str(folder / f"{name}.onnx"), opset_version=opset,
        input_names=["input"], output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
    with torch.no_grad():
        logits = model(picture)
    numpy.savez(folder / f"{name}.npz", input=picture.numpy(), logits=logits.numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("models", nargs="*", default=MODELS, metavar="MODEL")
    parser.add_argument("--opset", type=int, default=13)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    for name in options.models:
        torch.manual_seed(options.seed)
        export(name, options.out, options.opset, options.size)
        print(options.out / f"{name}.onnx")


if __name__ == "__main__":
    main()
