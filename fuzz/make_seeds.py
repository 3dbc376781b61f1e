"""Writes seeds for the fuzz targets into `seeds/`, cut from the repository's fixtures. Standard library only.

    python3 make_seeds.py

`seeds/filters/`: stored chunks of single filters, in the layout that `fuzz_targets/filters.rs` describes.
`seeds/object_header_messages/`: the messages of version 1 object headers, found by scanning.
`seeds/edit/`: bytes of a generator, which are programs of all lengths.
"""

import pathlib
import random
import shutil
import struct

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "tests" / "fixtures"
# The filters of the registry by rising number: the first byte of an input is a place in this list.
FILTERS = [1, 2, 3, 4, 5, 6, 307, 32000, 32001, 32004, 32008, 32013, 32015, 32026]
LARGEST_BYTES = 4096
MESSAGE_TYPES = 0x19


def filter_records(data):
    """The (filter id, client data, stored bytes) of single-stage records; the layout is told in filters/make.py."""
    position = 0

    def take(form):
        nonlocal position
        values = struct.unpack_from("<" + form, data, position)
        position += struct.calcsize("<" + form)
        return values

    while position < len(data):
        take(f"{take('H')[0]}s")
        stages = []
        for _ in range(take("H")[0]):
            code, _flags, count = take("HHH")
            stages.append((code, take(f"{count}I")))
        take("I")
        (stored,) = take(f"{take('I')[0]}s")
        take(f"{take('I')[0]}s")
        if len(stages) == 1 and len(stored) <= LARGEST_BYTES:
            yield stages[0][0], stages[0][1], stored


def filter_seeds():
    for name in ("deflate", "shuffle", "fletcher32", "szip", "nbit", "scaleoffset", "lzf"):
        for code, values, stored in filter_records((FIXTURES / "filters" / f"{name}.bin").read_bytes()):
            if code in FILTERS and len(values) <= 32:
                yield struct.pack(f"<BB{len(values)}I", FILTERS.index(code), len(values), *values) + stored


def message_seeds():
    for path in sorted(FIXTURES.rglob("*.h5")):
        data = path.read_bytes()
        for start in range(0, len(data) - 16, 8):
            version, reserved, count, references, length = struct.unpack_from("<BBHII", data, start)
            if version == 1 and reserved == 0 and 0 < count < 64 and 0 < references < 4 and 8 <= length <= 4096:
                yield from messages(data[start + 16 : start + 16 + length])


def messages(block):
    """The messages of a version 1 header's first block, or nothing if it is none."""
    found, position = [], 0
    while position + 8 <= len(block):
        kind, length, flags, *reserved = struct.unpack_from("<HHB3B", block, position)
        if kind >= MESSAGE_TYPES or any(reserved) or position + 8 + length > len(block):
            return []
        # Widths 8 and 8: what every fixture has.
        found.append(bytes([kind, flags, 0b1010]) + block[position + 8 : position + 8 + length])
        position += 8 + length
    return found


def program_seeds():
    return [random.Random(number).randbytes(64 + 8 * number) for number in range(120)]


def write(target, seeds):
    directory = HERE / "seeds" / target
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    distinct = sorted(set(seeds))
    for index, seed in enumerate(distinct):
        (directory / f"{index:04}").write_bytes(seed)
    print(f"{target}: {len(distinct)} seeds")


if __name__ == "__main__":
    write("filters", filter_seeds())
    write("object_header_messages", message_seeds())
    write("edit", program_seeds())
