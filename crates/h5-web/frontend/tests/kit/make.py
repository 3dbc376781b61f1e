"""Makes the files that are too large to be kept, or that change: `make.py FOLDER`, `make.py grow FILE ROWS SECONDS`."""

import pathlib
import sys
import time

import h5py
import numpy


def many(path):
    """A group of 100,000 children."""
    with h5py.File(path, "w", libver="latest") as file:
        group = file.create_group("many")
        leaf = file.create_dataset("leaf", data=numpy.arange(4.0))
        for number in range(100_000):
            group[f"child{number:06}"] = leaf


def sparse(path):
    """4 GiB of which next to nothing is on the disk; values at its ends."""
    with h5py.File(path, "w") as file:
        file["before"] = numpy.arange(5, dtype="i4")
        values = file.create_dataset("values", (1 << 29,), "f8")
        values[0] = 1.25
        values[-1] = -2.5
        image = file.create_dataset("image", (1 << 14, 1 << 14), "u2", chunks=(128, 128))
        image[0, 0] = 7
        image[-1, -1] = 9
        file["after"] = numpy.arange(6, dtype="f4")


def kinds(path):
    """A picture, complex numbers, four dimensions, text."""
    with h5py.File(path, "w") as file:
        y, x = numpy.mgrid[0:48, 0:64]
        picture = numpy.stack([x * 4, y * 5, 255 - x * 2], axis=-1).astype("u1")
        file["picture"] = picture
        t = numpy.linspace(0, 6, 400)
        file["waves"] = numpy.exp(1j * t) * (1 + t)
        file["field"] = (numpy.cos(x / 9) + 1j * numpy.sin(y / 7)).astype("c16")
        stack = numpy.sin(numpy.arange(6 * 5 * 30 * 40).reshape(6, 5, 30, 40) / 97)
        file.create_dataset("stack", data=stack, chunks=(1, 1, 30, 40), compression="gzip", shuffle=True)
        file["stack"].attrs["units"] = "counts"
        file["stack"].attrs["long"] = "a long value, " * 2000
        file["long"] = numpy.sin(numpy.arange(1_000_000) / 1e4)
        file["notes"] = numpy.array(["first", "second, with a comma", "\u00e9"], dtype=h5py.string_dtype())
        row = numpy.dtype([("time", "f8"), ("count", "u2"), ("name", "S8")])
        file["table"] = numpy.array([(i / 4, i * i, f"row{i}".encode()) for i in range(300)], dtype=row)


def grow(path, rows, seconds):
    """A file that grows for a while, readable throughout."""
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_dataset("rows", (0,), "f8", maxshape=(None,), chunks=(64,))
        file.swmr_mode = True
        print("ready", flush=True)
        for row in range(rows):
            data.resize((row + 1,))
            data[row] = row * 0.5
            data.flush()
            time.sleep(seconds / rows)


if __name__ == "__main__":
    if sys.argv[1] == "grow":
        grow(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    else:
        folder = pathlib.Path(sys.argv[1])
        for maker in (many, sparse, kinds):
            target = folder / f"{maker.__name__}.h5"
            if not target.exists():
                maker(target)
