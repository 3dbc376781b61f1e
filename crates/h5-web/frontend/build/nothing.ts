// h5web imports `ndarray-ops` and uses nothing of it.
export default {};
