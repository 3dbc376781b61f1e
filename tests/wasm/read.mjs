// Reads datasets of a real file through the WebAssembly module, in Node: `node read.mjs MODULE`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [modulePath] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(modulePath), {});
const h5 = instance.exports;

/** Hands bytes over, calls, and takes the answer as bytes of its own; throws what the module says went wrong. */
function call(name, bytes) {
  const place = h5.reserve(bytes.length);
  // The memory may have grown, so that its buffer is asked for anew each time.
  new Uint8Array(h5.memory.buffer, place, bytes.length).set(bytes);
  const status = h5[name]();
  const answer = new Uint8Array(h5.memory.buffer, h5.answer(), h5.answer_length()).slice();
  if (status !== 0) throw new Error(new TextDecoder().decode(answer));
  return answer;
}

const open = (bytes) => call("open", bytes);
const read = (path) => Array.from(new Float64Array(call("read", new TextEncoder().encode(path)).buffer));

const file = readFileSync(new URL("../fixtures/pymodaq/scan.h5", import.meta.url));
open(file);

const scan = "/RawData/Scan001";
assert.deepEqual(read(`${scan}/NavAxes/Axis01`), [1, 1.5, 2]);
assert.deepEqual(read(`${scan}/Detector000/Data0D/CH00/Data00`), [1.5, 11.5, 21.5, 2.5, 12.5, 22.5]);

// Unsigned 16-bit numbers, converted: three frames of 3 x 4 pixels that each begin one higher.
const frames = [0, 1, 2].flatMap((first) => Array.from({ length: 12 }, (_, index) => first + index));
assert.deepEqual(read("/RawData/Scan000/Detector001/Data2D/CH00/Data00"), frames);

// What cannot be done is an error with its reason, and the module goes on working.
assert.throws(() => read("/RawData/nothing"), /nothing/);
assert.throws(() => open(new TextEncoder().encode("no HDF5 at all")));
assert.throws(() => {
  open(file.subarray(0, 1000));
  read(`${scan}/NavAxes/Axis01`);
});
open(file);
assert.equal(read(`${scan}/NavAxes/Axis00`).length, 2);
console.log("datasets read from WebAssembly");
