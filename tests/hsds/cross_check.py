#!/usr/bin/env python3
"""What h5pyd writes, `h5` reads equal, and the other way about: 60 objects of every kind that the service has.

    python cross_check.py ENDPOINT DIRECTORY_OF_H5

Both write the same objects: h5pyd to one domain, h5py to a file that `h5 cp` brings to another. Then `h5 cp` brings the first domain to a
file that h5py reads, and h5pyd reads the second. What h5pyd itself loses is not asked of it; it is listed here:

- a null dataspace (it makes a scalar of it), and the names of an enumeration (it reads its integers).
"""

import os
import subprocess
import sys
import tempfile

import h5py
import h5pyd
import numpy as np

USER = {"username": "test_user1", "password": "test"}
HOME = "/home/test_user1"
PLAIN = ["<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8", ">i2", ">i4", ">f8", "<f2", "<f4", "<f8"]


def fill(lib, file):
    """Makes the objects. `lib` is h5py or h5pyd."""
    count = 0

    def made(*_):
        nonlocal count
        count += 1

    for number, code in enumerate(PLAIN):
        data = np.arange(24).reshape(4, 6).astype(code)
        made(file.create_dataset(f"plain/n{number:02}", data=data))
        made(file.create_dataset(f"chunked/n{number:02}", data=data, chunks=(2, 3), maxshape=(None, 6), compression="gzip", shuffle=True))
    for number in range(8):
        group = file.create_group(f"groups/g{number}/inner")
        group.attrs["number"] = number
        group.attrs["text"] = f"h\u00e9llo {number}"
        group.attrs["floats"] = np.array([0.1, -0.0, np.inf, number])
        group.attrs["words"] = np.array(["a", "", "\u00e9"], dtype=lib.string_dtype())
        made(group)
    text = lib.string_dtype()
    made(file.create_dataset("text/variable", data=np.array(["", "one", "\u00fcber"], dtype=object), dtype=text))
    made(file.create_dataset("text/fixed", data=np.array([b"abc", b"de", b""], dtype="S5")))
    made(file.create_dataset("text/scalar", data="a scalar", dtype=text))
    made(file.create_dataset("scalar", data=np.float64(0.1)))
    made(file.create_dataset("empty", shape=(0, 3), maxshape=(None, 3), dtype="<i4"))
    made(file.create_dataset("filled", shape=(5,), dtype="<f4", fillvalue=2.5))
    record = np.dtype([("a", "<i4"), ("b", "<f8"), ("c", "S3"), ("d", "<u2", (2,))])
    rows = np.array([(1, 0.5, b"x", (1, 2)), (-2, np.pi, b"yz", (3, 65535))], dtype=record)
    made(file.create_dataset("compound", data=rows))
    made(file.create_dataset("boolean", data=np.array([True, False, True])))
    made(file.create_dataset("complex", data=np.array([1 + 2j, -0.5j, np.nan + 1j], dtype="c16")))
    made(file.create_dataset("cube", data=np.arange(2 * 3 * 4, dtype="<i8").reshape(2, 3, 4)))
    made(file.create_dataset("tiled", data=np.arange(150000.0).reshape(500, 300), chunks=(64, 50), compression="gzip"))
    made(file.create_dataset("text/grid", data=np.array([["a", ""], ["\u00e9t\u00e9", "d"]], dtype=object), dtype=text))
    made(file.create_dataset("level", data=np.array([0, 2, 1], dtype="i1"), dtype=lib.enum_dtype({"LOW": 0, "MID": 1, "TOP": 2}, "i1")))
    ragged = file.create_dataset("ragged", shape=(3,), dtype=lib.vlen_dtype(np.dtype("<i4")))
    for at, row in enumerate(([1], [2, 3, 4], [5, 6])):
        ragged[at] = np.array(row, dtype="<i4")
    made(ragged)
    references = file.create_dataset("references", shape=(2,), dtype=lib.special_dtype(ref=lib.Reference))
    references[0] = file["groups"].ref
    references[1] = file["scalar"].ref
    made(references)
    grown = file.create_dataset("grown", shape=(2, 3), maxshape=(None, 3), dtype="<i4", chunks=(2, 3))
    grown[...] = 7
    grown.resize((5, 3))
    grown[2:5] = np.arange(9).reshape(3, 3)
    made(grown)
    made(file.create_group("links"))
    made(file.create_group("types"))
    file["links/hard"] = file["scalar"]
    file["links/soft"] = lib.SoftLink("/compound")
    file["links/lost"] = lib.SoftLink("/nowhere")
    file["links/away"] = lib.ExternalLink("other.h5", "/x")
    for _ in range(4):
        made()
    file["types/record"] = record
    file["types/number"] = np.dtype("<f8")
    made(), made()
    for number in range(3):
        rows = file.create_dataset(f"attributes/d{number}", data=np.arange(3.0))
        rows.attrs["record"] = np.array((1, 0.5, b"x", (1, 2)), dtype=record)
        rows.attrs["many"] = np.arange(300, dtype="<i2").reshape(3, 100)
        rows.attrs["bytes"] = np.bytes_(b"fixed")
        made(rows)
    assert count >= 60, count


