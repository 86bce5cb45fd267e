"""
Models of layers, operations, optimizers, schedules, losses and metrics beside those of models.py. Those of KERAS_3 need what
Keras 2 does not have.
"""


def operations(keras):
    """Operators, slices and functions between layers."""
    if keras.__version__ >= "3":
        mean, softmax, transpose = keras.ops.mean, keras.ops.softmax, keras.ops.transpose
    else:
        import tensorflow as tf

        mean, softmax, transpose = tf.reduce_mean, tf.nn.softmax, tf.transpose
    L = keras.layers
    x = keras.Input((6, 5))
    y = L.Dense(4)(1 - x[:, 1:-1] / 2.5)
    y = L.Dense(3)(transpose(y * softmax(y), [0, 2, 1]))
    y = y[:, -1] + mean(y, axis=1)
    model = keras.Model(x, L.Dense(2)(y))
    model.compile(keras.optimizers.Adam(1e-2), "mse")
    return model


def attention(keras):
    L = keras.layers
    x, memory = keras.Input((5, 6)), keras.Input((4, 6))
    y = L.MultiHeadAttention(2, 3, value_dim=4)(x, memory, use_causal_mask=True)
    y = L.LayerNormalization()(L.Add()([x, y]))
    y = L.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d", activation="gelu")(y)
    y = L.Concatenate()([L.Attention(use_scale=True)([y, memory]), L.AdditiveAttention()([y, memory])])
    model = keras.Model([x, memory], L.Dense(2)(L.GlobalAveragePooling1D()(y)))
    model.compile(keras.optimizers.SGD(1e-2, momentum=0.9), "mse")
    return model


def grouped(keras):
    """Normalizations, and convolutions of sequences."""
    L = keras.layers
    x = keras.Input((8, 4))
    y = L.GroupNormalization(2)(L.Conv1D(6, 3, groups=2)(x))
    y = L.DepthwiseConv1D(2, depth_multiplier=2, activation="relu")(y)
    y = L.UnitNormalization()(L.SeparableConv1D(4, 2)(y))
    y = L.UpSampling1D(2)(L.Conv1DTranspose(4, 2, strides=2)(y))
    model = keras.Model(x, L.Dense(2)(L.Flatten()(y)))
    model.compile(keras.optimizers.SGD(1e-2, momentum=0.9), "mse")
    return model


def preparation(keras):
    """
    Layers that prepare data. Augmentations are such that change nothing: a model that is trained tells them so whatever
    `training` they were called with, in Keras 3.
    """
    L = keras.layers
    frame, vector = keras.Input((6, 6, 3), name="frame"), keras.Input((4,), name="vector")
    y = L.Resizing(8, 8)(L.Rescaling(0.5, offset=0.25)(frame))
    y = L.RandomTranslation(0.0, 0.0)(L.RandomRotation(0.0)(y))
    y = L.RandomBrightness(0.0, value_range=(-1, 1))(L.GaussianNoise(0.0)(y))
    y = L.GlobalAveragePooling2D()(L.Conv2D(4, 3, activation="relu")(L.CenterCrop(7, 6)(y)))
    z = L.Normalization(mean=[0.1, -0.2, 0.3, 0.0], variance=[0.5, 1.0, 2.0, 0.25])(vector)
    model = keras.Model([frame, vector], L.Dense(2)(L.Concatenate()([y, z])))
    model.compile(keras.optimizers.SGD(1e-2, momentum=0.9), "mse")
    return model


def grouped_queries(keras):
    """Attention and normalization that came with Keras 3."""
    L = keras.layers
    x = keras.Input((5, 8))
    y = L.GroupQueryAttention(4, 4, 2)(x, x)
    y = L.SpectralNormalization(L.Dense(6, activation="tanh"))(L.RMSNormalization()(y))
    model = keras.Model(x, L.Dense(2)(L.Flatten()(y)))
    model.compile(keras.optimizers.SGD(1e-2, momentum=0.9), "mse")
    return model


def channels_first(keras):
    """On a CPU, TensorFlow computes this by oneDNN alone."""
    L = keras.layers
    first = {"data_format": "channels_first"}
    x = keras.Input((3, 9, 8))
    y = L.BatchNormalization(axis=1)(L.Conv2D(4, 3, **first)(x))
    y = L.ReLU()(L.DepthwiseConv2D(2, padding="same", **first)(y))
    y = L.GlobalAveragePooling2D(**first)(L.AveragePooling2D(2, **first)(y))
    model = keras.Model(x, L.Dense(2)(y))
    model.compile(keras.optimizers.SGD(1e-2, momentum=0.9), "mse")
    return model


