"""Wrote the .h5 files beside it, with h5py 3.7 on HDF5 1.10. Names are text of variable length, as Keras on h5py 3 writes them."""
import h5py
import numpy as np

TINY = [
    ("input_1", []),
    ("conv", [("kernel", (3, 3, 2, 4)), ("bias", (4,))]),
    ("bn", [("gamma", (4,)), ("beta", (4,)), ("moving_mean", (4,)), ("moving_variance", (4,))]),
    ("relu", []),
    ("pool", []),
    ("ip", [("kernel", (4, 3)), ("bias", (3,))]),
    ("predictions", []),
]
DENSE = [("ip", [("kernel", (2, 3)), ("bias", (3,))])]


def write(path, layers, change=lambda file: None):
    value = 0
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name, _ in layers]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.15.0"
        for name, weights in layers:
            group = file.create_group(name)
            paths = [f"{name}/{weight}:0" for weight, _ in weights]
            group.attrs["weight_names"] = [path.encode() for path in paths]
            for (_, shape), weight_path in zip(weights, paths):
                size = int(np.prod(shape))
                group[weight_path] = (np.arange(value, value + size, dtype="float32") / 64).reshape(shape)
                value += size
        change(file)


def external_link(file):
    del file["ip"]
    file["ip"] = h5py.ExternalLink("other.h5", "/ip")


def soft_link(file):
    del file["ip/ip/bias:0"]
    file["ip/ip/bias:0"] = h5py.SoftLink("/ip/ip/kernel:0")


def external_storage(file):
    del file["ip/ip/bias:0"]
    file["ip/ip"].create_dataset("bias:0", (3,), "float32", external=[("other.raw", 0, h5py.h5f.UNLIMITED)])


def virtual(file):
    del file["ip/ip/bias:0"]
    layout = h5py.VirtualLayout((3,), "float32")
    layout[:] = h5py.VirtualSource("other.h5", "bias", (3,))
    file["ip/ip"].create_virtual_dataset("bias:0", layout)


write("legacy.h5", TINY)
write("external-link.h5", DENSE, external_link)
write("soft-link.h5", DENSE, soft_link)
write("external-storage.h5", DENSE, external_storage)
write("virtual.h5", DENSE, virtual)
