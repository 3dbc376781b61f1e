"""Every datatype class in every layout, under the oldest and the newest format."""

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from values import ramp

NUMERIC = ["<i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "<u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"]
NUMERIC += ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<c8", ">c8", "<c16", "?"]
COMPOUND = np.dtype([("id", "<u2"), ("xyz", "<f4", (3,)), ("name", "S7")])
NESTED = np.dtype([("when", ">i8"), ("where", COMPOUND), ("flags", "u1", (2, 2))])
WORDS = ["", "a", "\u00e9t\u00e9 \u2192 42", "x" * 300, "two\nlines", "tab\t", "z"]


def cases():
    for libver in ("earliest", "latest"):
        for dtype in NUMERIC:
            name = dtype.replace("<", "le_").replace(">", "be_").replace("?", "bool")
            yield f"type_{name}_{libver}", writer(ramp((6, 5), dtype), libver)
        for name, data in structured():
            yield f"type_{name}_{libver}", writer(data, libver)
        yield f"type_references_{libver}", references(libver)
        yield f"type_odd_numbers_{libver}", odd_numbers(libver)
        yield f"type_array_{libver}", arrays(libver)


def structured():
    records = np.zeros(7, COMPOUND)
    records["id"], records["xyz"] = np.arange(7), np.arange(21).reshape(7, 3) / 4
    records["name"] = [word.encode("ascii", "replace")[:7] for word in WORDS]
    yield "compound", records
    nested = np.zeros(7, NESTED)
    nested["when"], nested["where"], nested["flags"] = -np.arange(7), records, np.arange(28).reshape(7, 2, 2)
    yield "compound_nested", nested
    yield "string_fixed", np.array([word.encode() for word in WORDS])
    yield "string_utf8", np.array(WORDS, h5py.string_dtype())
    yield "string_ascii", np.array(["a", "", "bc"], h5py.string_dtype("ascii"))
    yield "string_utf8_fixed", np.array([b"\xc3\xa9", b"plain"], h5py.string_dtype("utf-8", 8))
    yield "opaque", np.frombuffer(bytes(range(21)), "V7")
    colours = h5py.enum_dtype({"RED": 0, "GREEN": 1, "BLUE": -3}, "<i2")
    yield "enum", np.array([0, 1, -3, 1], colours)
    ragged = np.empty(4, h5py.vlen_dtype("<i4"))
    ragged[:] = [np.arange(n, dtype="<i4") for n in (3, 0, 1, 5)]
    yield "vlen", ragged
    mixed = np.zeros(3, [("label", h5py.string_dtype()), ("value", "<f8"), ("steps", h5py.vlen_dtype("<u2"))])
    for index in range(3):
        mixed[index] = (WORDS[index], index / 3, np.arange(index, dtype="u2"))
    yield "compound_vlen", mixed


def writer(data, libver):
    """The same values contiguous, compact, chunked, compressed, as a scalar and as an attribute."""

    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            file["contiguous"] = data
            compact(file, "compact", data[:2])
            chunk = tuple(max(1, n // 2) for n in data.shape)
            file.create_dataset("chunked", data=data, chunks=chunk, maxshape=(None,) + data.shape[1:])
            file.create_dataset("deflated", data=data, chunks=chunk, compression=4)
            first = data[(0,) * data.ndim]
            if not isinstance(first, np.ndarray):
                file.create_dataset("scalar", data=first, dtype=data.dtype)
                file.attrs.create("scalar", first, dtype=data.dtype)
                file.attrs.create("several", data, dtype=data.dtype)

    return write


def compact(file, name, data):
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_layout(h5d.COMPACT)
    dtype = h5t.py_create(data.dtype, logical=True)
    h5d.create(file.id, name.encode(), dtype, h5s.create_simple(data.shape), plist)
    file[name][...] = data


def arrays(libver):
    dtype = np.dtype((">i4", (3, 4)))

    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            file.create_dataset("contiguous", (2,), dtype)[...] = ramp((2, 3, 4), "i4")
            file.create_dataset("chunked", (5,), dtype, chunks=(2,), compression=1)[...] = ramp((5, 3, 4), "i4")
            file.attrs.create("attribute", ramp((2, 3, 4), "i4"), dtype=dtype)

    return write


def references(libver):
    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            group = file.create_group("group")
            data = group.create_dataset("data", data=ramp((5, 6), "<i4"))
            objects = np.array([group.ref, data.ref, file.ref, h5py.Reference()], h5py.ref_dtype)
            file.create_dataset("objects", data=objects, dtype=h5py.ref_dtype)
            regions = [data.regionref[1:4, 2:5], data.regionref[::2, 0:6:3], data.regionref[4, 5]]
            file.create_dataset("regions", data=np.array(regions, h5py.regionref_dtype), dtype=h5py.regionref_dtype)

    return write


def odd_numbers(libver):
    """Integers of fewer bits than they take, at an offset, of both signs and byte orders; as n-bit data too."""

    def write(path):
        with h5py.File(path, "w", libver=libver) as file:
            for base, bits, offset in ((h5t.STD_I16LE, 11, 3), (h5t.STD_U16BE, 12, 0), (h5t.STD_I32BE, 17, 9)):
                dtype = base.copy()
                dtype.set_precision(bits)
                dtype.set_offset(offset)
                values = np.arange(-20, 20) if dtype.get_sign() else np.arange(40)
                for nbit in (False, True):
                    plist = h5p.create(h5p.DATASET_CREATE)
                    if nbit:
                        plist.set_chunk((8,))
                        plist.set_filter(5)
                    name = f"bits{bits}_offset{offset}_{'nbit' if nbit else 'plain'}"
                    h5d.create(file.id, name.encode(), dtype, h5s.create_simple((40,)), plist)
                    file[name][...] = values

    return write
