// Leaves out of three.js what its renderer always brings along and this page never reaches: virtual reality, shadows, lit materials
// and their shaders, environments, animation, scenes as JSON. Half of what draws was that. The version of three.js is pinned; a piece that
// is not found ends the build, so that another version is looked at anew.

import { readFileSync } from 'node:fs';

/** Declarations at the top of `three.module.js`, and what is in their place. What is constructed, but never used, does nothing. */
const RENDERER = {
  'class WebXRManager': `class WebXRManager extends EventDispatcher {
    enabled = false; isPresenting = false; cameraAutoUpdate = false;
    getEnvironmentBlendMode() { return 'opaque'; }
    hasDepthSensing() { return false; }
    getSession() { return null; }
    setAnimationLoop() {}
    dispose() {}
  }`,
  'function WebGLShadowMap': 'function WebGLShadowMap() { this.enabled = false; this.autoUpdate = false; this.needsUpdate = false; this.render = () => {}; }',
  'class PMREMGenerator': 'class PMREMGenerator {}',
  'function WebGLCubeUVMaps': 'function WebGLCubeUVMaps() { return { get: () => null, dispose() {} }; }',
  'function WebGLMorphtargets': 'function WebGLMorphtargets() { return { update() {} }; }',
  'function WebGLUniformsGroups': 'function WebGLUniformsGroups() { return { bind() {}, update() {}, dispose() {} }; }',
  'function getDFGLUT': 'function getDFGLUT() { return null; }',
  'function WebGLOutput': 'function WebGLOutput() {}',
};

/** Materials whose shaders stay, by the names of their parts in `ShaderChunk`. */
const SHADERS = ['meshbasic_vert', 'meshbasic_frag'];

/** Where shaders of others than three.js's own renderer are, which include parts of it. */
const INCLUDING = ['../node_modules/three/examples/jsm/lines/LineMaterial.js', '../node_modules/@h5web/lib/dist/index.js'];

/** A declaration at the top, up to the next one. */
function replaced(code, name, by) {
  const start = code.search(new RegExp(`^${name}\\b`, 'm'));
  const length = start < 0 ? -1 : code.slice(start).search(/\n\}\n/);
  if (length < 0) throw new Error(`three.js has no ${name}`);
  return `${code.slice(0, start)}${by}\n${code.slice(start + length + 3)}`;
}

function included(text) {
  return [...text.matchAll(/#include <([\w\d./]+)>/g)].map((match) => match[1]);
}

/** Empties the parts of shaders that no shader includes that stays. */
function withoutShaders(code) {
  const table = /^const ShaderChunk = \{\n([\s\S]*?)\n\};/m.exec(code)?.[1];
  if (!table) throw new Error('three.js has no ShaderChunk');
  const variables = new Map([...table.matchAll(/^\t(\w+): ([\w$]+)/gm)].map((match) => [match[1], match[2]]));
  const text = (variable) => new RegExp(`^(?:var|const) ${variable.replace('$', '\\$')} = "(.*)";$`, 'm').exec(code)?.[1];
  const wanted = [...SHADERS, ...INCLUDING.flatMap((file) => included(readFileSync(new URL(file, import.meta.url), 'utf8')))];
  // The renderer puts some before every shader.
  wanted.push(...[...code.matchAll(/ShaderChunk\[ '(\w+)' \]/g)].map((match) => match[1]));
  const kept = new Set();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    const part = text(variables.get(name) ?? '');
    if (part === undefined) throw new Error(`three.js has no shader ${name}`);
    wanted.push(...included(part));
  }
  for (const [name, variable] of variables) {
    if (kept.has(name)) continue;
    // A function, since names of variables have `$` in them.
    code = code.replace(new RegExp(`^(?:var|const) ${variable.replace('$', '\\$')} = ".*";$`, 'm'), () => `const ${variable} = "";`);
  }
  return code;
}

/** Assignments to classes that nobody uses, which would keep them. */
const ASSIGNED = /^(?:\w*KeyframeTrack|PropertyBinding)\.[\w.]+ = (?:\{[\s\S]*?^\}|\[[\s\S]*?^\]|[^{[\n]*);$/gm;
/** Methods that write a scene as JSON. */
const TO_JSON = /^\ttoJSON\([^)]*\) \{\n[\s\S]*?^\t\}$/gm;

/** @returns {import('vite').Plugin} */
export function leaner() {
  return {
    name: 'leaner',
    enforce: 'pre',
    transform(code, id) {
      if (id.endsWith('/three/build/three.module.js')) {
        for (const [name, by] of Object.entries(RENDERER)) code = replaced(code, name, by);
        return { code: withoutShaders(code), map: null };
      }
      if (id.endsWith('/three/build/three.core.js')) return { code: code.replace(ASSIGNED, '').replace(TO_JSON, ''), map: null };
      return null;
    },
  };
}
