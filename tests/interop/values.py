"""Arrays from formulas."""

import numpy as np


def ramp(shape, dtype):
    """Whole numbers that differ along every axis and use both halves of the range; finite where the type is a float."""
    dtype = np.dtype(dtype)
    count = np.arange(int(np.prod(shape)), dtype="i8").reshape(shape)
    if dtype.kind == "b":
        return count % 3 == 0
    if dtype.kind == "c":
        return (count - 1j * (count % 7)).astype(dtype)
    if dtype.kind == "f":
        return (count / 8 - 5).astype(dtype)
    return (count * 7919 - (0 if dtype.kind == "u" else 4001)).astype(dtype)


def smooth(shape, dtype):
    """A surface as instruments give it: neighbours are close, so that compressors have something to do."""
    axes = np.meshgrid(*(np.linspace(0, 3, n) for n in shape), indexing="ij")
    return (1000 * np.sin(sum(axes)) ** 2).astype(dtype)
