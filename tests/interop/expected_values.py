"""Values to bytes, in the encoding of `h5 digest`."""

import hashlib
import struct

import h5py
import numpy as np
from h5py import h5r, h5s, h5t


class Encoder:
    """Knows the file, since references are told by the path of what they point to."""

    def __init__(self, file, paths):
        self.file, self.paths = file, paths

    def digest(self, datatype, values):
        """Number of elements, bytes and their SHA-256. `None` and `h5py.Empty` have no element."""
        if values is None or isinstance(values, h5py.Empty):
            encoded, count = b"", 0
        else:
            encoded = self.encode(datatype, np.asarray(values))
            inner = np.prod(array_shape(datatype), dtype="i8")
            count = int(np.asarray(values).size // inner)
        return {"mode": "full", "n": count, "bytes": len(encoded), "sha256": hashlib.sha256(encoded).hexdigest()}

    def encode(self, datatype, values):
        """All elements of a numpy array, in C order."""
        kind = datatype.get_class()
        if values.size == 0:
            return b""
        if kind == h5t.COMPOUND and values.dtype.kind != "c":
            return self.compound(datatype, values.reshape(-1))
        if kind == h5t.ARRAY:
            return self.encode(datatype.get_super(), values)
        if kind == h5t.STRING:
            return b"".join(sized(text(datatype, value)) for value in values.reshape(-1))
        if kind == h5t.VLEN:
            base = datatype.get_super()
            rows = (np.asarray(row) for row in values.reshape(-1))
            return b"".join(struct.pack("<Q", row.size) + self.encode(base, row) for row in rows)
        if kind == h5t.REFERENCE:
            return b"".join(sized(self.reference(value)) for value in values.reshape(-1))
        # Numbers, booleans, complex pairs and opaque bytes: what numpy holds, in little-endian order.
        return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()

    def compound(self, datatype, records):
        members = []
        for index in range(datatype.get_nmembers()):
            name = datatype.get_member_name(index).decode()
            members.append((datatype.get_member_type(index), records[name]))
        parts = []
        for row in range(len(records)):
            # A slice of one, not an element: an element of varying length would pass for several.
            parts += [self.encode(kind, column[row : row + 1]) for kind, column in members]
        return b"".join(parts)

    def reference(self, value):
        if not value:
            return b""
        place = h5r.dereference(value, self.file.id)
        path = self.paths[h5py.h5o.get_info(place).addr]
        if isinstance(value, h5py.RegionReference):
            path += "|" + selection(h5r.get_region(value, self.file.id))
        return path.encode()


def text(datatype, value):
    """The bytes of a string without what pads it."""
    raw = value.encode() if isinstance(value, str) else bytes(value or b"")
    if datatype.is_variable_str() or datatype.get_strpad() == h5t.STR_NULLTERM:
        return raw.split(b"\0")[0]
    return raw.rstrip(b" " if datatype.get_strpad() == h5t.STR_SPACEPAD else b"\0")


def sized(raw):
    return struct.pack("<Q", len(raw)) + raw


def selection(space):
    """How many elements are selected, and the hash of their places in C order."""
    if space.get_select_type() == h5s.SEL_ALL:
        return "all"
    chosen = np.zeros(space.shape, bool)
    for first, last in space.get_select_hyper_blocklist():
        chosen[tuple(slice(int(a), int(b) + 1) for a, b in zip(first, last))] = True
    places = np.flatnonzero(chosen).astype("<u8")
    return f"hyperslab:{places.size}:{hashlib.sha256(places.tobytes()).hexdigest()}"


def array_shape(datatype):
    return datatype.get_array_dims() if datatype.get_class() == h5t.ARRAY else ()
