// Browsers have had it since 2020; `resize-observer-polyfill` brings another.
export default ResizeObserver;
