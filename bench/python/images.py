"""Photos to vectors: torchvision's preprocessing, and a layer of an ONNX network by onnxruntime."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from PIL import Image
from torchvision import transforms

from serve import serve

BATCH = 32
TRANSFORM = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)


def read(path):
    with Image.open(path) as image:
        return TRANSFORM(image.convert("RGB"))


def prepare(settings):
    threads = settings["threads"]
    torch.set_num_threads(threads)
    model = onnx.load(settings["network"])
    model.graph.output.append(onnx.ValueInfoProto(name=settings["layer"]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    name = session.get_inputs()[0].name
    paths = sorted(Path(settings["photos"]).rglob("*.jpg"))
    batches = [paths[i : i + BATCH] for i in range(0, len(paths), BATCH)]

    def decoded(batch):
        return torch.stack([read(path) for path in batch]).numpy()

    def embed(inputs):
        return np.concatenate([session.run([settings["layer"]], {name: x})[0] for x in inputs])

    def ahead():
        with ThreadPoolExecutor(1) as pool:
            yield from pool.map(decoded, batches)

    def run():
        return embed(ahead() if settings["ahead"] else map(decoded, batches))

    def quality(vectors):
        exact = vectors.astype(np.float64)
        return {"norm": float(np.linalg.norm(exact)), "firstNorm": float(np.linalg.norm(exact[0]))}

    versions = f"{torchvision.__version__.split('+')[0]}, onnxruntime {onnxruntime.__version__}"
    if settings["ahead"]:
        return "the same, decoding on another thread", run, quality
    return f"torchvision {versions}", run, quality


serve(prepare)
