"""Filters alone and together."""

import h5py
import hdf5plugin
import numpy as np

from values import ramp, smooth

# name: dtype, further arguments of create_dataset
STANDARD = {
    "deflate_1": ("<i4", {"compression": 1}),
    "deflate_9": ("<f8", {"compression": 9}),
    "shuffle": ("<i4", {"shuffle": True}),
    "shuffle_deflate": ("<f4", {"shuffle": True, "compression": 6}),
    "fletcher32": ("<i2", {"fletcher32": True}),
    "fletcher32_odd": ("<u1", {"fletcher32": True}),
    "all_three": (">f8", {"shuffle": True, "compression": 3, "fletcher32": True}),
    "lzf": ("<i4", {"compression": "lzf"}),
    "shuffle_lzf": ("<f8", {"compression": "lzf", "shuffle": True}),
    "szip_nn": ("<i4", {"compression": "szip", "compression_opts": ("nn", 16)}),
    "szip_ec": ("<u2", {"compression": "szip", "compression_opts": ("ec", 8)}),
    "szip_float": ("<f4", {"compression": "szip", "compression_opts": ("nn", 32)}),
    "scaleoffset_auto": ("<i4", {"scaleoffset": True}),
    "scaleoffset_bits": ("<u2", {"scaleoffset": 11}),
    "scaleoffset_float": ("<f8", {"scaleoffset": 3}),
    "scaleoffset_deflate": (">i8", {"scaleoffset": True, "compression": 5}),
}


def plugins():
    for codec in ("blosclz", "lz4", "lz4hc", "zlib", "zstd"):
        for shuffle in (0, 1, 2):
            yield f"blosc_{codec}_{shuffle}", hdf5plugin.Blosc(cname=codec, clevel=5, shuffle=shuffle)
    for codec in ("blosclz", "lz4", "zlib", "zstd"):
        for name, code in (("none", 0), ("shuffle", 1), ("bitshuffle", 2), ("delta", 3)):
            yield f"blosc2_{codec}_{name}", hdf5plugin.Blosc2(cname=codec, clevel=5, filters=code)
    for codec in ("none", "lz4", "zstd"):
        yield f"bitshuffle_{codec}", hdf5plugin.Bitshuffle(cname=codec)
    yield "lz4", hdf5plugin.LZ4()
    yield "lz4_blocks", hdf5plugin.LZ4(nbytes=256)
    yield "zstd", hdf5plugin.Zstd(clevel=9)
    yield "bzip2", hdf5plugin.BZip2()


def zfp():
    yield "rate", hdf5plugin.Zfp(rate=12)
    yield "precision", hdf5plugin.Zfp(precision=20)
    yield "accuracy", hdf5plugin.Zfp(accuracy=0.01)
    yield "reversible", hdf5plugin.Zfp(reversible=True)


def cases():
    for name, (dtype, arguments) in STANDARD.items():
        yield f"filter_{name}", filtered([dtype], arguments)
    for name, plugin in plugins():
        yield f"filter_{name}", filtered(["<i2", "<f4", "<f8"], dict(plugin))
    for name, plugin in zfp():
        yield f"filter_zfp_{name}", filtered(["<f4", "<f8"], dict(plugin))


def filtered(dtypes, arguments):
    """Smooth and rough values, whole chunks and cut ones, one, two and three dimensions."""

    def write(path):
        with h5py.File(path, "w") as file:
            for dtype in dtypes:
                kind = np.dtype(dtype).name
                for name, data, chunk in (
                    ("line", smooth((1000,), dtype), (300,)),
                    ("plane", ramp((30, 41), dtype), (16, 16)),
                    ("cube", smooth((9, 10, 11), dtype), (4, 5, 11)),
                ):
                    file.create_dataset(f"{kind}/{name}", data=data, chunks=chunk, **arguments)

    return write
