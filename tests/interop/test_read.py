"""`h5` reads what h5py, PyTables and netCDF4 write: one test a file, each compared with what the C library says of it.

Run by `cargo xtask interop`, which sets H5_PROGRAM to the release build.
"""

import io
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

import make_files
from expected import describe_file

PROGRAM = os.environ["H5_PROGRAM"]
TIMEOUT_SECONDS = 60
# Files whose datasets are also fetched as arrays: every number type, every chunk index.
FETCHED = ("type_le_", "type_be_", "type_bool_", "chunks_")


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode != 0:
        raise AssertionError(f"h5 {' '.join(map(str, arguments))}: exit {done.returncode}, {done.stderr.decode()}")
    return done.stdout


def differences(want, got, where=""):
    """Where `got` does not say what `want` says. Further fields of `got` are its own business."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key, value in want.items():
            if key in got:
                yield from differences(value, got[key], f"{where} {key}")
            elif value is not None:
                yield f"{where} {key}: missing"
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for index, (one, other) in enumerate(zip(want, got)):
            yield from differences(one, other, f"{where}[{index}]")
    elif want != got:
        yield f"{where}: {got!r}, expected {want!r}"


def surplus(want, got):
    """Objects, links and attributes that are not in the file."""
    for group in ("objects", "links"):
        yield from (f"{group} {name}: not in the file" for name in got[group].keys() - want[group].keys())
    for name, record in want["objects"].items():
        attributes = got["objects"].get(name, {}).get("attrs", {})
        yield from (f"{name} attribute {a}: not in the file" for a in attributes.keys() - record.get("attrs", {}).keys())


class ReadTest(unittest.TestCase):
    """Its methods are made below, one for each file."""

    maxDiff = None

    def check_file(self, write):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "file.h5"
            write(path)
            want = json.loads(json.dumps(describe_file(path)))
            got = json.loads(run("digest", "--access", "allow", path))
            faults = list(differences(want, got)) + list(surplus(want, got))
            self.assertEqual(faults, [])

    def check_arrays(self, write):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "file.h5"
            write(path)
            with h5py.File(path) as file:
                for name, dataset in file.items():
                    got = np.load(io.BytesIO(run("get", f"{path}::/{name}", "--format", "npy")))
                    self.assertEqual(got.dtype.newbyteorder("<"), dataset.dtype.newbyteorder("<"), name)
                    self.assertTrue(np.array_equal(got, dataset[()], equal_nan=got.dtype.kind in "fc"), name)


def add_tests():
    for module in make_files.MODULES:
        for name, write in module.cases():
            setattr(ReadTest, f"test_{name}", lambda self, write=write: self.check_file(write))
            if name.startswith(FETCHED):
                setattr(ReadTest, f"test_{name}_arrays", lambda self, write=write: self.check_arrays(write))


add_tests()

if __name__ == "__main__":
    unittest.main()
