"""Writes a file with libhdf5 until it is killed: see `recovery.py`.

Usage: killed_libhdf5.py FILE MODE WORKLOAD WRITES

MODE is `default`, `latest` or `swmr`. With WRITES above zero the process kills itself at that write of the file, which then does not
happen; with 0 it goes on until somebody kills it. `append` adds row `i` (`i + 1` all over) to three datasets, `scan` makes a group of three
datasets with attributes; both flush, and then write a line with what is flushed to standard output.
"""

import os
import signal
import sys

import h5py
import numpy as np

WIDTH = 64
CHANNELS = 3
POINTS = 100


class Storage:
    """A file for h5py's driver `fileobj` that kills its process at one of its writes."""

    def __init__(self, path, writes):
        self.file = open(path, "w+b", buffering=0)
        self.left = writes

    def write(self, data):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)


def tell(flushed):
    os.write(1, b"%d\n" % flushed)


def append(file, mode):
    datasets = [
        file.create_dataset("d", (0, WIDTH), "f8", maxshape=(None, WIDTH), chunks=(16, WIDTH)),
        file.create_dataset("t", (0,), "f8", maxshape=(None,), chunks=(64,)),
        file.create_dataset("z", (0, WIDTH), "f8", maxshape=(None, None), chunks=(4, 32), compression="gzip"),
    ]
    file.flush()
    tell(0)
    if mode == "swmr":
        file.swmr_mode = True
    row = 0
    while True:
        for dataset in datasets:
            dataset.resize(row + 1, 0)
            dataset[row] = row + 1
        if mode == "swmr":
            for dataset in datasets:
                dataset.flush()
        else:
            file.flush()
        row += 1
        tell(row)


def scan(file):
    tell(0)
    number = 0
    while True:
        group = file.create_group(f"scan{number:05}")
        group.attrs["title"] = f"scan {number}"
        for channel in range(CHANNELS):
            data = group.create_dataset(f"ch{channel}", data=np.full(POINTS, number + 1.0))
            data.attrs["units"] = "V"
        group.attrs["done"] = number + 1
        file.flush()
        number += 1
        tell(number)


def main():
    path, mode, workload, writes = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    options = {} if mode == "default" else {"libver": "latest"}
    file = h5py.File(Storage(path, writes) if writes else path, "w", **options)
    if workload == "append":
        append(file, mode)
    else:
        scan(file)


if __name__ == "__main__":
    main()
