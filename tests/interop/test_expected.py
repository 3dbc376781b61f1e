"""The other side of the comparison: what `expected` says of values that are known by hand."""

import hashlib
import pathlib
import tempfile
import unittest

import h5py
import numpy as np

from expected import describe_file


def digest(encoded, count):
    return {"mode": "full", "n": count, "bytes": len(encoded), "sha256": hashlib.sha256(encoded).hexdigest()}


class ExpectedTest(unittest.TestCase):
    def describe(self, write):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "file.h5"
            with h5py.File(path, "w") as file:
                write(file)
            return describe_file(path)

    def data_of(self, values, dtype=None):
        described = self.describe(lambda file: file.create_dataset("x", data=values, dtype=dtype))
        return described["objects"]["/x"]["data"]

    def test_numbers_are_little_endian(self):
        self.assertEqual(self.data_of(np.array([1, -2], ">i2")), digest(b"\1\0\xfe\xff", 2))

    def test_strings_carry_their_length_and_no_padding(self):
        fixed = self.data_of(np.array([b"ab", b""], "S4"))
        self.assertEqual(fixed, digest(b"\2\0\0\0\0\0\0\0ab" + bytes(8), 2))
        self.assertEqual(self.data_of(["ab", ""], h5py.string_dtype()), fixed)

    def test_compounds_have_no_padding(self):
        record = np.zeros(1, np.dtype([("a", "u1"), ("b", ">u4")], align=True))
        record["a"], record["b"] = 1, 2
        self.assertEqual(self.data_of(record), digest(b"\1\2\0\0\0", 1))

    def test_sequences_carry_their_count(self):
        rows = np.empty(2, object)
        rows[:] = [np.array([7], "i2"), np.array([], "i2")]
        self.assertEqual(self.data_of(rows, h5py.vlen_dtype("<i2")), digest(b"\1" + bytes(7) + b"\7\0" + bytes(8), 2))

    def test_links_name_the_first_path(self):
        def write(file):
            file["b"] = 1
            file["a"] = file["b"]
            file["s"] = h5py.SoftLink("/b")

        described = self.describe(write)
        self.assertEqual(sorted(described["objects"]), ["/", "/a"])
        self.assertEqual(described["links"]["/b"], {"kind": "hard", "target": "/a"})
        self.assertEqual(described["links"]["/s"], {"kind": "soft", "target": "/b"})

    def test_null_and_empty_are_told_apart(self):
        def write(file):
            file["null"] = h5py.Empty("<i4")
            file["empty"] = np.zeros((0, 3))

        objects = self.describe(write)["objects"]
        self.assertEqual((objects["/null"]["shape"], objects["/empty"]["shape"]), (None, [0, 3]))
        self.assertEqual(objects["/null"]["data"], digest(b"", 0))


if __name__ == "__main__":
    unittest.main()
