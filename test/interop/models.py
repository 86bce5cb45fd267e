"""The models that go to and fro between Keras and Zoetrope. They are the same in Keras 3 and in tf-keras."""

import numpy as np


def seed(keras, frozen=False, partly=False):
    """TimeDistributed MobileNet, then ConvLSTM2D: the smallest size at which its features are 3x3."""
    L = keras.layers
    cnn = keras.applications.MobileNet(
        input_shape=(96, 96, 3), alpha=0.25, include_top=False, weights=None
    )
    liven(cnn)
    cnn.trainable = not frozen
    if partly:
        for layer in cnn.layers[:40]:
            layer.trainable = False
    x = keras.Input((2, 96, 96, 3))
    y = L.TimeDistributed(cnn)(x)
    y = L.ConvLSTM2D(4, 3)(y)
    y = L.Dense(8, activation="relu")(L.Flatten()(y))
    # Small, as the rounding noise of 27 layers comes to 1e-6 of what they give.
    small = keras.initializers.RandomNormal(stddev=0.05)
    model = keras.Model(x, L.Dense(3, activation="softmax", kernel_initializer=small)(y))
    # Adam divides the rounding noise of gradients by itself, so that no two engines agree on a network with so much
    # batch normalization; momentum does not, if steps are small.
    optimizer = keras.optimizers.Adam() if frozen else keras.optimizers.SGD(1e-5, momentum=0.9)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return model


def liven(cnn):
    """
    A MobileNet without weights of its own lets nothing through: its first values are so small that epsilon outweighs
    all variances. With larger ones, and moving statistics of noise, what comes out depends on what goes in.
    """
    random = np.random.default_rng(1)
    for layer in cnn.layers:
        if "Conv2D" in type(layer).__name__:
            (kernel,) = layer.get_weights()
            inputs = 9 if "Depthwise" in type(layer).__name__ else np.prod(kernel.shape[:-1])
            layer.set_weights([random.normal(0, (2 / inputs) ** 0.5, kernel.shape)])
    norms = [layer for layer in cnn.layers if "BatchNormalization" in type(layer).__name__]
    momentum = norms[0].momentum
    for layer in norms:
        layer.momentum = 0.0
    cnn(random.uniform(-1, 1, (8, 96, 96, 3)).astype("f4"), training=True)
    for layer in norms:
        layer.momentum = momentum


def small(keras, frozen=False, partly=False):
    """The same with a small network for the frames."""
    L = keras.layers
    frame = keras.Input((8, 8, 2))
    z = L.Conv2D(4, 3, use_bias=False, name="conv")(frame)
    z = L.ReLU(max_value=6.0)(L.BatchNormalization(name="conv_bn")(z))
    z = L.DepthwiseConv2D(3, use_bias=False, name="depthwise")(z)
    z = L.ReLU(max_value=6.0)(L.BatchNormalization(name="depthwise_bn")(z))
    cnn = keras.Model(frame, z, name="cnn")
    cnn.trainable = not frozen
    if partly:
        cnn.get_layer("conv_bn").trainable = False
    x = keras.Input((3, 8, 8, 2))
    y = L.ConvLSTM2D(3, 3)(L.TimeDistributed(cnn)(x))
    y = L.Dense(4, activation="relu")(L.Flatten()(y))
    model = keras.Model(x, L.Dense(3, activation="softmax")(y))
    optimizer = keras.optimizers.SGD(1e-2, momentum=0.9) if not frozen else keras.optimizers.Adam(1e-2)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return model


def bidirectional(keras):
    L = keras.layers
    x = keras.Input((6,))
    y = L.Embedding(24, 5, mask_zero=True)(x)
    y = L.Bidirectional(L.LSTM(4, return_sequences=True))(y)
    y = L.Bidirectional(L.GRU(3, recurrent_activation="hard_sigmoid"), merge_mode="sum")(y)
    model = keras.Model(x, L.Dense(1, activation="sigmoid")(y))
    model.compile(keras.optimizers.RMSprop(1e-2, momentum=0.5), "binary_crossentropy")
    return model


