"""Files in the convention of PyTables."""

import numpy as np
import tables

from values import ramp, smooth

COMPRESSORS = ["zlib", "bzip2", "blosc:lz4", "blosc:zstd", "blosc2:lz4", "blosc2:zstd"]


class Particle(tables.IsDescription):
    name = tables.StringCol(12)
    identity = tables.Int64Col()
    position = tables.Float32Col(shape=(3,))
    is_bound = tables.BoolCol()


def cases():
    yield "pytables_arrays", arrays
    yield "pytables_vlarrays", vlarrays
    yield "pytables_attributes", attributes
    for compressor in COMPRESSORS:
        name = compressor.replace(":", "_")
        yield f"pytables_table_{name}", table(compressor)
        yield f"pytables_array_{name}", compressed(compressor)


def arrays(path):
    with tables.open_file(path, "w") as file:
        for dtype in ("i1", "u2", "i4", "u8", "f4", "f8", "c16", "bool"):
            file.create_array("/", f"array_{dtype}", ramp((3, 4), dtype))
        file.create_array("/", "strings", np.array([b"one", b"three"]))
        file.create_array("/", "scalar", 4.25)


def vlarrays(path):
    with tables.open_file(path, "w") as file:
        numbers = file.create_vlarray("/", "numbers", tables.Int32Atom())
        texts = file.create_vlarray("/", "texts", tables.VLUnicodeAtom())
        for count in (3, 0, 5):
            numbers.append(np.arange(count, dtype="i4"))
            texts.append("\u00e9" * count)


def attributes(path):
    with tables.open_file(path, "w", title="A title") as file:
        group = file.create_group("/", "group", "Another title")
        group._v_attrs.number, group._v_attrs.text = 3, "text"
        group._v_attrs.array, group._v_attrs.pickled = np.arange(3), {"a": [1, 2]}
        file.create_soft_link("/", "soft", "/group")


def table(compressor):
    def write(path):
        filters = tables.Filters(complevel=5, complib=compressor, shuffle=True)
        with tables.open_file(path, "w") as file:
            rows = file.create_table("/", "particles", Particle, filters=filters, chunkshape=(64,))
            for index in range(200):
                row = rows.row
                row["name"], row["identity"] = f"p{index}", index**3
                row["position"], row["is_bound"] = (index, -index, index / 4), index % 2
                row.append()

    return write


def compressed(compressor):
    def write(path):
        filters = tables.Filters(complevel=5, complib=compressor, shuffle=True, fletcher32=compressor == "zlib")
        with tables.open_file(path, "w") as file:
            file.create_carray("/", "fixed", obj=smooth((60, 50), "f8"), filters=filters, chunkshape=(16, 50))
            grown = file.create_earray("/", "grown", tables.UInt16Atom(), (0, 25), filters=filters, chunkshape=(8, 25))
            for start in range(5):
                grown.append(smooth((7, 25), "u2") + start)

    return write
