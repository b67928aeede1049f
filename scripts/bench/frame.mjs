// Helpers for the parts of the benchmark: rows, alternating measurements, programs, a seeded generator.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensurePackages } from '../../test/engines/daemons.mjs';
import { root, run } from '../run.mjs';

/**
 * A figure of the extension compared with another. Smaller is better.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {number} ours
 * @property {number} peer
 * @property {string} peerName the peer's name; `limit` if the target is a fixed figure
 * @property {number} ratio ours by peer
 * @property {string} unit of ours and peer
 * @property {number} target the largest acceptable ratio
 * @property {boolean} met
 */

/**
 * The context of a part of the benchmark. A part is a module with `rows(context)`, an async generator of
 * {@link Row}s; if it also exports `grows = true`, it runs at other sizes when growth is requested.
 *
 * @typedef {object} Context
 * @property {string} temp a separate empty folder, removed afterwards
 * @property {number} scale factor for the input size: 0.1, 1, or 10
 * @property {() => Promise<string>} extension builds the extension as it ships, once per run; resolves to its
 *   folder
 * @property {(text: string) => void} say prints a progress line
 */

/** Number of measurements of each thing. */
export const times = 5;

/**
 * A row of medians against a peer's.
 *
 * @param {string} name
 * @param {readonly number[]} ours
 * @param {{ values: readonly number[], name: string, target: number, unit: string }} peer target: the largest
 *   acceptable ratio
 * @returns {Row}
 */
export const against = (name, ours, peer) =>
  rowOf(name, median(ours), {
    value: median(peer.values),
    name: peer.name,
    target: peer.target,
    unit: peer.unit,
  });

/**
 * A row compared with a fixed limit.
 *
 * @param {string} name
 * @param {number} ours
 * @param {number} limit the largest acceptable value
 * @param {string} unit
 * @returns {Row}
 */
export const within = (name, ours, limit, unit) =>
  rowOf(name, ours, { value: limit, name: 'limit', target: 1, unit });

/**
 * @param {string} name
 * @param {number} ours
 * @param {{ value: number, name: string, target: number, unit: string }} peer
 * @returns {Row}
 */
function rowOf(name, ours, peer) {
  const ratio = ours === 0 ? 0 : ours / peer.value;
  return {
    name,
    ours: rounded(ours),
    peer: rounded(peer.value),
    peerName: peer.name,
    ratio: rounded(ratio),
    unit: peer.unit,
    target: peer.target,
    met: ratio <= peer.target,
  };
}

/** @param {number} value @returns {number} rounded to four significant digits */
const rounded = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : Number.MAX_VALUE);

/** @param {readonly number[]} values @returns {number} */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[at]];
  return (low + high) / 2;
}

/** @param {readonly number[]} values @param {number} percent @returns {number} */
export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

/**
 * Measures several things alternately, so that other load on the machine affects all of them. The first
 * round, which fills the system's caches, is not counted.
 *
 * @template {string} K
 * @param {Readonly<Record<K, () => Promise<number | void>>>} things each either returns its measurement or is
 *   timed in ms
 * @param {number} [rounds]
 * @returns {Promise<Record<K, number[]>>}
 */
export async function inTurn(things, rounds = times) {
  const names = /** @type {K[]} */ (Object.keys(things));
  const all = /** @type {Record<K, number[]>} */ ({});
  for (const name of names) all[name] = [];
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      const said = await things[name]();
      const value = said ?? performance.now() - start;
      if (round >= 0) all[name].push(value);
    }
  }
  return all;
}

/**
 * Runs a shell command line and discards its output.
 *
 * @param {string} line
 * @param {string} cwd
 */
export async function shell(line, cwd) {
  const child = spawn('bash', ['-c', `set -o pipefail; ${line}`], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`"${line}" failed with ${code}`);
}

/**
 * Ensures that a peer is installed; if not, installs the Debian package of the same name.
 *
 * @param {string} program
 */
export async function needs(program) {
  const found = await run('bash', ['-c', `command -v ${program}`], { quiet: true });
  if (found.code !== 0) await ensurePackages(`Comparisons with ${program}`, [program]);
}

/**
 * Bundles a TypeScript program of the benchmark like the extension.
 *
 * @param {string} source relative to the project
 * @param {string} into the output folder
 * @returns {Promise<string>} path of the program
 */
export async function compiled(source, into) {
  const { build } = await import('esbuild');
  const outfile = join(into, `${source.replaceAll(/[^\w]+/g, '-')}.cjs`);
  await build({
    entryPoints: [join(root, source)],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outfile,
    external: ['vscode'],
    logLevel: 'error',
  });
  return outfile;
}

/**
 * A seeded generator of pseudorandom numbers.
 *
 * @param {number} seed
 * @returns {() => number} from 0 to less than 1
 * Source: mulberry32, a generator in the public domain.
 */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
