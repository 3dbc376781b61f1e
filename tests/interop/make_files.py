"""Writes small files with h5py, PyTables and netCDF4, one matter a file, for the tests that read them.

    python make_files.py DIRECTORY

Each module `files_*.py` has a function `cases()` that yields `(name, write)`; `write(path)` makes one file. The values come from
formulas, so that every run writes the same.
"""

import pathlib
import sys

import files_chunks
import files_datatypes
import files_filters
import files_netcdf
import files_pytables
import files_structure

MODULES = (files_datatypes, files_chunks, files_filters, files_structure, files_pytables, files_netcdf)


def write_all(directory):
    """Writes every file; returns their paths in the order of writing."""
    paths = []
    for module in MODULES:
        for name, write in module.cases():
            path = pathlib.Path(directory) / f"{name}.h5"
            if path.exists():
                raise ValueError(f"two files are called {name}")
            write(path)
            paths.append(path)
    return paths


if __name__ == "__main__":
    print(f"{len(write_all(sys.argv[1]))} files")