def trained(units, optimizer, loss, metrics=()):
    """A small network, trained in a way of its own: the functions are given Keras."""

    def make(keras):
        L = keras.layers
        activation = {1: "sigmoid", 3: "softmax"}.get(units)
        model = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="tanh"), L.Dense(units, activation=activation)])
        model.compile(optimizer(keras), loss(keras), metrics=[metric(keras) for metric in metrics])
        return model

    return make


MODELS = {
    "operations": operations,
    "attention": attention,
    "grouped": grouped,
    "preparation": preparation,
    "adadelta": trained(
        2,
        lambda keras: keras.optimizers.Adadelta(keras.optimizers.schedules.ExponentialDecay(0.5, 2, 0.9)),
        lambda keras: keras.losses.Huber(),
        [lambda keras: keras.metrics.RootMeanSquaredError()],
    ),
    "adagrad": trained(
        2,
        lambda keras: keras.optimizers.Adagrad(keras.optimizers.schedules.PiecewiseConstantDecay([2, 3], [0.1, 0.05, 0.01])),
        lambda keras: keras.losses.LogCosh(),
        [lambda keras: keras.metrics.MeanAbsoluteError()],
    ),
    "adamax": trained(
        3,
        lambda keras: keras.optimizers.Adamax(keras.optimizers.schedules.InverseTimeDecay(0.02, 2, 0.5)),
        lambda keras: keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        [lambda keras: keras.metrics.TopKCategoricalAccuracy(2), lambda keras: keras.metrics.AUC(num_thresholds=20)],
    ),
    "amsgrad": trained(
        1,
        lambda keras: keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(0.02, 4, 0.001), amsgrad=True),
        lambda keras: keras.losses.BinaryFocalCrossentropy(gamma=1.5),
        [lambda keras: keras.metrics.Precision(), lambda keras: keras.metrics.Recall()],
    ),
    "centered": trained(
        2,
        lambda keras: keras.optimizers.RMSprop(keras.optimizers.schedules.CosineDecay(0.01, 10), momentum=0.5, centered=True),
        lambda keras: keras.losses.MeanAbsoluteError(),
        [lambda keras: keras.metrics.CosineSimilarity()],
    ),
    "ftrl": trained(
        2,
        lambda keras: keras.optimizers.Ftrl(0.05, l1_regularization_strength=0.001, l2_regularization_strength=0.01),
        lambda keras: keras.losses.CosineSimilarity(),
    ),
    "lion": trained(
        3,
        lambda keras: keras.optimizers.Lion(keras.optimizers.schedules.CosineDecayRestarts(0.002, 3)),
        lambda keras: keras.losses.KLDivergence(),
    ),
    "averaged": trained(
        3,
        lambda keras: keras.optimizers.AdamW(0.01, use_ema=True, ema_momentum=0.9),
        lambda keras: keras.losses.CategoricalHinge(),
    ),
}

#: Those that Keras 2 cannot make, or save: its files lack a part of Nadam's state. ScheduleFreeAdamW is missing, as Keras on
#: TensorFlow computes it otherwise than elsewhere: see OnceRead in ../fixtures/optimizer_cases.py.
KERAS_3 = {
    "groupedQueries": grouped_queries,
    "channelsFirst": channels_first,
    "nadam": trained(
        3,
        lambda keras: keras.optimizers.Nadam(0.01),
        lambda keras: keras.losses.CategoricalFocalCrossentropy(),
        [lambda keras: keras.metrics.F1Score(average="macro")],
    ),
    "adafactor": trained(2, lambda keras: keras.optimizers.Adafactor(0.01), lambda keras: keras.losses.Huber()),
    "lamb": trained(
        3,
        lambda keras: keras.optimizers.Lamb(0.01),
        lambda keras: keras.losses.Dice(),
        [lambda keras: keras.metrics.CategoricalAccuracy()],
    ),
    "muon": trained(2, lambda keras: keras.optimizers.Muon(0.01), lambda keras: keras.losses.MeanSquaredError()),
    "accumulated": trained(
        2,
        lambda keras: keras.optimizers.Adam(0.01, gradient_accumulation_steps=2),
        lambda keras: keras.losses.MeanSquaredError(),
    ),
}
