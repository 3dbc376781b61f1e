"""Other programs read back what `written_matrix` wrote: h5py, PyTables, netCDF4-python, pyfive and h5dump, each what it supports.

    python check.py DIRECTORY [--full]

Every dataset of the list is read by h5py and compared with values computed here, by the rules of
`crates/h5-testkit/examples/written_matrix/types.rs`.
"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import warnings

import h5py
import hdf5plugin  # noqa: F401  registers the filters
import numpy as np

ROWS, COLUMNS = 7, 5
COUNT = ROWS * COLUMNS


def small(i):
    return i * 37 % 101


def real(i):
    return (i - 12) * 0.75


def number(name, i):
    """The value of a number type called like i16le, or None."""
    match = re.fullmatch(r"([iuf])(\d+)(le|be)", name)
    if not match:
        return None
    kind, bits = match[1], int(match[2])
    return {"i": small(i) - 50, "u": 2 ** (bits - 1) + small(i), "f": real(i)}[kind]


RULES = {
    "bitfield8": lambda i: i * 5 % 256,
    "s6": lambda i: f"s{i}".encode(),
    "s6space": lambda i: f"s{i}".encode(),
    "vstr": lambda i: ("\u00b5" * (i % 5) + str(i)).encode(),
    "vascii": lambda i: b"" if i % 7 == 3 else f"v{i}".encode(),
    "bool": lambda i: i % 3 == 0,
    "enum": lambda i: (0, 1, 7)[i % 3],
    "opaque": lambda i: bytes([i, i * 2, 255 - i]),
    "vlen_i32": lambda i: [i * 10 + k for k in range(i % 4)],
    "compound": lambda i: (i, real(i), f"c{i % 10}".encode()),
    "compound_vlen": lambda i: (i, f"t{i}".encode()),
    "complex": lambda i: complex(real(i), -real(i)),
    "complex11": lambda i: complex(real(i), -real(i)),
    "array": lambda i: [real(i), real(i) + 0.5, real(i) + 1.0],
    "reference": lambda i: i % 2 == 0,
}


def expected(name):
    rule = RULES.get(name, lambda i: number(name, i))
    return [rule(i) for i in range(COUNT)]


def plain(value, file=None):
    """A value of numpy or h5py as Python's own."""
    if isinstance(value, (h5py.Reference, h5py.RegionReference)):
        return bool(value) and file[value].name == "/target"
    if isinstance(value, np.void):
        return value.tobytes() if value.dtype.names is None else tuple(plain(v, file) for v in value)
    if isinstance(value, np.ndarray):
        return [plain(v, file) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return value.encode() if isinstance(value, str) else value


def with_h5py(path, datasets):
    with h5py.File(path, "r") as file:
        for name, kind in datasets:
            dataset = file[name]
            got = [plain(v, file) for v in dataset[()].reshape((COUNT, *dataset[()].shape[2:]))]
            if kind == "s6space":
                got = [v.rstrip(b" ") for v in got]
            yield name, got == expected(kind), got
            rows = [plain(v, file) for v in dataset[3, :]]
            rows = [v.rstrip(b" ") for v in rows] if kind == "s6space" else rows
            yield f"{name} (one row)", rows == expected(kind)[3 * COLUMNS : 4 * COLUMNS], rows


def is_number(kind):
    return number(kind, 0) is not None


def with_pytables(path, datasets):
    import tables

    with tables.open_file(str(path), "r") as file:
        for name, kind in datasets:
            # PyTables has no half precision on every platform, no opaque, no references; it sees what it knows.
            if not (is_number(kind) or kind in ("s6", "complex")):
                continue
            node = file.get_node("/" + name)
            if type(node).__name__ == "UnImplemented":
                continue
            got = [plain(v) for v in node[:].reshape(COUNT)]
            yield name, got == expected(kind), got


def with_netcdf(path, datasets):
    import netCDF4

    with netCDF4.Dataset(path, "r") as file:
        file.set_auto_mask(False)
        for name, kind in datasets:
            if is_number(kind) and not kind.startswith("f16") and name in file.variables:
                got = [plain(v) for v in file.variables[name][:].reshape(COUNT)]
                yield name, got == expected(kind), got


def with_pyfive(path, datasets):
    import pyfive

    file = pyfive.File(str(path))
    for name, kind in datasets:
        if is_number(kind):
            got = [plain(v) for v in np.asarray(file[name][:]).reshape(COUNT)]
            yield name, got == expected(kind), got


def with_h5dump(path, datasets):
    """h5dump of Debian 12 (1.10.8): numbers of integer types, which it prints exactly."""
    for name, kind in datasets:
        if not re.fullmatch(r"[iu]\d+(le|be)", kind):
            continue
        done = subprocess.run(
            ["h5dump", "-y", "-w", "0", "-d", "/" + name, str(path)], capture_output=True, check=False, timeout=60
        )
        body = re.search(rb"DATA \{(.*?)\}", done.stdout, re.S)
        got = [int(v) for v in re.findall(rb"-?\d+", body[1])] if body else done.stderr.decode()[-300:]
        yield name, got == expected(kind), got


READERS = {
    "h5py": (with_h5py, lambda bounds, plugin: True),
    "pytables": (with_pytables, lambda bounds, plugin: not plugin and bounds != "v200"),
    "netcdf4": (with_netcdf, lambda bounds, plugin: not plugin and bounds != "v200"),
    "pyfive": (with_pyfive, lambda bounds, plugin: not plugin and bounds in ("earliest", "v18")),
    "h5dump": (with_h5dump, lambda bounds, plugin: not plugin and bounds != "v200"),
}


# What the readers besides h5py are asked for unless everything is to be read: starting each for each dataset takes minutes.
SHORT = {"i8le", "u16be", "i32le", "f32be", "f64le", "s6"}


def main(directory, full):
    warnings.simplefilter("ignore")
    directory = pathlib.Path(directory)
    os.chdir(directory)
    files = collections.defaultdict(list)
    for line in (directory / "list.tsv").read_text().splitlines():
        path, name, kind, plugin = line.split("\t")
        files[path].append((name, kind, plugin == "plugin"))
    right, wrong = collections.Counter(), []
    for path, datasets in sorted(files.items()):
        bounds = path.split("_")[0]
        for reader, (read, takes) in READERS.items():
            if reader == "h5dump" and not shutil.which("h5dump"):
                continue
            wanted = [(name, kind) for name, kind, plugin in datasets if takes(bounds, plugin)]
            if not full and reader != "h5py":
                wanted = [w for w in wanted if w[1] in SHORT]
            # h5py converts no opaque values with a tag; PyTables and netCDF come without some filters.
            if reader == "h5py":
                wanted = [w for w in wanted if w[1] != "opaque"]
            if reader == "pytables":
                wanted = [w for w in wanted if not w[0].endswith(("szip", "lzf"))]
            if reader == "netcdf4":
                wanted = [w for w in wanted if not w[0].endswith(("szip", "lzf", "scaleoffset", "nbit"))]
            # pyfive knows no szip, n-bit, scale-offset, lzf.
            if reader == "pyfive":
                wanted = [w for w in wanted if not w[0].endswith(("szip", "nbit", "scaleoffset", "lzf", "external"))]
            if reader == "h5dump":
                wanted = [w for w in wanted if not w[0].endswith("lzf")]
            try:
                for name, equal, got in read(path, wanted):
                    if equal:
                        right[reader] += 1
                    else:
                        wrong.append(f"{reader} {path} {name}: {str(got)[:200]}")
            except Exception as error:  # a reader's failure is a finding, not the end
                wrong.append(f"{reader} {path}: {type(error).__name__}: {str(error)[:300]}")
    if not shutil.which("h5dump"):
        print("h5dump is not on this machine: not asked")
    for line in wrong[:60]:
        print(line)
    print(f"{sum(map(len, files.values()))} datasets; read equal:", dict(right), "wrong:", len(wrong))
    return 1 if wrong or not right["h5py"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--full" in sys.argv))
