// What was asked and answered, kept within a budget and asked anew when the file has changed.

import { createContext, useContext, useEffect, useReducer, useRef } from 'react';
import { Refusal, type Client } from './api/client';

/** Bytes of answers that are kept. */
const BUDGET = 48 * 1024 * 1024;

interface Entry {
  value: unknown;
  version: string;
  cost: number;
}

export class Answers {
  private entries = new Map<string, Entry>();
  private total = 0;

  get(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry) {
      this.entries.delete(key);
      this.entries.set(key, entry);
    }
    return entry;
  }

  set(key: string, value: unknown, version: string) {
    const old = this.entries.get(key);
    if (old) this.total -= old.cost;
    const entry = { value, version, cost: cost(value) };
    this.entries.delete(key);
    this.entries.set(key, entry);
    this.total += entry.cost;
    for (const [oldest, { cost }] of this.entries) {
      if (this.total <= BUDGET || oldest === key) break;
      this.entries.delete(oldest);
      this.total -= cost;
    }
  }
}

/** Frames say how large they are; other answers are small. */
function cost(value: unknown): number {
  const arrays = (value as { arrays?: Map<string, { values: { byteLength: number } }> } | null)?.arrays;
  if (!(arrays instanceof Map)) return 4096;
  return [...arrays.values()].reduce((sum, array) => sum + array.values.byteLength, 4096);
}

export interface Source {
  client: Client;
  answers: Answers;
  /** Of the file; another text once it has changed. */
  version: string;
  write: boolean;
}

export const SourceContext = createContext<Source | null>(null);

export function useSource(): Source {
  const source = useContext(SourceContext);
  if (!source) throw new Error('no file is open');
  return source;
}

export interface Result<T> {
  value: T | undefined;
  error: Error | undefined;
  loading: boolean;
}

function isGone(error: unknown): boolean {
  return error instanceof Refusal && error.status === 404;
}

/** What is known already is there in the first picture. */
function knownAtFirst<T>(answers: Answers, key: string | null, version: string): { value?: T; shown?: string } {
  const known = key === null ? undefined : answers.get(key);
  return known?.version === version ? { value: known.value as T, shown: `${key}\n${version}` } : {};
}

/**
 * Asks for what `key` names, with `load`. While another key is being asked for, the value of the one before stays; keys that pass
 * by faster than answers come are left out. A `null` key asks for nothing.
 */
export function useQuery<T>(key: string | null, load: (client: Client) => Promise<T>): Result<T> {
  const { client, answers, version } = useSource();
  const full = key === null ? null : `${client.file}\n${key}`;
  const state = useRef<{ value?: T; error?: Error; shown?: string } | null>(null);
  state.current ??= knownAtFirst<T>(answers, full, version);
  const busy = useRef(false);
  const latest = useRef({ full, load, version });
  const alive = useRef(true);
  const [, render] = useReducer((n: number) => n + 1, 0);
  latest.current = { full, load, version };

  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);

  useEffect(() => {
    async function run() {
      if (busy.current) return;
      busy.current = true;
      for (;;) {
        const { full: wanted, load: ask, version: now } = latest.current;
        const name = `${wanted}\n${now}`;
        if (wanted === null || !alive.current || state.current?.shown === name) break;
        const known = answers.get(wanted);
        if (known?.version === now) {
          state.current = { value: known.value as T, shown: name };
        } else {
          try {
            const value = await ask(client);
            answers.set(wanted, value, now);
            state.current = { value, shown: name };
          } catch (error) {
            const before: { value?: T; shown?: string } = state.current ?? {};
            // While a file is written to, a part of it may not be readable for a moment: what was there stays.
            const passing = before.value !== undefined && before.shown?.startsWith(`${wanted}\n`) && !isGone(error);
            if (passing) state.current = { ...before, shown: name };
            else state.current = { error: error instanceof Error ? error : new Error(String(error)), shown: name };
          }
        }
        if (alive.current) render();
      }
      busy.current = false;
    }
    void run();
  }, [full, version, client, answers]);

  if (full === null) return { value: undefined, error: undefined, loading: false };
  const { value, error, shown } = state.current;
  return { value, error, loading: shown !== `${full}\n${version}` };
}
