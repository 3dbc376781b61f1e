"""What h5py says is in a file: one question in JSON a line on stdin, one answer a line on stdout."""

import json
import sys

import h5py
import numpy

try:
    import hdf5plugin  # noqa: F401  (registers the filters that h5py lacks)
except ImportError:
    pass


def plain(value):
    """`value` as JSON has it: numbers as they are, text as text, complex numbers as pairs."""
    if isinstance(value, (bytes, numpy.bytes_)):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, numpy.ndarray):
        return [plain(one) for one in value]
    if isinstance(value, numpy.void) and value.dtype.names:
        return [plain(value[name]) for name in value.dtype.names]
    if isinstance(value, numpy.void):
        return value.tobytes().hex()
    if isinstance(value, (complex, numpy.complexfloating)):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, (int, numpy.integer)):
        return str(int(value))
    if isinstance(value, (float, numpy.floating)):
        return repr(float(value))
    if isinstance(value, h5py.Empty):
        return None
    return str(value)


def selection(text):
    """numpy's selection from its text."""
    parts = []
    for part in filter(None, text.split(",")):
        ends = [int(end) if end else None for end in part.split(":")]
        parts.append(ends[0] if len(ends) == 1 else slice(*ends))
    return tuple(parts)


def answer(question):
    with h5py.File(question["file"], "r", locking=False) as file:
        found = file[question.get("path", "/")]
        what = question["what"]
        if what == "children":
            return sorted(found)
        if what == "attribute":
            return plain(found.attrs[question["name"]])
        if what == "attributes":
            return sorted(found.attrs)
        if what == "shape":
            return list(found.shape)
        if what == "datasets":
            return datasets(found)
        values = found[selection(question.get("selection", ""))]
        if what == "statistics":
            finite = numpy.asarray(values, "f8")
            finite = finite[numpy.isfinite(finite)]
            return [float(finite.min()), float(finite.max()), float(finite.mean())]
        if what == "npy":
            return numpy.asarray(values).tobytes().hex()
        return plain(values)


def datasets(group, most=40):
    """Paths of datasets of numbers or text, by hard links, with shape and kind."""
    found = []

    def visit(name, node):
        if isinstance(node, h5py.Dataset) and node.shape and all(node.shape) and node.dtype.kind in "iuf":
            found.append({"path": "/" + name, "shape": list(node.shape), "kind": node.dtype.kind})
        return True if len(found) >= most else None

    group.visititems(visit)
    return found


for line in sys.stdin:
    try:
        result = {"value": answer(json.loads(line))}
    except Exception as error:  # noqa: BLE001  (the question's error is its answer)
        result = {"error": repr(error)}
    print(json.dumps(result), flush=True)
