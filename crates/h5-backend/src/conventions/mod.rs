//! What programs agreed on above HDF5: datasets whose attributes say what they are. All of it is made of the handles' own verbs and so
//! serves every backend.

pub mod dimension_scales;
pub mod images;
mod references;
pub mod tables;
mod text;
