"""Lets the C library judge files that random programs left (`H5_KEEP=DIR cargo test -p h5-testkit --test random_edits`).

For each file: `h5 digest` agrees with the oracle, which reads with the C library; `h5 check` finds nothing. Then h5py opens a copy and
goes on: a group, an attribute of every object, more elements in every dataset that can grow, one link less. Of the copy the same is
asked again.

Usage: check.py H5 ORACLE CONFORMANCE DIRECTORY [--count N] [--jobs N] [--keep DIRECTORY]

H5 is the program, ORACLE prints what a file holds as JSON, CONFORMANCE compares digests with such answers. Fails if anything differs.
"""

import argparse
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np


def grow(dataset):
    """Adds two elements along each dimension that has no bound, with zeros where numpy has the datatype."""
    if dataset.shape is None or None not in dataset.maxshape:
        return
    before = dataset.shape
    dataset.resize([size + 2 if most is None else size for size, most in zip(before, dataset.maxshape)])
    axis = dataset.maxshape.index(None)
    # Numpy shows bit fields and enumerations as numbers too, but the C library converts no numbers to them.
    if dataset.id.get_type().get_class() in (h5py.h5t.INTEGER, h5py.h5t.FLOAT):
        shape = list(dataset.shape)
        shape[axis] = 2
        place = tuple(slice(before[axis], None) if d == axis else slice(None) for d in range(len(shape)))
        dataset[place] = np.arange(np.prod(shape)).reshape(shape) % 100


def go_on(path):
    """Changes a file with h5py; returns what went wrong, if anything did."""
    try:
        with h5py.File(path, "r+") as file:
            objects = [file]
            file.visititems(lambda _, found: objects.append(found))
            for number, found in enumerate(objects):
                found.attrs["made later"] = np.arange(number % 7, dtype="i4")
                if isinstance(found, h5py.Dataset):
                    grow(found)
            names = list(file)
            file.create_group("made later").create_group("below")
            if names:
                del file[names[0]]
    except Exception as error:  # whatever h5py says is the finding
        return f"h5py cannot go on: {type(error).__name__}: {error}"
    return None


def examine(h5, oracle, corpus, name):
    """Has the oracle's answer stored for the comparison; returns what is wrong with a file."""
    path, answer = corpus / "files" / name, corpus / "oracle_out" / f"{name}.json"
    asked = subprocess.run([sys.executable, oracle, path], capture_output=True, check=False)
    answer.write_bytes(asked.stdout)
    if asked.returncode != 0 or b'"error"' in asked.stdout:
        return f"the C library finds an error: {asked.stdout[-2000:]} {asked.stderr[-300:]}"
    checked = subprocess.run([h5, "check", path], capture_output=True, check=False)
    if checked.returncode != 0:
        return f"h5 check: {checked.stdout.decode()} {checked.stderr.decode()}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("h5", "oracle", "conformance", "directory"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--count", type=int, help="take so many files only")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=pathlib.Path, help="leave files and answers here")
    arguments = parser.parse_args()
    h5 = arguments.h5.resolve()
    found = sorted(arguments.directory.glob("*.h5"))[: arguments.count]
    if not found:
        parser.error("no files")
    faults = []
    with tempfile.TemporaryDirectory() as scratch:
        corpus = arguments.keep or pathlib.Path(scratch)
        for part in ("files", "oracle_out"):
            (corpus / part).mkdir(parents=True, exist_ok=True)
        for file in found:
            for name in (file.name, f"later-{file.name}"):
                shutil.copy(file, corpus / "files" / name)
        later = [f"later-{file.name}" for file in found]
        with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
            outcomes = pool.map(go_on, [corpus / "files" / name for name in later], chunksize=10)
            faults += [f"{name}: {fault}" for name, fault in zip(later, outcomes) if fault]
        names = [file.name for file in found] + later
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            outcomes = pool.map(lambda name: examine(h5, arguments.oracle, corpus, name), names)
            faults += [f"{name}: {fault}" for name, fault in zip(names, outcomes) if fault]
        command = [sys.executable, arguments.conformance, "--corpus", corpus, "--jobs", str(arguments.jobs)]
        compared = subprocess.run([*command, "--", h5, "digest"], check=False)
    print("\n".join(faults))
    print(f"{len(found)} files, each twice: {len(faults)} faults besides what the comparison says")
    sys.exit(1 if faults or compared.returncode else 0)


if __name__ == "__main__":
    main()
