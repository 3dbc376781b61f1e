"""What a careful expert could save of a file that a killed libhdf5 writer left, without any code of this project.

The expert puts the superblock right by hand (flags cleared, end of file where the file ends), opens the file with h5py and reads what it
can. Then the expert looks for the rest in the bytes: knowing what was flushed, for the raw data; and data count as something that can be
saved if their address stands anywhere in the file, so that some structure, reachable or not, tells where they are. That is a bound from
above: whether that structure is whole, the expert does not ask.
"""

import struct
import zlib

import h5py
import numpy as np

WIDTH = 64
CHANNELS = 3
POINTS = 100
ROWS_A_CHUNK = {"d": 16, "t": 64, "z": 4}


def lookup3(data):
    """Jenkins' hash of superblocks (HDF5 File Format Specification, II.A)."""
    mask = 0xFFFFFFFF

    def rotate(x, k):
        return ((x << k) | (x >> (32 - k))) & mask

    a = b = c = (0xDEADBEEF + len(data)) & mask
    at = 0
    while len(data) - at > 12:
        x, y, z = struct.unpack_from("<III", data, at)
        a, b, c = (a + x) & mask, (b + y) & mask, (c + z) & mask
        for k, order in ((4, 0), (6, 1), (8, 2), (16, 0), (19, 1), (4, 2)):
            if order == 0:
                a = ((a - c) & mask) ^ rotate(c, k)
                c = (c + b) & mask
            elif order == 1:
                b = ((b - a) & mask) ^ rotate(a, k)
                a = (a + c) & mask
            else:
                c = ((c - b) & mask) ^ rotate(b, k)
                b = (b + a) & mask
        at += 12
    if at < len(data):
        x, y, z = struct.unpack("<III", data[at:].ljust(12, b"\0"))
        a, b, c = (a + x) & mask, (b + y) & mask, (c + z) & mask
        c = ((c ^ b) - rotate(b, 14)) & mask
        a = ((a ^ c) - rotate(c, 11)) & mask
        b = ((b ^ a) - rotate(a, 25)) & mask
        c = ((c ^ b) - rotate(b, 16)) & mask
        a = ((a ^ c) - rotate(c, 4)) & mask
        b = ((b ^ a) - rotate(a, 14)) & mask
        c = ((c ^ b) - rotate(b, 24)) & mask
    return c


def mend(data):
    """The file with a superblock put right by hand."""
    data = bytearray(data)
    assert data[:4] == b"\x89HDF"
    if data[8] >= 2:
        data[11] = 0
        struct.pack_into("<Q", data, 28, len(data))
        struct.pack_into("<I", data, 44, lookup3(bytes(data[:44])))
    else:
        struct.pack_into("<Q", data, 40, len(data))
    return bytes(data)


def rows_read(dataset):
    """Rows of a dataset, chunk by chunk, with their value where they can be read."""
    found = set()
    length = dataset.shape[0]
    step = dataset.chunks[0]
    width = dataset.shape[1] if dataset.ndim > 1 else None
    for start in range(0, length, step):
        try:
            block = dataset[start : start + step].reshape(min(step, length - start), -1)
        except (OSError, RuntimeError):
            continue
        whole = width is None or width == WIDTH
        for row in range(len(block)):
            if whole and (block[row] == start + row + 1).all():
                found.add(start + row)
    return found


def readable(path, workload, flushed):
    """What h5py reads of a file whose superblock is right: names and numbers of flushed rows, or numbers and channels of scans."""
    found = set()
    try:
        file = h5py.File(path, "r")
    except OSError:
        return found
    with file:
        if workload == "append":
            for name in ROWS_A_CHUNK:
                try:
                    rows = rows_read(file[name])
                except (OSError, RuntimeError, KeyError):
                    continue
                found |= {(name, row) for row in rows if row < flushed}
            return found
        for number in range(flushed):
            for channel in range(CHANNELS):
                try:
                    data = file[f"scan{number:05}/ch{channel}"][...]
                except (OSError, RuntimeError, KeyError):
                    continue
                if data.shape == (POINTS,) and (data == number + 1).all():
                    found.add((number, channel))
    return found


def places(data, pattern):
    at = data.find(pattern)
    while at >= 0:
        yield at
        at = data.find(pattern, at + 1)


def is_named(data, address):
    return struct.pack("<Q", address) in data


def in_bytes(data, workload, flushed):
    """What lies in the bytes at an address that stands in the file."""
    found = set()
    if workload == "scan":
        for number in range(flushed):
            raw = np.full(POINTS, number + 1.0).tobytes()
            named = [at for at in places(data, raw) if is_named(data, at)]
            found |= {(number, channel) for channel in range(min(CHANNELS, len(named)))}
        return found
    for row in range(flushed):
        for name, raw in (("d", np.full(WIDTH, row + 1.0).tobytes()), ("t", struct.pack("<d", row + 1.0))):
            within = row % ROWS_A_CHUNK[name] * len(raw)
            if any(is_named(data, at - within) for at in places(data, raw) if at >= within):
                found.add((name, row))
    halves = {}
    for at in places(data, b"\x78"):
        if not is_named(data, at):
            continue
        try:
            chunk = np.frombuffer(zlib.decompressobj().decompress(data[at : at + 8192]), "<f8")
        except (zlib.error, ValueError):
            continue
        if chunk.size == ROWS_A_CHUNK["z"] * WIDTH // 2:
            for row in chunk.reshape(ROWS_A_CHUNK["z"], -1):
                if (row == row[0]).all() and row[0] >= 1:
                    halves.setdefault(int(row[0]) - 1, set()).add(at)
    return found | {("z", row) for row, found_at in halves.items() if len(found_at) > 1 and row < flushed}
