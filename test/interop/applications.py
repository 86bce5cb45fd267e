"""The Keras half of applications.mjs: convolutional models of keras.applications with random weights, and their logits.

    python applications.py FOLDER [NAME ...]

Each model has no last softmax; its files are NAME.keras, NAME.json (parameters, shapes), NAME.x.bin and NAME.y.bin (float32).
"""
import json
import os
import sys
import zlib
from pathlib import Path

os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}

import keras
import numpy as np

#: The smallest of each family and one size up: the function of keras.applications, and its options.
MODELS = {
    "MobileNet 0.25": ("MobileNet", {"alpha": 0.25}),
    "MobileNet 0.5": ("MobileNet", {"alpha": 0.5}),
    "MobileNetV2 0.35": ("MobileNetV2", {"alpha": 0.35}),
    "MobileNetV2 0.5": ("MobileNetV2", {"alpha": 0.5}),
    "MobileNetV3Small": ("MobileNetV3Small", {}),
    "MobileNetV3Large": ("MobileNetV3Large", {}),
    "EfficientNetB0": ("EfficientNetB0", {}),
    "EfficientNetB1": ("EfficientNetB1", {}),
    "EfficientNetV2B0": ("EfficientNetV2B0", {}),
    "EfficientNetV2B1": ("EfficientNetV2B1", {}),
    "EfficientNetV2S": ("EfficientNetV2S", {}),
    "ResNet50": ("ResNet50", {}),
    "ResNet101": ("ResNet101", {}),
    "ResNet50V2": ("ResNet50V2", {}),
    "ResNet101V2": ("ResNet101V2", {}),
    "DenseNet121": ("DenseNet121", {}),
    "DenseNet169": ("DenseNet169", {}),
    "Xception": ("Xception", {}),
    "InceptionV3": ("InceptionV3", {}),
    "InceptionResNetV2": ("InceptionResNetV2", {}),
    "NASNetMobile": ("NASNetMobile", {}),
    "NASNetLarge": ("NASNetLarge", {}),
    "ConvNeXtTiny": ("ConvNeXtTiny", {}),
    "ConvNeXtSmall": ("ConvNeXtSmall", {}),
    "VGG16": ("VGG16", {}),
    "VGG19": ("VGG19", {}),
}
SIZE = 96


def draw(chance, weight):
    """Kernels as their initializers scale them; statistics, scales and shifts all distinct and of the usual size."""
    shape, kind = weight.shape, weight.path.rsplit("/", 1)[-1]
    if "variance" in kind:
        return chance.uniform(0.6, 1.6, shape)
    if "gamma" in kind:
        return chance.uniform(0.7, 1.3, shape)
    if len(shape) < 2:
        return chance.normal(0, 0.1, shape) if np.issubdtype(weight.dtype, np.floating) else weight.numpy()
    fan_in = np.prod(shape[:-2]) * (1 if "depthwise" in kind else shape[-2])
    return chance.normal(0, np.sqrt(1.5 / fan_in), shape)


def make(name, folder):
    function, options = MODELS[name]
    keras.backend.clear_session()
    model = getattr(keras.applications, function)(
        weights=None, classifier_activation=None, input_shape=(SIZE, SIZE, 3), **options
    )
    chance = np.random.default_rng(zlib.crc32(name.encode()))
    for weight in model.weights:
        weight.assign(draw(chance, weight).astype(weight.dtype))
    x = chance.uniform(-1, 1, (2, SIZE, SIZE, 3)).astype("float32")
    if any(isinstance(layer, keras.layers.Rescaling) for layer in model.layers):
        x = 127.5 * (x + 1)  # the model scales pixels itself
    y = np.asarray(model(x, training=False), "float32")
    path = folder / name.replace(" ", "_")
    model.save(f"{path}.keras")
    Path(f"{path}.x.bin").write_bytes(x.tobytes())
    Path(f"{path}.y.bin").write_bytes(y.tobytes())
    facts = {"name": name, "keras": keras.__version__, "parameters": model.count_params(), "x": x.shape, "y": y.shape}
    Path(f"{path}.json").write_text(json.dumps(facts))
    print(name, model.count_params(), float(np.abs(y).max()), flush=True)


if __name__ == "__main__":
    folder, *names = sys.argv[1:]
    for name in names or MODELS:
        make(name, Path(folder))
