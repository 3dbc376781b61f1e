// Reads a dataset of each filter through the page's own modules and its own scripts, in Node: `node filters.mjs MODULES`, the folder
// with `h5.wasm` and `h5-filters.wasm`.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [modules] = process.argv.slice(2);
const frontend = fileURLToPath(new URL("../../crates/h5-web/frontend/", import.meta.url));

/** The class that the page's worker asks, from its source. */
async function pageCore() {
  const typescript = createRequire(join(frontend, "package.json"))("typescript");
  const folder = mkdtempSync(join(tmpdir(), "h5-core-"));
  try {
    for (const name of ["filters", "wasm"]) {
      const { outputText } = typescript.transpileModule(readFileSync(join(frontend, `src/core/${name}.ts`), "utf8"), {
        compilerOptions: { target: "es2022", module: "es2022" },
      });
      writeFileSync(join(folder, `${name}.mjs`), outputText.replace(/from '(\.\/\w+)'/g, "from '$1.mjs'"));
    }
    return (await import(pathToFileURL(join(folder, "wasm.mjs")).href)).Core;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const Core = await pageCore();
const responder = `data:application/wasm;base64,${readFileSync(join(modules, "h5.wasm")).toString("base64")}`;
const file = readFileSync(new URL("../fixtures/wasm/filters.h5", import.meta.url));

/** A responder that has a file open. */
async function open(bytes, loadFilters) {
  const core = await Core.load(responder, loadFilters);
  core.open("filters.h5", { length: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });
  return core;
}

function ask(core, target) {
  const { status, bytes } = core.request(target);
  if (status !== 200) throw new Error(JSON.parse(new TextDecoder().decode(bytes)).message);
  return bytes;
}

const json = (core, target) => JSON.parse(new TextDecoder().decode(ask(core, target)));

function numbers(core, name) {
  // Stored in fewer bits than their bytes have: the sign is not where the bytes have it.
  if (name === "nbit") return json(core, `/data?path=/${name}`);
  const bytes = ask(core, `/data?path=/${name}&format=bin`).slice();
  return Array.from(name === "scaleoffset" ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer));
}

let loaded = 0;
const load = () => {
  loaded += 1;
  return readFileSync(join(modules, "h5-filters.wasm"));
};
const core = await open(file, load);
const expected = Array.from({ length: 1200 }, (_, i) => 3 * (i % 400) - 200);
const names = json(core, "/meta?path=/").children.map(({ name }) => name);
assert.equal(names.length, 24);

const filtersOf = (name) => json(core, `/storage?path=/${name}`).filters;
const unpacked = names.filter((name) => filtersOf(name).every(({ id }) => id === 2 || id === 3));
assert.deepEqual(unpacked, ["fletcher32"]);
for (const name of unpacked) assert.deepEqual(numbers(core, name), expected, name);
assert.equal(loaded, 0, "what is not compressed needs no second module");

for (const name of names) {
  assert.ok(filtersOf(name).every(({ decodes }) => decodes), name);
  assert.deepEqual(numbers(core, name), expected, name);
}
assert.equal(loaded, 1, "the second module is loaded once");
const met = new Set(names.flatMap(filtersOf).map(({ id }) => id));
const all = json(core, "/session").filters.map(({ id }) => id);
assert.deepEqual(all.filter((id) => !met.has(id)), [], "every filter is in the file");

// The second module reads PyMoDAQ's settings too.
const scan = readFileSync(new URL("../fixtures/pymodaq/scan.h5", import.meta.url));
const settingsOf = (core) => json(core, "/pymodaq/node?path=/RawData/Scan000");
const node = settingsOf(await open(scan, load));
assert.equal(node.error, null);
assert.equal(node.settings[0].type, "group");
assert.ok(node.settings[0].children.length > 0);

// What a filter refuses is an error with its reason, and the modules go on working.
const damaged = Buffer.from(file);
for (const chunk of json(core, "/storage?path=/zstd").chunks) damaged.fill(0xff, chunk.address, chunk.address + chunk.bytes);
const other = await open(damaged, load);
assert.throws(() => numbers(other, "zstd"), /zstd/);
assert.deepEqual(numbers(other, "blosc2-zstd"), expected);

// Without the second module the others go on.
const alone = await open(file, () => {
  throw new Error("no network");
});
assert.throws(() => numbers(alone, "lz4"), /lz4.*no network/s);
assert.deepEqual(numbers(alone, "fletcher32"), expected);
const lacking = () => {
  throw new Error("no network");
};
const bare = settingsOf(await open(scan, lacking));
assert.match(bare.error.message, /settings: .*no network/);
assert.deepEqual(bare.settings, []);
// A trap in the midst of something is told apart from a refusal: the worker then makes another responder.
assert.equal(alone.failed, false);
alone.exports = {
  ...alone.exports,
  h5_request: () => {
    throw new WebAssembly.RuntimeError("unreachable");
  },
};
assert.throws(() => alone.request("/session"), /unreachable/);
assert.ok(alone.failed);
console.log(`${names.length} datasets of ${met.size} filters read`);
