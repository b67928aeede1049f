// What the parts of the bench are made with: rows, times measured in turn, programs, a seed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensurePackages } from '../../test/engines/daemons.mjs';
import { root, run } from '../run.mjs';

/**
 * A figure of ours against another. Smaller is better.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {number} ours
 * @property {number} peer
 * @property {string} peerName what the peer is; `limit` where the target is a figure of its own
 * @property {number} ratio ours by peer
 * @property {string} unit of ours and peer
 * @property {number} target the largest ratio that is good
 * @property {boolean} met
 */

/**
 * What a part of the bench is given. A part is a module with `rows(context)`, an async generator of {@link Row}s; where
 * it also has `grows = true`, it is run at other sizes when growth is asked for.
 *
 * @typedef {object} Context
 * @property {string} temp an empty folder of its own, removed after it
 * @property {number} scale by which its input is multiplied: 0.1, 1 or 10
 * @property {() => Promise<string>} extension builds the extension as it ships, once in a run; the folder of its files
 * @property {(text: string) => void} say a line for who waits
 */

/** How often each thing is measured. */
export const times = 5;

/**
 * A row of medians against a peer's.
 *
 * @param {string} name
 * @param {readonly number[]} ours
 * @param {{ values: readonly number[], name: string, target: number, unit: string }} peer target: the largest ratio that is good
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
 * A row against a figure of the target itself.
 *
 * @param {string} name
 * @param {number} ours
 * @param {number} limit the largest value that is good
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

/** @param {number} value @returns {number} with four digits that count */
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
 * Measures several things in turn, so that what else the machine does falls on all of them. The first round, which
 * fills the system's caches, does not count.
 *
 * @template {string} K
 * @param {Readonly<Record<K, () => Promise<number | void>>>} things each either says what it measured, or is timed in ms
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
 * Runs a line of a shell to its end; what it prints is thrown away.
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
 * Makes sure that a peer is there; where it is not, its Debian package of the same name is installed.
 *
 * @param {string} program
 */
export async function needs(program) {
  const found = await run('bash', ['-c', `command -v ${program}`], { quiet: true });
  if (found.code !== 0) await ensurePackages(`Comparisons with ${program}`, [program]);
}

/**
 * Bundles a TypeScript program of the bench as the extension is bundled.
 *
 * @param {string} source relative to the project
 * @param {string} into a folder
 * @returns {Promise<string>} the program
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
 * Numbers that look like chance and are the same each time.
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
