"""Writes files that ask for far more work than their length, each valid in its parts or nearly so.

    python hostile_files.py DIRECTORY [--small]

`--small` writes the few that are kept in `tests/fixtures/hostile/`, of less than 4 KiB each. The others are for
`malformed.py`, which holds the program to bounds of time and memory on them.
"""

import pathlib
import struct
import sys
import zlib

import h5py
import numpy as np

UNDEFINED = b"\xff" * 8


def replaced(path, old, new, count=None):
    """Replaces byte strings of one length; `count` is how many there have to be."""
    data = path.read_bytes()
    assert len(old) == len(new) and old in data
    assert count is None or data.count(old) == count
    path.write_bytes(data.replace(old, new))


def virtual_of_itself(path, length=1):
    """Virtual datasets `0`, `1`, ... each of which shows the next one, and the last one the first."""
    with h5py.File(path, "w", libver="latest") as file:
        for number in range(length):
            layout = h5py.VirtualLayout((4,), "i4")
            layout[:] = h5py.VirtualSource(".", str((number + 1) % length), (4,))
            file.create_virtual_dataset(str(number), layout)


def virtual_fan(path, levels=8, width=12):
    """Virtual datasets of which each shows the next one in `width` places."""
    with h5py.File(path, "w", libver="latest") as file:
        file["0"] = np.arange(width, dtype="i4")
        for number in range(1, levels):
            layout = h5py.VirtualLayout((width,), "i4")
            for place in range(width):
                layout[place : place + 1] = h5py.VirtualSource(".", str(number - 1), (width,))[place : place + 1]
            file.create_virtual_dataset(str(number), layout)


def chunk_of_all(path, chunks, chunk_bytes):
    """All entries of a chunk index name one chunk, which decodes to many times its length."""
    with h5py.File(path, "w", libver="earliest") as file:
        data = file.create_dataset("d", (chunks, chunk_bytes), "u1", chunks=(1, chunk_bytes), compression=9)
        data.id.write_direct_chunk((0, 0), zlib.compress(bytes(chunk_bytes), 9))
        for number in range(1, chunks):
            data.id.write_direct_chunk((number, 0), b"x")
        first = data.id.get_chunk_info_by_coord((0, 0))
        addresses = set()
        data.id.chunk_iter(lambda chunk: addresses.add(chunk.byte_offset))
    data = bytearray(path.read_bytes())
    key = struct.Struct("<II3Q")
    position = data.find(b"TREE\x01\x00")
    while position >= 0:
        (used,) = struct.unpack_from("<H", data, position + 6)
        for entry in range(used):
            at = position + 24 + entry * (key.size + 8)
            _, mask, *offsets = key.unpack_from(data, at)
            (address,) = struct.unpack_from("<Q", data, at + key.size)
            assert address in addresses
            key.pack_into(data, at, first.size, mask, *offsets)
            struct.pack_into("<Q", data, at + key.size, first.byte_offset)
        position = data.find(b"TREE\x01\x00", position + 1)
    path.write_bytes(data)


def sequence_of_all(path, elements, sequence_bytes, count=None):
    """All elements of variable length name one sequence; `count` lies about its length."""
    with h5py.File(path, "w", libver="earliest") as file:
        data = file.create_dataset("d", (elements,), h5py.vlen_dtype("u1"))
        data[0] = np.zeros(sequence_bytes, "u1")
        offset = data.id.get_offset()
    data = bytearray(path.read_bytes())
    element = bytes(data[offset : offset + 16])
    if count is not None:
        element = struct.pack("<I", count) + element[4:]
    data[offset : offset + 16 * elements] = element * elements
    path.write_bytes(data)


def data_of_all(path, datasets, bytes_each):
    """All datasets name the same stored bytes."""
    with h5py.File(path, "w", libver="earliest") as file:
        for number in range(datasets):
            file.create_dataset(str(number), (bytes_each,), "u1")
        file["0"][...] = 1
        address = file["0"].id.get_offset()
    size = struct.pack("<Q", bytes_each)
    replaced(path, UNDEFINED + size, struct.pack("<Q", address) + size, datasets - 1)


def far_chunk(path, chunks):
    """An extensible array of which only the first and the last chunk were ever written."""
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_dataset("d", (chunks,), "u1", chunks=(1,), maxshape=(None,))
        data.id.write_direct_chunk((0,), b"a")
        data.id.write_direct_chunk((chunks - 1,), b"z")


def name_of_all(path, links, name_bytes):
    """All names of a symbol table are one long name."""
    with h5py.File(path, "w", libver="earliest") as file:
        file["x" * name_bytes] = h5py.SoftLink("t")
        for number in range(links):
            file[f"{number:06}"] = h5py.SoftLink("t")
    data = bytearray(path.read_bytes())
    heap = data.find(b"HEAP")
    (segment,) = struct.unpack_from("<Q", data, heap + 24)
    long_name = data.find(b"x" * name_bytes) - segment
    position = data.find(b"SNOD")
    while position >= 0:
        (used,) = struct.unpack_from("<H", data, position + 6)
        for entry in range(used):
            struct.pack_into("<Q", data, position + 8 + 40 * entry, long_name)
        position = data.find(b"SNOD", position + 1)
    path.write_bytes(data)


