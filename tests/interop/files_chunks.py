"""Chunk indexes of every kind, fill values, and shapes at the edges."""

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from values import ramp

# name: shape, maximum shape, chunk, early allocation. Which index the newest format takes follows from these.
INDEXES = {
    "single": ((7, 9), (7, 9), (7, 9), False),
    "implicit": ((20, 30), (20, 30), (6, 7), True),
    "fixed_array": ((20, 30), (20, 30), (6, 7), False),
    "fixed_array_paged": ((3000,), (3000,), (2,), False),
    "extensible_array": ((20, 30), (None, 30), (6, 7), False),
    "extensible_array_long": ((5000,), (None,), (3,), False),
    "b_tree_2": ((20, 30), (None, None), (6, 7), False),
    "b_tree_2_deep": ((90, 80), (None, None), (2, 2), False),
}
SHAPES = [(), (0,), (1,), (3, 0, 2), (2, 3), (2, 3, 4), (2, 1, 3, 2), (1,) * 8, (2,) * 10]


def cases():
    for libver in ("earliest", "v110", "latest"):
        for name, setting in INDEXES.items():
            yield f"chunks_{name}_{libver}", indexed(setting, libver)
    for libver in ("earliest", "latest"):
        yield f"shapes_{libver}", shapes(libver)
        yield f"fill_{libver}", fills(libver)
        yield f"sparse_{libver}", sparse(libver)


def indexed(setting, libver):
    shape, maxshape, chunk, early = setting

    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            for name, deflate in (("plain", False), ("deflated", True)):
                plist = h5p.create(h5p.DATASET_CREATE)
                plist.set_chunk(chunk)
                if early:
                    plist.set_alloc_time(h5d.ALLOC_TIME_EARLY)
                if deflate:
                    plist.set_deflate(6)
                limits = tuple(h5s.UNLIMITED if n is None else n for n in maxshape)
                space = h5s.create_simple(shape, limits)
                h5d.create(file.id, name.encode(), h5t.STD_I32LE, space, plist)
                file[name][...] = ramp(shape, "<i4")

    return write


def shapes(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            for shape in SHAPES:
                name = "x".join(map(str, shape)) or "scalar"
                file[name] = ramp(shape, "<f4")
                file.attrs[name] = ramp(shape, "<u2")
            file["null"] = h5py.Empty("<i4")
            file.attrs["null"] = h5py.Empty("S3")

    return write


def fills(libver):
    times = {"alloc": h5d.FILL_TIME_ALLOC, "ifset": h5d.FILL_TIME_IFSET}

    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            for name, time in times.items():
                for value in (None, -7):
                    for chunk in (None, (4, 4)):
                        plist = h5p.create(h5p.DATASET_CREATE)
                        plist.set_fill_time(time)
                        if value is not None:
                            plist.set_fill_value(np.array(value, "<i2"))
                        if chunk:
                            plist.set_chunk(chunk)
                        full = f"{name}_{value}_{'chunked' if chunk else 'contiguous'}"
                        h5d.create(file.id, full.encode(), h5t.STD_I16LE, h5s.create_simple((9, 9)), plist)
                        if chunk:
                            file[full][2:5, 3] = 11
            file.create_dataset("words", (3,), h5py.string_dtype(), fillvalue="none")
            record = np.array((3, 2.5), [("a", "<i4"), ("b", "<f8")])
            file.create_dataset("records", (4,), record.dtype, fillvalue=record, chunks=(2,))

    return write


def sparse(libver):
    """A large dataset of which a few chunks exist, some of them after growing and shrinking."""

    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            data = file.create_dataset("data", (400, 400), "<u2", chunks=(16, 16), maxshape=(None, 900), fillvalue=5)
            data[17, 33] = 1
            data[390:, 395:] = 2
            data.resize((300, 500))
            data[299, 499] = 3
            data.resize((450, 450))

    return write
