"""Reads HDF5 files with h5py for the crash tests.

Each line of the standard input is `read PATH` or `edit PATH`; each is answered by one line of JSON: what was found, or the error.
`edit` first opens the file for changes and makes some that leave it as it was.
"""

import json
import sys

import h5py
import numpy as np


def value(found):
    if isinstance(found, bytes):
        return found.decode()
    if isinstance(found, str):
        return found
    array = np.asarray(found)
    return {"shape": list(array.shape), "values": [int(number) for number in array.ravel()]}


def observed(thing):
    info = h5py.h5o.get_info(thing.id)
    result = {
        "token": int(info.addr),
        "links_counted": int(info.rc),
        "attributes": {name: value(found) for name, found in thing.attrs.items()},
    }
    if isinstance(thing, h5py.Group):
        result["links"] = {name: observed(child) for name, child in thing.items()}
    else:
        result["value"] = value(thing[()])
    return result


def change_and_take_back(path):
    with h5py.File(path, "r+") as file:
        growing = []
        file.visititems(
            lambda _, thing: growing.append(thing)
            if isinstance(thing, h5py.Dataset) and thing.maxshape[:1] == (None,)
            else None
        )
        for dataset in growing[:3]:
            rows = dataset.shape[0]
            dataset.resize(rows + 3, axis=0)
            dataset[rows:] = 7
            dataset.resize(rows, axis=0)
        groups = [file["/"]] + [thing for thing in file.values() if isinstance(thing, h5py.Group)][:3]
        for group in groups:
            group.create_dataset("an edit", data=np.arange(100))
            group.attrs["an edit"] = "made and taken back"
            file.flush()
            del group["an edit"]
            del group.attrs["an edit"]


def answer(line):
    what, path = line.rstrip("\n").split(" ", 1)
    try:
        if what == "edit":
            change_and_take_back(path)
        with h5py.File(path, "r") as file:
            return {"found": observed(file["/"])}
    except Exception as error:  # Whatever it is, the file is at fault.
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
