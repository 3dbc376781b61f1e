"""What the C library, through h5py, says a file holds, in the terms of `h5 digest`.

    python expected.py FILE

Groups are walked by hard links in byte order of their names; an object's path is the first one met. Values are told by the
SHA-256 of their bytes in one fixed encoding (little-endian, no padding, lengths before what varies), so that two readers agree
only if every value agrees.
"""

import json
import sys

import h5py
import hdf5plugin  # noqa: F401, registers its filters
import numpy as np
from h5py import h5a, h5o, h5s

from expected_types import describe_type
from expected_values import Encoder


def describe_file(path):
    """Objects and links of a file, each by its path."""
    with h5py.File(path, "r") as file:
        walk = Walk(file)
        encoder = Encoder(file, walk.paths)
        objects = {name: describe_object(item, encoder) for name, item in walk.objects.items()}
        return {"objects": objects, "links": walk.links}


class Walk:
    """Every object of a file under its first path, and every link."""

    def __init__(self, file):
        self.links, self.objects = {}, {"/": file["/"]}
        self.paths = {h5o.get_info(file["/"].id).addr: "/"}
        self.group(file["/"], "")

    def group(self, group, path):
        for name in sorted(group, key=str.encode):
            full, link = f"{path}/{name}", group.get(name, getlink=True)
            if isinstance(link, h5py.SoftLink):
                self.links[full] = {"kind": "soft", "target": link.path}
            elif isinstance(link, h5py.ExternalLink):
                self.links[full] = {"kind": "external", "file": link.filename, "path": link.path}
            else:
                self.hard(group[name], full)

    def hard(self, item, full):
        address = h5o.get_info(item.id).addr
        is_new = address not in self.paths
        self.links[full] = {"kind": "hard", "target": self.paths.setdefault(address, full)}
        if is_new:
            self.objects[full] = item
            if isinstance(item, h5py.Group):
                self.group(item, full)


def describe_object(item, encoder):
    record = {}
    if isinstance(item, h5py.Group):
        record["kind"], record["nlinks"] = "group", len(item)
    elif isinstance(item, h5py.Datatype):
        record["kind"], record["type"] = "type", describe_type(item.id)
    else:
        record["kind"], record["type"] = "dataset", describe_type(item.id.get_type())
        record["shape"] = shape_of(item.id.get_space())
        if item.maxshape is not None:
            record["maxshape"] = [-1 if length is None else length for length in item.maxshape]
        record["data"] = encoder.digest(item.id.get_type(), item[()])
    attributes = {}
    for index in range(h5a.get_num_attrs(item.id)):
        attribute = h5a.open(item.id, index=index)
        attributes[attribute.name.decode()] = describe_attribute(attribute, encoder)
    if attributes:
        record["attrs"] = attributes
    return record


def describe_attribute(attribute, encoder):
    shape, datatype = shape_of(attribute.get_space()), attribute.get_type()
    values = None if shape is None else read_attribute(attribute)
    return {"type": describe_type(datatype), "shape": shape, "data": encoder.digest(datatype, values)}


def read_attribute(attribute):
    """The values as numpy has them. An array type's own dimensions follow those of the attribute."""
    dtype, inner = attribute.dtype, ()
    if dtype.subdtype is not None:
        dtype, inner = dtype.subdtype
    values = np.zeros(attribute.shape + inner, dtype)
    attribute.read(values, h5py.h5t.py_create(attribute.dtype))
    return values


def shape_of(space):
    """Lengths of the dimensions; `None` if there is no element at all by kind."""
    return None if space.get_simple_extent_type() == h5s.NULL else list(space.shape)


if __name__ == "__main__":
    json.dump(describe_file(sys.argv[1]), sys.stdout, indent=1, sort_keys=True)