def stateful(keras):
    L = keras.layers
    options = {"batch_shape" if keras.__version__ >= "3" else "batch_input_shape": (2, 3, 6, 6, 2)}
    convolution = L.ConvLSTM2D(3, (3, 2), padding="same", stateful=True, recurrent_activation="hard_sigmoid")
    model = keras.Sequential([L.InputLayer(**options), convolution, L.GlobalAveragePooling2D(), L.Dense(2)])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), "mse")
    return model


def shared(keras):
    L = keras.layers
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    inside = keras.Input((5,))
    tower = keras.Model(inside, L.Dense(5, activation="tanh")(L.LayerNormalization()(inside)), name="tower")
    dense = L.Dense(5, name="both")
    ya, yb = tower(dense(a)), tower(dense(b))
    y = L.Concatenate()([tower(ya), yb, L.Add()([ya, yb])])
    model = keras.Model([a, b], L.Dense(2, name="out")(y))
    model.compile(keras.optimizers.AdamW(1e-2), "mse")
    return model


def several(keras):
    L = keras.layers
    image, vector = keras.Input((6, 6, 3), name="image"), keras.Input((4,), name="vector")
    z = L.PReLU(shared_axes=[1, 2])(L.SeparableConv2D(4, 3, depth_multiplier=2)(image))
    z = L.GlobalMaxPooling2D()(L.Conv2DTranspose(3, 2, strides=2)(z))
    head = keras.Sequential([L.Dense(5, activation="elu"), L.LeakyReLU()], name="head")
    z = L.Concatenate()([z, head(vector)])
    outputs = [L.Dense(2, name="left")(z), L.Dense(3, activation="softmax", name="right")(z)]
    model = keras.Model([image, vector], outputs)
    optimizer = keras.optimizers.Adam(1e-2, clipnorm=0.5)
    model.compile(optimizer, ["mse", "categorical_crossentropy"], loss_weights=[0.5, 2.0])
    return model


def cells(keras):
    L = keras.layers
    x = keras.Input((5, 3))
    y = L.RNN([L.LSTMCell(4), L.GRUCell(3)], return_sequences=True)(x)
    y = L.TimeDistributed(L.Dense(2, activation="relu"))(L.SimpleRNN(4, return_sequences=True)(y))
    model = keras.Model(x, L.Dense(1)(L.Flatten()(y)))
    model.compile(keras.optimizers.RMSprop(1e-2), "mse")
    return model


def siamese(keras):
    """One network inside two TimeDistributed, and called itself; one cell of two layers."""
    L = keras.layers
    frame = keras.Input((5, 5, 2))
    z = L.Conv2D(3, 3, activation="tanh", name="conv")(frame)
    cnn = keras.Model(frame, L.Dense(4, name="features")(L.Flatten()(z)), name="cnn")
    a, b = keras.Input((3, 5, 5, 2), name="a"), keras.Input((3, 5, 5, 2), name="b")
    c = keras.Input((5, 5, 2), name="c")
    ya, yb = L.TimeDistributed(cnn, name="first")(a), L.TimeDistributed(cnn, name="second")(b)
    cell = L.SimpleRNNCell(4, name="cell")
    y = L.Concatenate()([L.RNN(cell, name="one")(ya), L.RNN(cell, name="other")(yb), cnn(c)])
    model = keras.Model([a, b, c], L.Dense(2, name="out")(y))
    model.compile(keras.optimizers.Adam(1e-2), "mse")
    return model


MODELS = {
    "seed": lambda keras: seed(keras),
    "seedFrozen": lambda keras: seed(keras, frozen=True),
    "seedPartlyFrozen": lambda keras: seed(keras, partly=True),
    "small": lambda keras: small(keras),
    "smallFrozen": lambda keras: small(keras, frozen=True),
    "smallPartlyFrozen": lambda keras: small(keras, partly=True),
    "bidirectional": bidirectional,
    "stateful": stateful,
    "shared": shared,
    "several": several,
    "cells": cells,
    "siamese": siamese,
}
# Of a layer inside several others Keras makes several when it reads these files, and trains them apart.
COPIED = {"siamese": [".h5"]}
