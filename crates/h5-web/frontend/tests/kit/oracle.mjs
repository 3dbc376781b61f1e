// Asks h5py.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { python } from './places.mjs';

export function startOracle() {
  const child = spawn(python(), [fileURLToPath(new URL('oracle.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, HDF5_USE_FILE_LOCKING: 'FALSE' },
  });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { resolve, reject } = waiting.shift();
    const { value, error } = JSON.parse(line);
    if (error) reject(new Error(`oracle: ${error}`));
    else resolve(value);
  });
  return {
    ask: (question) => new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(question)}\n`);
    }),
    close: () => child.stdin.end(),
  };
}
