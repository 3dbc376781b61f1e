"""`h5 get --format npy` gives numpy the arrays that h5py reads. Run by `cargo xtask interop`, which sets H5_PROGRAM."""

import io
import os
import pathlib
import subprocess
import unittest

import h5py
import numpy as np

PROGRAM = os.environ["H5_PROGRAM"]
FIXTURE = pathlib.Path(__file__).parent.parent / "fixtures/cli/plain.h5"
# References and variable-length data have no form in a .npy file; null dataspaces have no array.
WITHOUT = {"/kinds/text", "/kinds/ragged", "/kinds/object", "/kinds/null"}
SLICES = {"0": np.s_[0], "1,::-1": np.s_[1, ::-1], "...,1:3": np.s_[..., 1:3], ":,-1,::2": np.s_[:, -1, ::2],
          "::-1,::-1,::-2": np.s_[::-1, ::-1, ::-2]}


def fetch(place):
    done = subprocess.run([PROGRAM, "get", place, "--format", "npy"], capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout


class NpyTest(unittest.TestCase):
    """Every dataset of the fixture, whole and in part."""

    def check(self, place, want):
        code, written = fetch(place)
        self.assertEqual(code, 0, place)
        got = np.load(io.BytesIO(written), allow_pickle=False)
        self.assertEqual(got.shape, want.shape, place)
        self.assertEqual(got.dtype, want.dtype, place)
        self.assertEqual(got.tobytes(), np.ascontiguousarray(want).tobytes(), place)

    def test_whole_datasets(self):
        with h5py.File(FIXTURE) as file:
            names = []
            file.visititems(lambda name, item: names.append("/" + name) if isinstance(item, h5py.Dataset) else None)
            self.assertGreater(len(names), 15)
            for name in names:
                if name in WITHOUT:
                    self.assertEqual(fetch(f"{FIXTURE}::{name}"), (2, b""), name)
                else:
                    self.check(f"{FIXTURE}::{name}", np.asarray(file[name][()]))

    def test_slices(self):
        with h5py.File(FIXTURE) as file:
            cube = file["/entry/cube"][()]
        for text, index in SLICES.items():
            self.check(f"{FIXTURE}::/entry/cube[{text}]", cube[index])


if __name__ == "__main__":
    unittest.main()