def same(found, expected):
    found, expected = np.asarray(found), np.asarray(expected)
    if expected.dtype.kind == "c" and found.dtype.names == ("r", "i"):
        # To h5pyd a complex number is a record.
        return same(found["r"], expected.real) and same(found["i"], expected.imag)
    if found.dtype.kind == "O" or expected.dtype.kind == "O":
        plain = lambda x: x.decode() if isinstance(x, bytes) else (x.tolist() if isinstance(x, np.ndarray) else x)
        return [plain(x) for x in found.ravel()] == [plain(x) for x in expected.ravel()]
    if found.dtype.names:
        return found.shape == expected.shape and all(same(found[n], expected[n]) for n in expected.dtype.names)
    return found.shape == expected.shape and found.tobytes() == expected.astype(found.dtype).tobytes()


def compare(name, found, expected, lib):
    """Tells what differs between the file of another and the same of h5py."""
    wrong = []
    names = []
    expected.visit(names.append)
    for path in names:
        if path not in found:
            wrong.append(f"{path}: missing")
            continue
        one, other = found[path], expected[path]
        # A dataset of records is a table to h5pyd, which is a dataset too.
        if type(one).__name__.replace("Table", "Dataset") != type(other).__name__:
            wrong.append(f"{path}: {type(one)} instead of {type(other)}")
            continue
        if isinstance(other, h5py.Dataset):
            if tuple(one.shape) != other.shape or one.maxshape != other.maxshape:
                wrong.append(f"{path}: shape {one.shape} {one.maxshape} instead of {other.shape} {other.maxshape}")
            elif path == "references":
                to = [found[reference].name for reference in one[...].ravel()]
                # By one of its names or the other.
                if to not in (["/groups", "/scalar"], ["/groups", "/links/hard"]):
                    wrong.append(f"{path}: to {to}")
            elif not same(one[()], other[()]):
                wrong.append(f"{path}: {one[()]!r} instead of {other[()]!r}")
            if other.dtype.kind in "iufS" and one.dtype != other.dtype:
                wrong.append(f"{path}: {one.dtype} instead of {other.dtype}")
        if sorted(one.attrs) != sorted(other.attrs):
            wrong.append(f"{path}: attributes {sorted(one.attrs)} instead of {sorted(other.attrs)}")
        else:
            wrong += [f"{path}@{k}: {one.attrs[k]!r}" for k in other.attrs if not same(one.attrs[k], other.attrs[k])]
    for link, kind, want in (("soft", "SoftLink", "/compound"), ("lost", "SoftLink", "/nowhere"), ("away", "ExternalLink", "/x")):
        there = found["links"].get(link, getlink=True)
        if type(there).__name__ != kind or there.path != want:
            wrong.append(f"links/{link}: {there!r}")
    print(f"{name}: {len(names)} objects, {len(wrong)} wrong")
    for line in wrong:
        print("  " + line)
    return len(wrong)


def main():
    endpoint, programs = sys.argv[1], sys.argv[-1]
    h5 = os.path.join(programs, "h5")
    environment = {**os.environ, "HS_ENDPOINT": endpoint, "HS_USERNAME": USER["username"], "HS_PASSWORD": USER["password"]}
    scheme = endpoint.replace("http", "hsds", 1)

    def run(*arguments):
        print("h5", *arguments, flush=True)
        done = subprocess.run([h5, *arguments], env=environment, stdout=subprocess.PIPE, text=True, timeout=600)
        if done.returncode != 0:
            sys.exit(f"h5 ended with {done.returncode}: {done.stdout}")
        return done.stdout

    options = {"endpoint": endpoint, **USER}
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        original, back, again = (os.path.join(place, name) for name in ("a.h5", "b.h5", "c.h5"))
        theirs, ours = f"{HOME}/h5pyd-{os.getpid()}.h5", f"{HOME}/h5-{os.getpid()}.h5"
        with h5py.File(original, "w") as file:
            fill(h5py, file)
        with h5pyd.File(theirs, "w", **options) as file:
            fill(h5pyd, file)
        run("cp", original, scheme + ours)
        run("cp", scheme + theirs, back)
        run("cp", scheme + ours, again)
        with h5py.File(original) as expected:
            with h5pyd.File(ours, "r", **options) as found:
                wrong += compare("written by h5, read by h5pyd", found, expected, h5pyd)
            with h5py.File(back) as found:
                wrong += compare("written by h5pyd, read by h5", found, expected, h5py)
            with h5py.File(again) as found:
                wrong += compare("written by h5, read by h5", found, expected, h5py)
        run("diff", original, again)
        run("diff", original, scheme + ours)
        if run("digest", original).split()[0] != run("digest", scheme + ours).split()[0]:
            print("digests differ (what the service stores otherwise is in them)")
        run("tree", scheme + ours)
        run("get", scheme + ours + "::/plain/n00")
    sys.exit(min(wrong, 1))


if __name__ == "__main__":
    main()
