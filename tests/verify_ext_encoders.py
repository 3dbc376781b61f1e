"""Checks that libhdf5 with hdf5plugin reads the chunks that this project's encoders write.

Usage: cargo run -p h5-filters --example encode_vectors > vectors.bin && python tests/verify_ext_encoders.py vectors.bin

Each record of the file: u32 filter id, u32 number of client data values, the values, u32 element size, u32 length of the
content, content, u32 length of the chunk, chunk; all little-endian. Each chunk is put in a dataset by `write_direct_chunk` and read
back through the plugin.
"""

import struct
import sys
import tempfile
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters)
import numpy as np


def records(data):
    at = 0

    def number():
        nonlocal at
        at += 4
        return struct.unpack_from("<I", data, at - 4)[0]

    def blob():
        nonlocal at
        length = number()
        at += length
        return data[at - length : at]

    while at < len(data):
        filter_id = number()
        client_data = tuple(number() for _ in range(number()))
        yield filter_id, client_data, number(), blob(), blob()


def read_back(path, filter_id, client_data, element_size, content, chunk):
    count = len(content) // element_size
    shape = (2, count // 2) if count % 2 == 0 and filter_id == 32026 else (count,)
    dtype = np.dtype(f"V{element_size}")
    with h5py.File(path, "w") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk(shape)
        # Of bitshuffle, the user gives what follows the three values that the plugin sets itself.
        plist.set_filter(filter_id, h5py.h5z.FLAG_OPTIONAL, client_data[3:] if filter_id == 32008 else client_data)
        space = h5py.h5s.create_simple(shape)
        dataset = h5py.h5d.create(file.id, b"x", h5py.h5t.py_create(dtype), space, plist)
        dataset.write_direct_chunk((0,) * len(shape), chunk)
    with h5py.File(path) as file:
        return file["x"][...].tobytes()


def main():
    good = {}
    with tempfile.TemporaryDirectory() as folder:
        for i, (filter_id, client_data, element_size, content, chunk) in enumerate(records(Path(sys.argv[1]).read_bytes())):
            name = f"record {i}: filter {filter_id}, client data {client_data}, {len(content)} bytes"
            try:
                found = read_back(Path(folder) / f"{i}.h5", filter_id, client_data, element_size, content, chunk)
            except OSError as error:
                sys.exit(f"{name}: {error}")
            if found != content:
                sys.exit(f"{name}: other content")
            good[filter_id] = good.get(filter_id, 0) + 1
    print("read back equal:", ", ".join(f"{count} of filter {i}" for i, count in sorted(good.items())))


if __name__ == "__main__":
    main()
