"""
What Keras does between Zoetrope and itself.

    python keras_side.py make FOLDER [MODEL ...]    trains models a little, saves them, and notes what they predict and
                                                    how training goes on
    python keras_side.py check FOLDER               loads what Zoetrope made of them, and notes the same
    python keras_side.py fixtures FOLDER            the same as make, of the small models, for the tests

With LIBRARY=tf_keras it is tf-keras, which is Keras 2, with files of its own.
"""

import base64
import gzip
import importlib
import json
import os
import sys
import warnings
import zlib

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402

import kinds  # noqa: E402
import models  # noqa: E402

library = os.environ.get("LIBRARY", "keras")
MODELS = models.MODELS | kinds.MODELS | kinds.KERAS_3
if library == "tf_keras":
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
keras = importlib.import_module(library)
BEFORE, AFTER = 2, 3
# The files that the tests read, compressed.
FIXTURES = {
    "keras": {
        "small": [".keras", ".weights.h5"],
        "smallPartlyFrozen": [".keras", ".h5"],
        "bidirectional": [".keras", ".h5"],
        "stateful": [".keras"],
        "shared": [".keras", ".h5"],
        "several": [".keras", ".weights.h5"],
        "cells": [".keras"],
        "siamese": [".keras", ".weights.h5"],
    },
    "tf_keras": {
        "smallFrozen": [".keras", ".h5"],
        "bidirectional": [".h5"],
        "several": [".h5"],
        "siamese": [".keras"],
    },
}


def stored(array):
    array = np.asarray(array, "<f4")
    return {"shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def restored(value):
    return np.frombuffer(base64.b64decode(value["data"]), "<f4").reshape(value["shape"])


def batches(name, model):
    """BEFORE + AFTER batches of four samples (or as many as the model wants)."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    size = model.inputs[0].shape[0] or 4

    def inputs(x):
        shape = (size, *x.shape[1:])
        if name == "bidirectional":
            # No word twice: Keras on TensorFlow hands the gradients of a word to RMSprop one by one.
            return random.permutation(size * shape[1]).reshape(shape).astype("f4")
        return random.uniform(-1, 1, shape).astype("f4")

    def target(y):
        if "binary" in (model.loss if isinstance(model.loss, str) else getattr(model.loss, "name", "")):
            return random.integers(0, 2, (size, 1)).astype("f4")
        if y.shape[-1] == 3:
            return np.eye(3, dtype="f4")[random.integers(0, 3, size)]
        return random.uniform(-1, 1, (size, *y.shape[1:])).astype("f4")

    return [
        {"x": [inputs(x) for x in model.inputs], "y": [target(y) for y in model.outputs]}
        for _ in range(BEFORE + AFTER)
    ]


def one(values):
    return values[0] if len(values) == 1 else values


def train(model, given):
    losses = []
    for batch in given:
        result = model.train_on_batch(one(batch["x"]), one(batch["y"]), return_dict=True)
        losses.append(float(result["loss"]))
    return losses


def predictions(model, batch):
    """Twice, as what is stateful goes on."""
    results = []
    for _ in range(2):
        y = model(one(batch["x"]), training=False)
        results.append([stored(part) for part in (y if isinstance(y, (list, tuple)) else [y])])
    return results


def reset(model):
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_states() if hasattr(layer, "reset_states") else layer.reset_state()


def make(folder, names):
    os.makedirs(folder, exist_ok=True)
    version = keras.__version__
    for name in names or MODELS:
        if name in kinds.KERAS_3 and library != "keras":
            continue
        keras.backend.clear_session()
        keras.utils.set_random_seed(zlib.crc32(name.encode()))
        model = MODELS[name](keras)
        given = batches(name, model)
        train(model, given[:BEFORE])
        path = os.path.join(folder, name)
        files = []
        for extension in (".keras", ".h5"):
            if extension in models.COPIED.get(name, []):
                continue
            try:
                model.save(path + extension)
                files.append(extension)
            except (TypeError, ValueError) as error:
                # Keras 3.15 cannot write every optimizer and augmentation into .h5 files.
                if not any(words in str(error) for words in ["name already exists", "cannot pickle"]):
                    raise
                os.remove(path + extension)
        if library == "keras":
            files.append(".weights.h5")
            model.save_weights(path + ".weights.h5")
        reset(model)
        record = {
            "name": name,
            "library": library,
            "version": version,
            "files": files,
            "batches": [{k: [stored(a) for a in v] for k, v in batch.items()} for batch in given],
            "predictions": predictions(model, given[0]),
        }
        reset(model)
        record["losses"] = train(model, given[BEFORE:])
        with open(path + ".json", "w") as file:
            json.dump(record, file)
            file.write("\n")


def check(folder):
    for entry in sorted(os.listdir(folder)):
        if not entry.endswith(".back.keras"):
            continue
        name = entry.split(".")[0]
        with open(os.path.join(folder, name + ".json")) as file:
            record = json.load(file)
        given = [{k: [restored(a) for a in v] for k, v in batch.items()} for batch in record["batches"]]
        result = {}
        for way in ("model", "weights"):
            keras.backend.clear_session()
            if way == "model":
                model = keras.models.load_model(os.path.join(folder, entry))
            else:
                model = MODELS[name](keras)
                # Slots exist from the first step on; Keras loads only those that exist.
                model.optimizer.build(model.trainable_variables)
                model.load_weights(os.path.join(folder, entry[: -len(".keras")] + ".weights.h5"))
            reset(model)
            result[way] = {"predictions": predictions(model, given[0])}
            reset(model)
            result[way]["losses"] = train(model, given[BEFORE:])
        with open(os.path.join(folder, entry[: -len(".keras")] + ".json"), "w") as file:
            json.dump(result, file)


def fixtures(folder):
    table = FIXTURES[library]
    make(folder, list(table))
    for name, wanted in table.items():
        path = os.path.join(folder, name)
        with open(path + ".json") as file:
            record = json.load(file)
        for extension in record["files"]:
            if extension in wanted:
                with open(path + extension, "rb") as file, open(path + extension + ".gz", "wb") as packed:
                    packed.write(gzip.compress(file.read(), mtime=0))
            os.remove(path + extension)
        record["files"] = wanted
        with open(path + ".json", "w") as file:
            json.dump(record, file)
            file.write("\n")


if __name__ == "__main__":
    action, target, *rest = sys.argv[1:]
    if action == "make":
        make(target, rest)
    else:
        {"check": check, "fixtures": fixtures}[action](target)
