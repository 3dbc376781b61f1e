"""Makes the files that are too large to be kept, or that change: `make.py FOLDER`, `make.py grow FILE ROWS SECONDS`."""

import json
import pathlib
import struct
import sys
import time
import zlib

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


def huge(path):
    """10 GiB of which next to nothing is on the disk."""
    with h5py.File(path, "w") as file:
        values = file.create_dataset("values", (10 << 27,), "f8")
        values[-1] = 0.5
        for number in range(50):
            file.create_group(f"scan{number:03}").attrs["number"] = number


def old(path):
    """A file of PyMoDAQ 3, whose axes and scans later releases do not understand."""
    with h5py.File(path, "w") as file:
        file.attrs["CLASS"], file.attrs["TITLE"] = "GROUP", "PyMoDAQ file"
        attributes(file, pymodaq_version="3.6.12", file="old.h5", date="2022-01-02", time="03:04:05")
        group(file, "Raw_datas", "Data from PyMoDAQ modules", type="detector")


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
        row = numpy.dtype([("time", "f8"), ("count", "u4"), ("name", "S8")])
        file["table"] = numpy.array([(i / 4, i * i, f"row{i}".encode()) for i in range(300)], dtype=row)


def attributes(node, **values):
    """Attributes as PyMoDAQ writes them: JSON that holds the text of a Python value."""
    for name, value in values.items():
        kind = type(value)
        node.attrs[name] = json.dumps({"module": kind.__module__, "type": kind.__name__, "data": repr(value)})


def array(group, name, values, title, **more):
    """An array of PyMoDAQ, with its attributes."""
    values = numpy.asarray(values)
    node = group.create_dataset(name, data=values)
    node.attrs["CLASS"], node.attrs["TITLE"] = "CARRAY", title
    attributes(node, shape=values.shape, dtype=values.dtype.name, subdtype="", backend="h5py", **more)
    return node


def group(parent, name, title, **more):
    node = parent.create_group(name)
    node.attrs["CLASS"], node.attrs["TITLE"] = "GROUP", title
    attributes(node, **more)
    return node


def axis(parent, number, label, units, values, index, spread_order=0):
    values = numpy.asarray(values, "f8")
    array(parent, f"Axis{number:02}", values, label, data_type="axis", data_dimension="Data1D", size=len(values), label=label, units=units,
          index=index, offset=float(values[0]), scaling=float(values[1] - values[0]), spread_order=spread_order, distribution="uniform")


def png(width, height):
    """A picture of one colour."""
    rows = b"".join(b"\0" + b"\x17\x69\x7a" * width for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pymodaq(path):
    """What PyMoDAQ may save besides scans on a grid: backgrounds, errors, scans whose points are anywhere, previews, comments."""
    with h5py.File(path, "w") as file:
        file.attrs["CLASS"], file.attrs["TITLE"] = "GROUP", "PyMoDAQ file"
        attributes(file, pymodaq_version="5.3.8", pymodaq_data_version="5.3.0", file="pymodaq.h5", date="2026-01-02", time="03:04:05.000006")
        raw = group(file, "RawData", "Data from PyMoDAQ modules", type="detector")
        detector = group(raw, "Detector000", "Spectrometer", type="detector", comments="aligned before lunch")
        channel = group(group(detector, "Data1D", ""), "CH00", "spectrum", type="")
        shared = dict(data_dimension="Data1D", source="raw", distribution="uniform", origin="Spectrometer", timestamp=1700000000.5, nav_indexes=())
        wavelength = numpy.linspace(400, 700, 61)
        for number, centre in enumerate((500, 600)):
            peak = 100 * numpy.exp(-((wavelength - centre) / 20) ** 2)
            array(channel, f"Data{number:02}", peak + 5 + number, "spectrum", data_type="data", label=f"line{number}", units="V", **shared)
            array(channel, f"Bkg{number:02}", numpy.full(61, 5.0 + number), "spectrum", data_type="bkg", label=f"line{number}", units="V", **shared)
            array(channel, f"ErrorBar{number:02}", numpy.sqrt(peak + 1), "spectrum_errors", data_type="error", label=f"line{number}", units="V",
                  **{**shared, "source": "calculated"})
        axis(channel, 0, "wavelength", "nm", wavelength, 0)
        scan = group(raw, "Scan000", "DAQScan", type="scan", description="", pixmap2D=png(8, 6))
        nav = group(scan, "NavAxes", "")
        angles = numpy.linspace(0, 5, 24)
        axis(nav, 0, "x", "mm", angles * numpy.cos(angles), 0, 0)
        axis(nav, 1, "y", "mm", angles * numpy.sin(angles), 0, 1)
        points = group(group(group(scan, "Detector000", "Spectrometer", type="detector"), "Data1D", ""), "CH00", "spectrum", type="")
        array(points, "Data00", 10 * angles[:, None] + numpy.arange(7), "spectrum", data_type="data", label="line0", units="V",
              **{**shared, "distribution": "spread", "nav_indexes": (0,)})
        axis(points, 0, "pixel", "", numpy.arange(7), 1)


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
        for maker in (many, sparse, huge, old, kinds, pymodaq):
            target = folder / f"{maker.__name__}.h5"
            if not target.exists():
                maker(target.with_suffix(".part"))
                target.with_suffix(".part").rename(target)
