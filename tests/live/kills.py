"""Kills writers of ours at random moments, and opens what they leave with h5py.

Usage: kills.py WRITER H5 COUNT [SEED]

WRITER is `killed` (crates/h5-testkit/examples/killed.rs), H5 the program. Every file must open plainly in h5py, those that were written in
SWMR mode after `h5 recover --in-place` and, with `swmr=True`, as they are; every row and every scan that was flushed must be there, and
whatever else is there must be readable. Exits with 1 if that is ever not so.
"""

import collections
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

NOTHING = "nothing yet"
WORKLOADS = [("append", "default"), ("append", "earliest"), ("scan", "default"), ("scan", "earliest"), ("swmr", "v110")]
# Moments from the first flush on, or, one time in ten, from the start of the process.
LONGEST_SECONDS = 0.3
LONGEST_START_SECONDS = 0.03
ROWS = ["d", "t", "z"]


def kill_one(writer, workload, bounds, path, rng):
    """Starts a writer and kills it; returns how many changes were flushed, `None` if it did not come to the first flush."""
    from_start = rng.random() < 0.1
    with subprocess.Popen([writer, workload, bounds, path], stdout=subprocess.PIPE) as process:
        if not from_start:
            assert process.stdout.readline() == b"0\n"
        time.sleep(rng.random() * (LONGEST_START_SECONDS if from_start else LONGEST_SECONDS))
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split(b"\n")
    # A line may be cut short.
    told = [int(line) for line in lines[:-1]]
    assert process.returncode == -signal.SIGKILL, f"the writer ended by itself: {process.returncode}"
    return told[-1] if told else (None if from_start else 0)


def check_rows(file, flushed):
    """All flushed rows are there with their values, and at most the row that was being written beside them."""
    for name in ROWS:
        rows = file[name][...]
        rows = rows.reshape(len(rows), -1 if rows.size else 1)
        assert flushed <= len(rows) <= flushed + 1, f"{name}: {len(rows)} rows, {flushed} were flushed"
        expected = np.arange(1, flushed + 1.0)[:, None]
        assert (rows[:flushed] == expected).all(), f"{name}: wrong rows"
    return flushed * len(ROWS)


def check_scans(file, flushed):
    """All flushed scans are whole; whatever there is of another one is readable."""
    names = list(file)
    assert flushed <= len(names) <= flushed + 1, f"{len(names)} scans, {flushed} were flushed"
    for index in range(flushed):
        group = file[f"scan{index:05}"]
        assert group.attrs["done"] == index + 1 and group.attrs["title"] == f"scan {index}"
        for channel in range(3):
            data = group[f"ch{channel}"]
            assert data.attrs["units"] == "V" and (data[...] == index + 1).all() and data.shape == (100,)
    for name in names[flushed:]:
        file[name].visititems(lambda _, found: found[...] if isinstance(found, h5py.Dataset) else None)
    return flushed


def check(workload, path, flushed, **how):
    with h5py.File(path, "r", **how) as file:
        if flushed is None:
            # What the writer had not come to make may be missing; what is there has to be readable.
            file.visititems(lambda _, found: found[...] if isinstance(found, h5py.Dataset) else None)
            return 0
        return check_scans(file, flushed) if workload == "scan" else check_rows(file, flushed)


def judge(workload, path, flushed, h5):
    if not path.exists() or (flushed is None and path.stat().st_size == 0):
        assert flushed is None, "the file is not there"
        return 0, NOTHING
    if workload != "swmr":
        return check(workload, path, flushed), "plainly"
    kept = 0
    marked = True
    try:
        h5py.File(path, "r").close()
        # Not in SWMR mode yet.
        assert flushed is None, "a plain open ought to be refused"
        marked = False
    except OSError as error:
        assert "already open" in str(error), error
    if marked:
        kept = check(workload, path, flushed, libver="latest", swmr=True)
    subprocess.run([h5, "recover", "--in-place", "--json", path], stdout=subprocess.PIPE, check=True)
    assert check(workload, path, flushed) == kept
    return kept, "swmr=True, and plainly after h5 recover"


def main():
    writer, h5, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    outcomes, kept, failures = collections.Counter(), collections.Counter(), []
    with tempfile.TemporaryDirectory() as directory:
        number = 0
        while number < count:
            workload, bounds = WORKLOADS[number % len(WORKLOADS)]
            path = pathlib.Path(directory) / f"{number}.h5"
            flushed = kill_one(writer, workload, bounds, path, rng)
            try:
                items, how = judge(workload, path, flushed, h5)
            except Exception as error:  # whatever goes wrong with one file, the others are looked at too
                failures.append(f"kill {number} of {workload} ({bounds}), {flushed} flushed: {error}")
                number += 1
                continue
            outcomes[f"{workload} {bounds}: {how}"] += 1
            kept[f"{workload} {bounds}"] += items
            path.unlink(missing_ok=True)
            # A writer that had not made its file yet shows nothing: another one is killed in its place.
            number += how != NOTHING
    print(json.dumps({"opened": outcomes, "flushed_and_found": kept, "failures": len(failures)}, indent=1))
    for failure in failures[:20]:
        print(failure)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
