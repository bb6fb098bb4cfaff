"""Writes expected.json: what torchvision makes of pictures, and a ResNet-18 of their pixels.

pip install torch torchvision onnxruntime; python make.py [resnet18.onnx]

Pictures and weights follow from formulas that image-network.test.ts and test/support/resnet18.ts have too. With the bytes of `resnet18()` as
a file, it also prints how far onnxruntime is from PyTorch.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision import transforms

SIZES = [(300, 200), (64, 64), (231, 500), (224, 257), (1000, 30)]
TRANSFORM = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)


def hashed(count, seed):
    """The finalizer of MurmurHash3, of numbers from `seed` * 2^24 on, in [0, 1)."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) + np.uint32(seed << 24 & 0xFFFFFFFF)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x / 2.0**32


def picture(width, height, seed):
    """Noise on broad stripes, so that both details and means differ."""
    x = np.arange(width)[None, :, None]
    y = np.arange(height)[:, None, None]
    c = np.arange(3)[None, None, :]
    stripes = ((x * (c + 1) * 7) // 16 + (y * (3 - c) * 5) // 16) % 160
    noise = np.floor(96 * hashed(width * height * 3, seed).reshape(height, width, 3))
    return Image.fromarray((stripes + noise).astype(np.uint8))


def resnet18():
    network = torchvision.models.resnet18(weights=None).eval()
    state = network.state_dict()
    seed = 1
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        u = hashed(value.numel(), seed).reshape(value.shape)
        seed += 1
        if value.dim() > 1:
            fan_in = int(np.prod(value.shape[1:]))
            numbers = (u - 0.5) * (2 * np.sqrt(6 / fan_in))
        elif name.endswith("running_var"):
            numbers = 0.5 + u
        elif name.endswith("weight"):
            numbers = 0.25 + 0.5 * u
        else:
            numbers = 0.2 * (u - 0.5)
        state[name] = torch.from_numpy(numbers.astype(np.float32))
    network.load_state_dict(state)
    return network


def pooled(network, planes):
    network.fc = torch.nn.Identity()
    with torch.no_grad():
        return network(planes).numpy().astype(np.float64)


def main():
    planes = [TRANSFORM(picture(width, height, i + 1)) for i, (width, height) in enumerate(SIZES)]
    network = resnet18()
    parameters = sum(p.numel() for p in network.parameters())
    features = pooled(network, torch.stack(planes))
    if len(sys.argv) > 1:
        import onnxruntime

        session = onnxruntime.InferenceSession(sys.argv[1])
        (found,) = session.run(None, {"data": torch.stack(planes).numpy()})
        fc = resnet18().fc
        scores = fc(torch.from_numpy(features.astype(np.float32))).detach().numpy()
        print("largest difference of scores to onnxruntime:", np.abs(found - scores).max(), np.abs(scores).max())
    expected = {
        "versions": {m.__name__: m.__version__ for m in (torch, torchvision)},
        "parameters": parameters,
        "pictures": [
            {
                "width": width,
                "height": height,
                "sha256": hashlib.sha256(p.numpy().tobytes()).hexdigest(),
                "first": [float(v) for v in p.flatten()[:4]],
                "norm": float(np.linalg.norm(f)),
                "features": [float(np.float32(v)) for v in f[::16]],
            }
            for (width, height), p, f in zip(SIZES, planes, features)
        ],
    }
    text = json.dumps(expected, indent=1)
    Path(__file__).with_name("expected.json").write_text(text + "\n")


main()
