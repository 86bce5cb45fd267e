"""Writes the models of litert.mjs into build/peers/: real Keras networks with random weights, converted by TensorFlow.

python make_tflite.py [--if-missing]      (requirements.txt says which versions)
"""

import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "build" / "peers"
TIME, FILTERS, CLASSES = 32, 256, 10
FRAME = (224, 224, 3)
FEATURES = (7, 7, 1024)
random = np.random.default_rng(1)


def random_like(weights):
    """Uniform with variance 2 / inputs (He et al., 2015), which keeps the variance of activations; other weights stay."""
    result = []
    for weight in weights:
        if weight.ndim == 4:
            inputs = np.prod(weight.shape[:2] if weight.shape[3] == 1 else weight.shape[:3])
            weight = random.uniform(-1, 1, weight.shape) * np.sqrt(6 / inputs)
        result.append(weight)
    return result


def mobile_net():
    net = keras.applications.MobileNet(include_top=False, input_shape=FRAME, weights=None)
    net.set_weights(random_like(net.get_weights()))
    return net


class UnrolledConvLstm:
    """ConvLSTM2D(256, 3) unrolled: one convolution of all frames, then the time steps one by one. x: [time, 7, 7, 1024]."""

    def __init__(self):
        cell = layers.ConvLSTM2D(FILTERS, 3)
        cell.build((1, TIME, *FEATURES))
        self.kernel, self.recurrent_kernel, self.bias = [tf.constant(weight) for weight in cell.get_weights()]

    def __call__(self, x):
        z = tf.nn.bias_add(tf.nn.conv2d(x, self.kernel, 1, "VALID"), self.bias)
        h = c = None
        for frame in tf.split(z, TIME):
            if h is not None:
                frame += tf.nn.conv2d(h, self.recurrent_kernel, 1, "SAME")
            i, f, g, o = tf.split(frame, 4, axis=-1)
            fresh = tf.sigmoid(i) * tf.tanh(g)
            c = fresh if c is None else tf.sigmoid(f) * c + fresh
            h = tf.sigmoid(o) * tf.tanh(c)
        return h


class Head:
    def __init__(self):
        self.layers = [layers.Flatten(), layers.Dense(256, "relu"), layers.Dense(CLASSES, "softmax")]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def keras_model(shape, call):
    x = keras.Input(batch_shape=(1, *shape))
    model = keras.Model(x, call(x))
    return lambda values: model(values, training=False), (1, *shape)


def unrolled_seed():
    net, lstm, head = mobile_net(), UnrolledConvLstm(), Head()
    head(tf.zeros((1, 5, 5, FILTERS)))
    return lambda x: head(lstm(net(x, training=False))), (TIME, *FRAME)


def weights_of(*shape):
    return tf.constant(random.uniform(-1, 1, shape), tf.float32)


def op_model(shape, weight_shape, op):
    weight = weights_of(*weight_shape)
    return lambda x: op(x, weight), shape


MODELS = {
    "gemm512+copies": lambda: op_model((512, 512), (512, 512), tf.matmul),
    "conv3x3_56x56x64+copies": lambda: op_model(
        (1, 56, 56, 64), (3, 3, 64, 64), lambda x, w: tf.nn.conv2d(x, w, 1, "SAME")
    ),
    "depthwise3x3_112x112x64+copies": lambda: op_model(
        (1, 112, 112, 64), (3, 3, 64, 1), lambda x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME")
    ),
    "pointwise_14x14x512+copies": lambda: op_model(
        (1, 14, 14, 512), (1, 1, 512, 512), lambda x, w: tf.nn.conv2d(x, w, 1, "VALID")
    ),
    "mobilenet_b1": lambda: keras_model(FRAME, mobile_net()),
    "convlstm_seed": lambda: keras_model((TIME, *FEATURES), layers.ConvLSTM2D(FILTERS, 3)),
    "convlstm_seed_unrolled": lambda: (UnrolledConvLstm(), (TIME, *FEATURES)),
    "seed": lambda: keras_model(
        (TIME, *FRAME), lambda x: Head()(layers.ConvLSTM2D(FILTERS, 3)(layers.TimeDistributed(mobile_net())(x)))
    ),
    "seed_unrolled": unrolled_seed,
}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, build in MODELS.items():
        file = FOLDER / f"{name}.tflite"
        if "--if-missing" in sys.argv and file.exists():
            continue
        call, shape = build()
        function = tf.function(call, input_signature=[tf.TensorSpec(shape)])
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], call)
        file.write_bytes(converter.convert())
        print(f"{file.name}: {file.stat().st_size} bytes")


main()
