"""A native engine of Python as a contender of the benchmark: a line of JSON in, a line out, as bench/inNode.mjs.

python native.py keras|torch|onnxruntime THREADS [cpu]
"""

import json
import os
import pathlib
import sys
import time

ENGINE, THREADS = sys.argv[1], int(sys.argv[2])
MODELS = pathlib.Path(__file__).resolve().parents[2] / "build" / "peers"
SAMPLE_MS, WARM_UP_MS = 40, 800
CLOCK = time.process_time if "cpu" in sys.argv[3:] else time.perf_counter

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["OMP_NUM_THREADS"] = str(THREADS)
if hasattr(os, "sched_setaffinity"):  # pools that take no number of threads stay on as many cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

import numpy as np

rng = np.random.default_rng(1)
TIME, FRAME, FEATURES = 32, (224, 224, 3), (7, 7, 1024)


def values(*shape):
    return rng.uniform(-1, 1, shape).astype("float32")


def keras_engine():
    import keras
    from keras import layers

    if keras.config.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
        tensorflow.config.threading.set_inter_op_parallelism_threads(THREADS)

    def mobile_net():
        return keras.applications.MobileNet(include_top=False, input_shape=FRAME, weights=None)

    def predicts(model, *shape):
        x = values(1, *shape)
        return lambda: model.predict_on_batch(x)

    def conv_lstm():
        clip = keras.Input((TIME, *FEATURES))
        return predicts(keras.Model(clip, layers.ConvLSTM2D(256, 3)(clip)), TIME, *FEATURES)

    def seed():
        clip = keras.Input((TIME, *FRAME))
        x = layers.Flatten()(layers.ConvLSTM2D(256, 3)(layers.TimeDistributed(mobile_net())(clip)))
        head = layers.Dense(10, activation="softmax")(layers.Dense(256, activation="relu")(x))
        return predicts(keras.Model(clip, head), TIME, *FRAME)

    def train(batch, steps, side, filters):
        clip = keras.Input((steps, side, side, 1))
        x = layers.ConvLSTM2D(filters, 3, padding="same", return_sequences=True)(clip)
        x = layers.ConvLSTM2D(filters, 3, padding="same")(x)
        model = keras.Model(clip, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x))
        model.compile("adam", "binary_crossentropy")
        x, y = values(batch, steps, side, side, 1), (values(batch, side, side, 1) > 0).astype("float32")
        return lambda: model.train_on_batch(x, y)

    def train_mobile_net(batch, side, alpha):
        shape = (side, side, 3)
        model = keras.applications.MobileNet(input_shape=shape, alpha=alpha, weights=None, classes=10)
        model.compile("adam", "categorical_crossentropy")
        x, y = values(batch, *shape), np.eye(10, dtype="float32")[rng.integers(10, size=batch)]
        return lambda: model.train_on_batch(x, y)

    def train_recurrent(layer, units, batch, steps, features):
        sequence = keras.Input((steps, features))
        model = keras.Model(sequence, layers.Dense(1, activation="sigmoid")(layer(units)(sequence)))
        model.compile("adam", "binary_crossentropy")
        x, y = values(batch, steps, features), (values(batch, 1) > 0).astype("float32")
        return lambda: model.train_on_batch(x, y)

    return {
        "mobilenet_b1": lambda: predicts(mobile_net(), *FRAME),
        "convlstm_seed": conv_lstm,
        "seed": seed,
        "train_n2t2s32f16": lambda: train(2, 2, 32, 16),
        "train_n2t8s32f16": lambda: train(2, 8, 32, 16),
        "train_n4t10s64f32": lambda: train(4, 10, 64, 32),
        "train_mobilenet_a25s64n16": lambda: train_mobile_net(16, 64, 0.25),
        "train_lstm128_n32t50f64": lambda: train_recurrent(layers.LSTM, 128, 32, 50, 64),
        "train_gru128_n32t50f64": lambda: train_recurrent(layers.GRU, 128, 32, 50, 64),
    }


def torch_engine():
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)

    class ConvLstm(nn.Module):
        """Keras's ConvLSTM2D in its fast form: one convolution of the input for all steps."""

        def __init__(self, channels, filters, padding):
            super().__init__()
            self.filters = filters
            self.input = nn.Conv2d(channels, 4 * filters, 3, padding=padding)
            self.state = nn.Conv2d(filters, 4 * filters, 3, padding=1, bias=False)

        def forward(self, clip, sequences=False):
            batch, steps = clip.shape[:2]
            z = self.input(clip.flatten(0, 1)).unflatten(0, (batch, steps))
            h = z.new_zeros(batch, self.filters, *z.shape[-2:])
            c, states = torch.zeros_like(h), []
            for step in range(steps):
                i, f, g, o = (z[:, step] + self.state(h)).chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
                states.append(h)
            return torch.stack(states, 1) if sequences else h

    def without_gradients(call):
        def run():
            with torch.no_grad():
                return call()

        return run

    def matrix_product():
        x, weight = torch.tensor(values(512, 512)), torch.tensor(values(512, 512))
        return without_gradients(lambda: x @ weight)

    def conv_lstm():
        layer, clip = ConvLstm(1024, 256, 0), torch.tensor(values(1, TIME, 1024, 7, 7))
        return without_gradients(lambda: layer(clip))

    def train(batch, steps, side, filters):
        first, second, head = ConvLstm(1, filters, 1), ConvLstm(filters, filters, 1), nn.Conv2d(filters, 1, 3, padding=1)
        optimizer = torch.optim.Adam([*first.parameters(), *second.parameters(), *head.parameters()])
        x = torch.tensor(values(batch, steps, 1, side, side))
        y = (torch.tensor(values(batch, 1, side, side)) > 0).float()

        def step():
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy(torch.sigmoid(head(second(first(x, True)))), y).backward()
            optimizer.step()

        return step

    return {
        "gemm512+copies": matrix_product,
        "convlstm_seed": conv_lstm,
        "train_n2t2s32f16": lambda: train(2, 2, 32, 16),
        "train_n2t8s32f16": lambda: train(2, 8, 32, 16),
        "train_n4t10s64f32": lambda: train(4, 10, 64, 32),
    }


def onnxruntime_engine():
    import onnxruntime

    def start(file):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        x = values(*session.get_inputs()[0].shape)
        return lambda: session.run(None, {"x": x})

    return {file.stem: lambda file=file: start(file) for file in MODELS.glob("*.onnx")}


ENGINES = {"keras": keras_engine, "torch": torch_engine, "onnxruntime": onnxruntime_engine}


def ms_of(run, calls):
    began = CLOCK()
    for _ in range(calls):
        run()
    return (CLOCK() - began) * 1000 / calls


def warm_up(run):
    """Calls `run` at least twice and for a while; returns how many calls make a sample."""
    began = time.perf_counter()
    ms_of(run, 1)
    ms = ms_of(run, 1)
    while (time.perf_counter() - began) * 1000 < WARM_UP_MS:
        ms = ms_of(run, 1)
    return max(1, round(SAMPLE_MS / max(ms, 1e-4)))


def main():
    cases, current = None, None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["what"] == "start":
                cases = cases or ENGINES[ENGINE]()
                if request["case"] not in cases:
                    raise ValueError("not a case of this engine")
                run = cases[request["case"]]()
                current = run, warm_up(run)
                reply = {}
            elif request["what"] == "sample":
                reply = {"ms": ms_of(*current)}
            else:
                current, reply = None, {}
        except Exception as error:
            reply = {"error": (str(error) or type(error).__name__).splitlines()[0]}
        print(json.dumps(reply), flush=True)


main()
