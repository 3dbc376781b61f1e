"""Shows that the method of the crash tests finds lost data where there is a loss: libhdf5 itself, under the same workload.

A file of scans (a new group, three datasets and attributes each, then a flush) is written by h5py into a Python file object that
remembers each write. The file is then made anew as of every write, as a process that is killed there would leave it, and opened by h5py;
a scan that was flushed before and cannot be read is lost. Prints the counts; fails if nothing is lost, for then the method sees nothing.

Usage: libhdf5_loses.py [SCANS]
"""

import io
import sys

import h5py
import numpy as np


class Recorder(io.BytesIO):
    """A file in memory that remembers what was written, and how many flushes had returned by then."""

    def __init__(self):
        super().__init__()
        self.operations = []
        self.flushed = 0

    def write(self, data):
        self.operations.append((self.flushed, self.tell(), bytes(data)))
        return super().write(data)

    def truncate(self, size=None):
        size = self.tell() if size is None else size
        self.operations.append((self.flushed, size, None))
        return super().truncate(size)


def write_scans(record, scans):
    with h5py.File(record, "w") as file:
        raw = file.create_group("raw")
        raw.attrs["title"] = "scans"
        for number in range(scans):
            scan = raw.create_group(f"scan{number:03}")
            scan.attrs["title"] = f"scan number {number}"
            for index, name in enumerate(("axis", "data", "dark")):
                values = np.arange(10) + 10 * (3 * number + index)
                dataset = scan.create_dataset(name, data=values)
                dataset.attrs["units"] = "counts"
            file.flush()
            record.flushed = number + 1


def readable(image, number):
    """Is the scan of that number in the file, as it was written?"""
    try:
        with h5py.File(io.BytesIO(image), "r") as file:
            scan = file[f"raw/scan{number:03}"]
            if scan.attrs["title"] != f"scan number {number}":
                return False
            for index, name in enumerate(("axis", "data", "dark")):
                values = np.arange(10) + 10 * (3 * number + index)
                if scan[name].attrs["units"] != "counts" or not np.array_equal(scan[name][()], values):
                    return False
            return True
    except Exception:  # Whatever it is, the scan is not to be had.
        return False


def main():
    scans = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    record = Recorder()
    write_scans(record, scans)
    image = bytearray()
    states = losing = 0
    for flushed, offset, data in record.operations:
        if data is None:
            image = image[:offset].ljust(offset, b"\0")
        else:
            image = image.ljust(offset, b"\0")
            image[offset : offset + len(data)] = data
        if flushed == 0:
            continue
        states += 1
        losing += not all(readable(bytes(image), number) for number in range(flushed))
    share = 100 * losing / states
    print(f"libhdf5 {h5py.version.hdf5_version}: {losing} of {states} states ({share:.1f} %) have lost a flushed scan")
    sys.exit(0 if losing else "nothing was lost: the method sees nothing, or libhdf5 has changed")


main()