def tree_of_itself(path, level=0):
    """A B-tree of a group whose one child is the node itself; `level` lies about its height."""
    with h5py.File(path, "w", libver="earliest") as file:
        file["a"] = h5py.SoftLink("t")
    data = bytearray(path.read_bytes())
    node = data.find(b"TREE\x00\x00")
    data[node + 5] = level
    data[node + 6 : node + 8] = struct.pack("<H", 16)
    for child in range(16):
        struct.pack_into("<Q", data, node + 32 + 16 * child, node)
    path.write_bytes(data)


def nested(path, depth, libver="latest"):
    with h5py.File(path, "w", libver=libver) as file:
        group = file.id
        for _ in range(depth):
            group = h5py.h5g.create(group, b"g")


def many_links(path, links, libver):
    with h5py.File(path, "w", libver=libver) as file:
        target = file.create_group("target")
        group = file.create_group("many")
        for number in range(links):
            group.id.links.create_hard(f"{number:06}".encode(), target.id, b".")


def cycles(path):
    with h5py.File(path, "w") as file:
        group = file.create_group("a/b/c")
        group["up"] = file["a"]
        group["root"] = file["/"]
        file["soft"] = h5py.SoftLink("/soft")
        file["there"] = h5py.SoftLink("/back")
        file["back"] = h5py.SoftLink("/there")
        file["outside"] = h5py.ExternalLink(path.name, "/outside")


def large_extents(path):
    """Datasets of many gigabytes to many exabytes of which nothing or little is stored."""
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("late", (1 << 31,), "u1")
        file.create_dataset("chunked", (1 << 60,), "f8", chunks=(1 << 20,))
        file.create_dataset("rows", (1 << 30, 1 << 30), "f8", chunks=(1, 1 << 20))
        file.create_dataset("unlimited", (1 << 40,), "i4", chunks=(16,), maxshape=(None,), fillvalue=7)
        file.create_dataset("texts", (1 << 40,), h5py.string_dtype(), chunks=(64,))
        layout = h5py.VirtualLayout((1 << 40,), "u1")
        layout[: 1 << 31] = h5py.VirtualSource(".", "late", (1 << 31,))
        file.create_virtual_dataset("virtual", layout)


def two_gibibytes(path):
    """2 GiB of zeros, as a few megabytes."""
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_dataset("d", (128, 16 << 20), "u1", chunks=(1, 16 << 20), compression=9)
        stored = zlib.compress(bytes(16 << 20), 9)
        for number in range(128):
            data.id.write_direct_chunk((number, 0), stored)


def large_compound(path):
    """A compound of a text that is stored as more than a gigabyte, of which nothing is written."""
    members = {"names": ["a"], "formats": [h5py.string_dtype()], "offsets": [0], "itemsize": 32}
    with h5py.File(path, "w", libver="earliest") as file:
        file.create_dataset("d", (1,), np.dtype(members))
    data = bytearray(path.read_bytes())
    # Class 6 and version 1, one member; then the size.
    message = data.find(b"\x16\x01\x00\x00")
    struct.pack_into("<I", data, message + 4, 0x7000_0000)
    path.write_bytes(data)


def cut_chunk(path):
    """The file ends inside a chunk whose rows are read one by one."""
    with h5py.File(path, "w", libver="earliest") as file:
        data = file.create_dataset("d", (5, 5), "i4", chunks=(3, 3))
        data[...] = 1
        end = data.id.get_chunk_info_by_coord((3, 3)).byte_offset
    path.write_bytes(path.read_bytes()[: end + 12 + 4])


SMALL = {
    "large_compound": large_compound,
    "cut_chunk": cut_chunk,
    "virtual_of_itself": virtual_of_itself,
    "virtual_of_each_other": lambda path: virtual_of_itself(path, 3),
    "virtual_fan": lambda path: virtual_fan(path, 8, 4),
    "far_chunk": lambda path: far_chunk(path, 1 << 16),
    "sequence_of_all": lambda path: sequence_of_all(path, 64, 256),
    "sequence_count": lambda path: sequence_of_all(path, 4, 256, 0xFFFF_FFFF),
    "tree_of_itself": lambda path: tree_of_itself(path),
    "tall_tree_of_itself": lambda path: tree_of_itself(path, 9),
}
LARGE = SMALL | {
    "virtual_fan": virtual_fan,
    "far_chunk": lambda path: far_chunk(path, 1 << 31),
    "virtual_cycle_fan": lambda path: virtual_of_itself(path, 7),
    "chunk_of_all": lambda path: chunk_of_all(path, 4096, 16 << 20),
    "many_small_chunks_of_all": lambda path: chunk_of_all(path, 60_000, 64 << 10),
    "sequence_of_all": lambda path: sequence_of_all(path, 65_536, 1 << 20),
    "data_of_all": lambda path: data_of_all(path, 3000, 4 << 20),
    "name_of_all": lambda path: name_of_all(path, 20_000, 60_000),
    "nested_20000": lambda path: nested(path, 20_000),
    "nested_20000_tables": lambda path: nested(path, 20_000, "earliest"),
    "links_100000": lambda path: many_links(path, 100_000, "latest"),
    "links_100000_tables": lambda path: many_links(path, 100_000, "earliest"),
    "cycles": cycles,
    "large_extents": large_extents,
    "two_gibibytes": two_gibibytes,
}


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    cases = SMALL if "--small" in sys.argv else LARGE
    for name, write in cases.items():
        write(directory / f"{name}.h5")
        print(f"{name}.h5 {(directory / name).with_suffix('.h5').stat().st_size}")


if __name__ == "__main__":
    main()
