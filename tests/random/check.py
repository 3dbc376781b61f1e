"""Lets the C library judge files that random programs left (`H5_KEEP=DIR cargo test -p h5-testkit --test random_edits`).

For each file: `h5 digest` agrees with the oracle, which reads with the C library; `h5 check` finds nothing. Then h5py opens a copy and
goes on: a group, an attribute of every object, more elements in every dataset that can grow, one link less. Of the copy the same is
asked again. Where a file comes of another (`DIR/originals`), that one is asked first: what is wrong with it already is not held against
the file.

Usage: check.py H5 DIRECTORY [--corpus CORPUS] [--count N] [--jobs N] [--keep DIRECTORY]

H5 is the program. In CORPUS, `oracle.py` tells as JSON what a file holds, and `conformance.py` compares digests with such answers; without,
h5py only has to be able to read everything. Fails if anything differs.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback


def load_oracle(path):
    """The oracle is a module, so that one process reads many files; it comes first, since it sets up the C library."""
    specification = importlib.util.spec_from_file_location("oracle", path)
    oracle = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(oracle)
    return oracle


def isolated(function, *arguments):
    """What a function returns, run in a process of its own: the C library may crash, and keeps what it has opened."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            answer = function(*arguments)
        except BaseException:  # whatever it is, is the finding
            answer = {"died": traceback.format_exc(limit=-3)}
        with os.fdopen(writer, "wb") as stream:
            stream.write(json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    _, status = os.waitpid(child, 0)
    return json.loads(answer) if answer else {"died": f"ended with status {status}"}


def read_all(path):
    """Reads every dataset and attribute in bulk, as they are stored: numpy has no part in it."""
    import h5py

    at = "opening"
    try:
        with h5py.File(path, "r") as file:
            for thing in objects_of(file):
                at = f"object {h5py.h5i.get_name(thing)}"
                for number in range(h5py.h5a.get_num_attrs(thing)):
                    h5py.h5a.open(thing, index=number).get_type()
                # h5py has no conversion for opaque values with a tag: those are left to the oracle.
                if isinstance(thing, h5py.h5d.DatasetID) and thing.get_type().get_class() != h5py.h5t.OPAQUE:
                    with contextlib.suppress(TypeError):  # a datatype that numpy has not
                        h5py.Dataset(thing)[()]
    except Exception as error:
        if not any(reason in str(error) for reason in NOT_OURS):
            return {"fault": f"h5py cannot read: {at}: {type(error).__name__}: {error}"}
    return {}


def ask_oracle(path):
    oracle = ORACLE.Oracle(os.fspath(path))
    try:
        return {"answer": {"oracle": 1, "libhdf5": ORACLE.LIBVER} | oracle.run()}
    except ORACLE.HErr as error:
        return {"answer": {"error": str(error), "objects": oracle.objs, "links": oracle.links}}


def grow(dataset):
    """Adds two elements along each dimension that has no bound, with numbers where the C library converts them."""
    import h5py
    import numpy as np

    if dataset.shape is None or None not in dataset.maxshape or dataset.chunks is None:
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


def objects_of(file):
    """The objects that hard links lead to, each once. Types that h5py cannot show are as good as others."""
    import h5py

    found, seen, pending = [], set(), [file.id]
    while pending:
        thing = pending.pop()
        info = h5py.h5o.get_info(thing)
        if info.addr in seen:
            continue
        seen.add(info.addr)
        found.append(thing)
        if isinstance(thing, (h5py.h5g.GroupID, h5py.h5f.FileID)):
            links = thing.links if isinstance(thing, h5py.h5g.GroupID) else h5py.h5g.open(thing, b"/").links
            names = []
            links.visit(lambda name: names.append(name) if b"/" not in name else None)
            group = thing if isinstance(thing, h5py.h5g.GroupID) else h5py.h5g.open(thing, b"/")
            for name in names:
                if links.get_info(name).type == h5py.h5l.TYPE_HARD:
                    pending.append(h5py.h5o.open(group, name))
    return found


def go_on(path):
    """Changes a file with h5py; returns what went wrong, if anything did."""
    import h5py
    import numpy as np

    at = "opening"
    try:
        with h5py.File(path, "r+") as file:
            for number, thing in enumerate(objects_of(file)):
                at = f"object {h5py.h5i.get_name(thing)}"
                attributes = h5py.AttributeManager(AsParent(thing))
                attributes["made later"] = np.arange(number % 7, dtype="i4")
                if isinstance(thing, h5py.h5d.DatasetID):
                    grow(h5py.Dataset(thing))
            at = "the root group"
            names = list(file)
            file.create_group("made later").create_group("below")
            if names:
                del file[names[0]]
            at = "closing"
    except Exception as error:  # whatever h5py says is the finding
        return {"fault": f"h5py cannot go on: {at}: {type(error).__name__}: {error}"}
    return {}


class AsParent:
    """What h5py's attributes want of an object: its identifier."""

    def __init__(self, thing):
        self.id = thing


def check(h5, path):
    """What is wrong with a file as `h5 check` sees it."""
    checked = subprocess.run([h5, "check", path], capture_output=True, check=False)
    return None if checked.returncode == 0 else f"h5 check: {checked.stdout.decode()} {checked.stderr.decode()}"


# The C library reads its own files so too: a variable-length fill value that no chunk replaces is converted as if it were written.
NOT_OURS = ["no write intent on file"]


def unlimited(answer):
    """The C library takes 4 bytes that say unlimited for a number; see spec-notes/differences.md."""
    if answer.get("sizeof_size") == 4:
        for found in answer["objects"].values():
            if found.get("maxshape"):
                found["maxshape"] = [-1 if size == 0xFFFFFFFF else size for size in found["maxshape"]]


def examine(h5, corpus, name):
    """Has the oracle's answer stored for the comparison; returns what is wrong with a file."""
    path, answer = corpus / "files" / name, corpus / "oracle_out" / f"{name}.json"
    if name.startswith("later-"):
        fault = isolated(go_on, path)
        if fault:
            return fault.get("fault") or f"h5py cannot go on: {fault['died']}"
    if ORACLE is None:
        read = isolated(read_all, path)
        return read.get("fault") or read.get("died") or check(h5, path)
    asked = isolated(ask_oracle, path)
    if "died" in asked:
        return f"the oracle died: {asked['died']}"
    unlimited(asked["answer"])
    text = json.dumps(asked["answer"])
    answer.write_text(text)
    for error in re.findall(r'"(?:error|\w+_error)": "[^"]*"', text):
        if not any(reason in error for reason in NOT_OURS):
            return f"the C library finds an error: {error[:400]}"
    return check(h5, path)


def original_of(name):
    """The name of the file that one comes of; it has none if it was made anew."""
    stem = name.removeprefix("later-").rsplit("--", 1)[0]
    return ("later-" if name.startswith("later-") else "") + f"original-{stem}.h5"


def lay_out(arguments, corpus):
    """Puts everything where it is examined; returns the names of files and of originals."""
    for part in ("files", "oracle_out"):
        (corpus / part).mkdir(parents=True, exist_ok=True)
    found = sorted(arguments.directory.glob("*.h5"))[: arguments.count]
    originals = {original_of(file.name).removeprefix("original-") for file in found}
    originals = [file for file in (arguments.directory / "originals").glob("*.h5") if file.name in originals]
    names, firsts = [], []
    for prefix, files, into in (("", found, names), ("original-", originals, firsts)):
        for file in files:
            for name in (f"{prefix}{file.name}", f"later-{prefix}{file.name}"):
                shutil.copy(file, corpus / "files" / name)
                into.append(name)
    return names, firsts


def same_digests(arguments, h5, corpus, names):
    """Whether `h5 digest` says of each file what the oracle said."""
    compared = corpus / "compared.txt"
    compared.write_text("".join(f"{name}\n" for name in names))
    command = [sys.executable, arguments.corpus / "conformance.py", "--corpus", corpus, "--list", compared]
    command += ["--jobs", str(arguments.jobs), "--", h5, "digest"]
    return subprocess.run(command, check=False).returncode == 0


def main():
    global ORACLE
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("h5", "directory"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path, help="where oracle.py and conformance.py are")
    parser.add_argument("--count", type=int, help="take so many files only")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=pathlib.Path, help="leave files and answers here")
    arguments = parser.parse_args()
    h5 = arguments.h5.resolve()
    ORACLE = load_oracle(arguments.corpus / "oracle.py") if arguments.corpus else None
    import h5py  # once, for all processes made from here  # noqa: F401

    with tempfile.TemporaryDirectory() as scratch:
        corpus = arguments.keep or pathlib.Path(scratch)
        names, originals = lay_out(arguments, corpus)
        if not names:
            parser.error("no files")
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            faults = dict(zip(originals, pool.map(lambda name: examine(h5, corpus, name), originals)))
            excused = {name for name, fault in faults.items() if fault}
            for name in sorted(excused):
                print(f"the original itself, {name}: {faults[name]}")
            judged = [name for name in names if original_of(name) not in excused]
            faults = {
                name: fault
                for name, fault in zip(judged, pool.map(lambda name: examine(h5, corpus, name), judged))
                if fault
            }
        sound = [name for name in judged if name not in faults]
        equal = arguments.corpus is None or same_digests(arguments, h5, corpus, sound)
    print("\n".join(f"{name}: {fault}" for name, fault in faults.items()))
    kinds = collections.Counter("changed by h5py" if name.startswith("later-") else "as left" for name in judged)
    print(f"{dict(kinds)} judged, {len(names) - len(judged)} not, for their originals: {len(faults)} faults")
    sys.exit(1 if faults or not equal else 0)


if __name__ == "__main__":
    main()
