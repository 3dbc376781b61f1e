"""Files in the convention of netCDF-4."""

import netCDF4
import numpy as np

from values import ramp, smooth

DTYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


def cases():
    yield "netcdf_classic", dimensions("NETCDF4_CLASSIC", ["i1", "i2", "i4", "f4", "f8"])
    yield "netcdf_types", dimensions("NETCDF4", DTYPES)
    yield "netcdf_groups", groups
    yield "netcdf_user_types", user_types
    yield "netcdf_packed", packed
    for compression in ("zlib", "szip", "zstd", "bzip2", "blosc_lz"):
        yield f"netcdf_{compression}", compressed(compression)


def dimensions(form, dtypes):
    def write(path):
        with netCDF4.Dataset(path, "w", format=form) as file:
            file.title = "dimensions"
            file.createDimension("time", None)
            file.createDimension("x", 6)
            file.createVariable("x", "f8", ("x",))[:] = np.arange(6) / 2
            for dtype in dtypes:
                variable = file.createVariable(f"v_{dtype}", dtype, ("time", "x"))
                variable.units = "1"
                variable[:] = ramp((4, 6), dtype)

    return write


def groups(path):
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("n", 3)
        inner = file.createGroup("outer/inner")
        inner.createVariable("words", str, ("n",))[:] = np.array(["", "\u00e9", "three"], object)
        inner.createVariable("letters", "S1", ("n",))[:] = np.array([b"a", b"b", b"c"])
        inner.gain, inner.labels = np.float32(2.5), ["a", "bc"]


def user_types(path):
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("n", 4)
        record = np.dtype([("index", "i4"), ("pair", "f8", (2,))])
        values = np.zeros(4, record)
        values["index"], values["pair"] = np.arange(4), np.arange(8).reshape(4, 2)
        kind = file.createCompoundType(record, "record_t")
        file.createVariable("records", kind, ("n",))[:] = values
        clouds = file.createEnumType("u1", "cloud_t", {"clear": 0, "stratus": 2, "missing": 255})
        file.createVariable("clouds", clouds, ("n",), fill_value=255)[:2] = np.array([0, 2], "u1")
        rows = file.createVLType("i4", "rows")
        variable = file.createVariable("ragged", rows, ("n",))
        for index in range(4):
            variable[index] = np.arange(index, dtype="i4")


def packed(path):
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("n", 10)
        variable = file.createVariable("packed", ">i2", ("n",), fill_value=-32768, endian="big")
        variable.scale_factor, variable.add_offset = 0.5, 100.0
        variable[:8] = 100 + np.arange(8) / 2


def compressed(compression):
    def write(path):
        with netCDF4.Dataset(path, "w") as file:
            file.createDimension("y", 40)
            file.createDimension("x", 50)
            for dtype in ("i2", "f4"):
                name, arguments = f"v_{dtype}", {"compression": compression, "chunksizes": (16, 16)}
                variable = file.createVariable(name, dtype, ("y", "x"), **arguments)
                variable[:] = smooth((40, 50), dtype)

    return write
