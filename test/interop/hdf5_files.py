"""
Small HDF5 files that h5wasm cannot write, for test/formats/hdf5.test.ts: links and data that lie elsewhere, sizes that nothing
backs, and the kinds of numbers and texts there are.

    python hdf5_files.py FILE.json
"""

import base64
import gzip
import io
import json
import sys

import h5py
import numpy as np


def soft_link(f):
    f["a"] = np.zeros(3, "f4")
    f["b"] = h5py.SoftLink("/a")


def dangling_link(f):
    f["b"] = h5py.SoftLink("/nowhere")


def external_link(f):
    f["b"] = h5py.ExternalLink("other.h5", "/a")


def external_storage(f):
    f.create_dataset("a", (4,), dtype="f4", external=[("/etc/hosts", 0, 16)])


def virtual(f):
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "a", (3,))
    f.create_virtual_dataset("a", layout)


def too_large(f):
    f.create_dataset("a", (1 << 40,), dtype="f4")


def too_large_in_chunks(f):
    f.create_dataset("a", (1 << 40,), dtype="f4", chunks=(1024,), compression="gzip")


def large_chunk(f):
    f.create_dataset("a", (1,), dtype="f4", chunks=(1 << 28,), maxshape=(None,))


def too_often(f):
    f["a0"] = np.zeros(1000, "f4")
    for i in range(1, 10):
        f[f"a{i}"] = f["a0"]


def loop(f):
    f.create_group("g")["g"] = f["/"]


def texts(f):
    f["a"] = ["text"]


def kinds(f):
    f["half"] = np.arange(-3, 3).reshape(2, 3).astype("f2") / 4
    f["double"] = np.arange(3) / 3
    f["long"] = np.int64(2**40)
    f["short"] = np.arange(-2, 2).astype("i2")
    f["big_endian"] = np.arange(3).astype(">f4")
    f["none"] = np.zeros((0, 3), "f4")
    f.create_dataset("packed", data=np.arange(64, dtype="f4").reshape(8, 8), compression="gzip", shuffle=True)
    f.attrs["fixed"] = np.bytes_("fixed")
    f.attrs["variable"] = "variabel: é"
    f.attrs["list"] = np.array([b"ab", b"cde"])
    f.attrs["strings"] = ["ab", "cde"]
    f.attrs["number"] = 3
    f.attrs["empty"] = []


def split_lists(f):
    """As Keras 2 wrote before h5py 3: lists of bytes of one length, in two attributes as if one had been too long."""
    f.attrs["keras_version"] = b"2.2.4"
    f.attrs["backend"] = b"tensorflow"
    f.attrs["layer_names0"] = np.array([b"input_1", b"dense"])
    f.attrs["layer_names1"] = np.array([b"dense_1"])
    f.create_group("input_1").attrs["weight_names"] = []
    for name, n in (("dense", 2), ("dense_1", 3)):
        layer = f.create_group(name)
        layer.attrs["weight_names"] = np.array([f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()])
        layer[f"{name}/kernel:0"] = np.full((n, n + 1), n, "f4")
        layer[f"{name}/bias:0"] = np.arange(n + 1, dtype="f4")


FILES = [
    soft_link, dangling_link, external_link, external_storage, virtual, too_large, too_large_in_chunks, large_chunk,
    too_often, loop, texts, kinds, split_lists,
]  # fmt: skip

result = {}
for make in FILES:
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        make(file)
    result[make.__name__] = base64.b64encode(gzip.compress(memory.getvalue(), mtime=0)).decode()
with open(sys.argv[1], "w") as file:
    json.dump(result, file, indent=0)
    file.write("\n")
