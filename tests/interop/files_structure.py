"""Groups, links, attributes, and the file itself."""

import h5py
import numpy as np

from values import ramp

LIBVERS = ["earliest", "v108", "v110", "v112", "v114", "latest"]


def cases():
    for libver in LIBVERS:
        yield f"groups_{libver}", groups(libver)
    for libver in ("earliest", "latest"):
        yield f"many_children_{libver}", many_children(libver)
        yield f"many_attributes_{libver}", many_attributes(libver)
        yield f"creation_order_{libver}", creation_order(libver)
        yield f"committed_{libver}", committed(libver)
        yield f"user_block_{libver}", user_block(libver)
    for strategy in ("fsm", "page", "aggregate", "none"):
        yield f"space_{strategy}", file_space(strategy)
    yield "removed", removed
    yield "virtual", virtual


def groups(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            deep = file.create_group("a/b/c")
            deep["data"] = ramp((4,), "<i4")
            file["second"] = deep["data"]
            file["cycle"] = file["a"]
            file["a/up"] = file["/"]
            file["soft"] = h5py.SoftLink("/a/b/c/data")
            file["dangling"] = h5py.SoftLink("/nowhere")
            file["external"] = h5py.ExternalLink("other.h5", "/there")
            file["\u00fc \u2192"] = 1.5
            deep.attrs["units"] = "counts"
            deep.attrs["range"] = np.array([0.5, 9.5])
            file.attrs["title"] = np.bytes_(b"plain ascii")

    return write


def many_children(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            for index in range(700):
                file.create_group(f"group_{index * 7919 % 700:03}")

    return write


def many_attributes(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            for index in range(120):
                file.attrs[f"attribute_{index:03}"] = ramp((index % 5,), "<f8")
            if libver == "latest":
                file.attrs["large"] = ramp((20000,), "<i8")

    return write


def creation_order(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver, track_order=True) as file:
            group = file.create_group("group", track_order=True)
            for name in ("z", "m", "a", "q"):
                group[name] = ramp((2,), "u1")
                group.attrs[name] = name
            for index in range(30, 0, -1):
                file[str(index)] = index

    return write


def committed(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            file["types/point"] = np.dtype([("x", "<f8"), ("y", "<f8")])
            file["types/point"].attrs["units"] = "mm"
            dtype = file["types/point"]
            file.create_dataset("points", (3,), dtype)[...] = np.array([(1, 2), (3, 4), (5, 6)], dtype.dtype)
            file.attrs.create("origin", np.array((0.5, 0.25), dtype.dtype), dtype=dtype)

    return write


def user_block(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver, userblock_size=1024) as file:
            file["data"] = ramp((5,), "<i4")
            file.create_dataset("chunked", data=ramp((50,), "<i4"), chunks=(7,))
        with open(path, "r+b") as raw:
            raw.write(b"This is no HDF5 yet.")

    return write


def file_space(strategy):
    def write(path):
        with h5py.File(path, "w", fs_strategy=strategy, libver="latest") as file:
            for index in range(20):
                file[f"group/{index}"] = ramp((index,), "<i8")
            del file["group/7"]

    return write


def removed(path):
    """What was there and is gone must stay gone; the room is used again."""
    with h5py.File(path, "w") as file:
        for index in range(40):
            file[f"item_{index:02}"] = ramp((index + 1,), "<i4")
            file.attrs[f"item_{index:02}"] = index
        for index in range(0, 40, 3):
            del file[f"item_{index:02}"], file.attrs[f"item_{index:02}"]
        file["later"] = ramp((3, 3), "<f4")
        file.move("item_01", "renamed")


def virtual(path):
    """Two datasets of the same file as halves of a third."""
    with h5py.File(path, "w", libver="latest") as file:
        layout = h5py.VirtualLayout((2, 50), "<i4")
        for row in range(2):
            file[f"row_{row}"] = ramp((50,), "<i4") + row
            layout[row] = h5py.VirtualSource(".", f"row_{row}", shape=(50,))
        file.create_virtual_dataset("both", layout, fillvalue=-1)
