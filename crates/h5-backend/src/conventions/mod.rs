//! Conventions above HDF5: what programs agreed on.
