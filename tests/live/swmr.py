"""Reads what `live` (crates/h5-testkit/examples/live.rs) writes in SWMR mode, with h5py, and the other way round.

Usage: swmr.py LIVE ROWS RATE

Both ways run at the same time. Prints, for each, how many rows were seen and how late; exits with 1 if one was missed, wrong, out of
order, if anything failed on the way, or if more rows than one in a thousand (a busy machine's share) were seen later than
100 ms after they were written, which is a little before they were flushed.
"""

import json
import multiprocessing
import pathlib
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

WIDTH = 64
ROWS_A_COLUMN = 500
LATE_SECONDS = 0.1
LARGEST_LATE_PART = 0.001
NAMES = ["count", "spectra", "table", "time"]


def columns(row):
    return 1 + row // ROWS_A_COLUMN


def write(path, rows, rate, ready):
    """The part of `live write`, by libhdf5."""
    with h5py.File(path, "w", libver="latest") as file:
        count = file.create_dataset("count", (0,), "<i8", maxshape=(None,), chunks=(256,))
        spectra = file.create_dataset(
            "spectra", (0, WIDTH), "<f8", maxshape=(None, WIDTH), chunks=(32, WIDTH), shuffle=True,
            compression="gzip", compression_opts=4)
        table = file.create_dataset(
            "table", (0, 1), "<i4", maxshape=(None, None), chunks=(64, 8), fillvalue=-1)
        times = file.create_dataset("time", (0,), "<f8", maxshape=(None,), chunks=(512,))
        file.swmr_mode = True
        ready.set()
        begin = time.monotonic()
        for row in range(rows):
            count.resize((row + 1,))
            count[row] = row
            spectra.resize((row + 1, WIDTH))
            spectra[row] = np.arange(row * WIDTH, (row + 1) * WIDTH)
            table.resize((row + 1, columns(row)))
            table[row, :] = row
            times.resize((row + 1,))
            times[row] = time.time()
            for dataset in (count, spectra, table, times):
                dataset.flush()
            time.sleep(max(0.0, (row + 1) / rate - (time.monotonic() - begin)))


def read(path, rows):
    """The part of `live read`, by libhdf5."""
    while True:
        try:
            file = h5py.File(path, "r", libver="latest", swmr=True)
            break
        except OSError:
            time.sleep(0.02)  # the writer has not come to SWMR mode yet
    datasets = [file[name] for name in NAMES]
    seen, looks, late, too_late = 0, 0, [], 0
    while seen < rows:
        for dataset in datasets:
            dataset.refresh()
        to = min(dataset.shape[0] for dataset in datasets)
        if to > seen:
            now = time.time()
            count, spectra, table, times = (dataset[seen:to] for dataset in datasets)
            assert np.array_equal(count, np.arange(seen, to)), (seen, to, count)
            expected = np.arange(seen * WIDTH, to * WIDTH).reshape(-1, WIDTH)
            assert np.array_equal(spectra, expected), (seen, to)
            assert np.array_equal(table[:, 0], np.arange(seen, to)), (seen, to, table)
            assert np.all(table[-1, : columns(to - 1)] == to - 1), (seen, to, table)
            late.append(float(np.max(now - times)))
            too_late += int(np.sum(now - times > LATE_SECONDS))
            seen = to
        looks += 1
        time.sleep(0.005)
    file.close()
    late = np.array(late) * 1e3
    return {"rows": seen, "looks": looks, "too_late": too_late,
            "late_ms": {"median": float(np.median(late)), "p99": float(np.percentile(late, 99)),
                        "max": float(late.max())}}


def check_afterwards(path, rows):
    """The closed file, opened plainly."""
    with h5py.File(path, "r") as file:
        assert all(file[name].shape[0] == rows for name in NAMES)
        assert np.array_equal(file["count"], np.arange(rows))


def ours_writes(live, directory, rows, rate):
    path = directory / "ours.h5"
    with subprocess.Popen([live, "write", path, str(rows), str(rate)]) as writer:
        while not path.exists():
            time.sleep(0.01)
        seen = read(path, rows)
    assert writer.returncode == 0, "the writer failed"
    check_afterwards(path, rows)
    return seen


def ours_reads(live, directory, rows, rate):
    path = directory / "theirs.h5"
    ready = multiprocessing.Event()
    writer = multiprocessing.Process(target=write, args=(path, rows, rate, ready))
    writer.start()
    ready.wait()
    reader = subprocess.run([live, "read", path, str(rows)], stdout=subprocess.PIPE, check=False)
    writer.join()
    assert reader.returncode == 0 and writer.exitcode == 0, "reader or writer failed"
    return json.loads(reader.stdout)


def follow(way, *arguments):
    """One way, in a process of its own; tells what was seen."""
    begin = time.monotonic()
    seen = way(*arguments)
    print(f"{way.__name__}: {json.dumps(seen)}, {time.monotonic() - begin:.1f} s", flush=True)
    late = seen["too_late"]
    assert late <= seen["rows"] * LARGEST_LATE_PART, f"{late} rows were seen late"


def main():
    live, rows, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    with tempfile.TemporaryDirectory() as directory:
        arguments = (live, pathlib.Path(directory), rows, rate)
        ways = [multiprocessing.Process(target=follow, args=(way, *arguments)) for way in (ours_writes, ours_reads)]
        for way in ways:
            way.start()
        for way in ways:
            way.join()
    sys.exit(any(way.exitcode != 0 for way in ways))


if __name__ == "__main__":
    main()
