"""Kills libhdf5 writers, and compares what `h5 recover` saves of what they leave with what an expert could save.

Usage: recovery.py H5 COUNT [SEED]

A third of the files each is written with h5py's defaults, with `libver="latest"` and in SWMR mode. Half of those that are not SWMR are killed
at a write of the file that is chosen by lot, in the middle of a flush as a rule, and the others at a moment. What an expert could save is
said in `expert.py`. Exits with 1 if anything of that is missing in the copy, or wrong.
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

import expert

CASES = [("default", "append"), ("latest", "append"), ("swmr", "append"), ("default", "scan"), ("latest", "scan"), ("swmr", "append")]
WRITER = pathlib.Path(__file__).with_name("killed_libhdf5.py")
FEWEST_WRITES, MOST_WRITES = 60, 1200
LONGEST_SECONDS = 0.4


def kill_one(path, mode, workload, at_write, rng):
    """Has a writer killed; returns how many rows or scans were flushed."""
    writes = rng.randint(FEWEST_WRITES, MOST_WRITES) if at_write else 0
    command = [sys.executable, WRITER, path, mode, workload, str(writes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if not at_write:
            assert process.stdout.readline() == b"0\n"
            time.sleep(rng.random() * LONGEST_SECONDS)
            process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split(b"\n")
    assert process.returncode == -signal.SIGKILL, process.returncode
    told = [int(line) for line in lines[:-1]]
    return told[-1] if told else 0


def saved(path, workload, flushed):
    """What a copy has, wherever it has it; fails if anything in it is neither what was written nor a fill value."""
    found = set()
    with h5py.File(path, "r") as file:
        def look(name, item):
            if not isinstance(item, h5py.Dataset):
                return
            last = name.rsplit("/", 1)[-1]
            if workload == "append":
                rows = item[...].reshape(len(item), -1 if item.size else 1)
                for row, values in enumerate(rows):
                    assert all(value in (0, row + 1) for value in np.unique(values)), f"{name}, row {row}: {values}"
                found.update((last, row) for row in expert.rows_read(item) if row < flushed)
            elif last.startswith("ch"):
                value = item[...]
                assert value.shape == (expert.POINTS,) and len(np.unique(value)) == 1, f"{name}: {value}"
                # Zeros: the data of a scan that was not flushed.
                if 1 <= value[0] <= flushed:
                    found.add((int(value[0]) - 1, int(last[2:])))

        file.visititems(look)
    return found


def judge(h5, path, workload, flushed, directory):
    """What could be read of a file as it is, what an expert could save, and what was saved."""
    data = path.read_bytes()
    as_it_is = expert.readable(path, workload, flushed)
    mended = directory / "mended.h5"
    mended.write_bytes(expert.mend(data))
    by_hand = expert.readable(mended, workload, flushed)
    mended.unlink()
    possible = by_hand | expert.in_bytes(data, workload, flushed)
    out = directory / "saved.h5"
    ran = subprocess.run([h5, "recover", "--json", "--force", path, out], stdout=subprocess.PIPE, check=False)
    assert ran.returncode in (0, 1), f"h5 recover ended with {ran.returncode}"
    assert path.read_bytes() == data, "the damaged file was changed"
    report = json.loads(ran.stdout)
    got = saved(out, workload, flushed)
    named = [found["named"] for found in report["found"]]
    return as_it_is, by_hand, possible, got, named


def main():
    h5, count = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    figures = collections.defaultdict(collections.Counter)
    failures = []
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        for number in range(count):
            mode, workload = CASES[number % len(CASES)]
            at_write = mode != "swmr" and number // len(CASES) % 2 == 0
            path = directory / f"{number}.h5"
            flushed = kill_one(path, mode, workload, at_write, rng)
            case = f"{mode} {workload}, killed {'at a write' if at_write else 'at a moment'}"
            try:
                as_it_is, by_hand, possible, got, named = judge(h5, path, workload, flushed, directory)
            except Exception as error:  # whatever goes wrong with one file, the others are looked at too
                failures.append(f"file {number} ({case}), {flushed} flushed: {error!r}")
                continue
            missing = sorted(possible - got)
            if missing:
                failures.append(f"file {number} ({case}), {flushed} flushed: {len(missing)} missing, {missing[:4]}")
            figures[case].update({
                "files": 1, "flushed": flushed * 3, "read_as_it_is": len(as_it_is), "read_by_hand": len(by_hand),
                "expert": len(possible), "saved": len(got), "saved_beyond_expert": len(got - possible),
                "files_whole": len(got) == flushed * 3, "found": len(named), "found_with_name": sum(named),
            })
            path.unlink()
    print(json.dumps(figures, indent=1, sort_keys=True))
    print(f"{len(failures)} of {count} files lack something")
    for failure in failures[:20]:
        print(failure)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
