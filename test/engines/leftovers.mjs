// Leftovers of a killed test run: its engines still run, and no other process stops them.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonOf, end, isAlive } from './daemons.mjs';
import { endJobProcesses } from './jobProcesses.mjs';

/** @typedef {import('./daemons.mjs').Daemon} Daemon */

const recordName = 'daemons.json';

/**
 * Records which processes belong to this folder, and this process as their owner.
 *
 * @param {string} dir
 * @param {Iterable<Daemon>} daemons
 */
export function record(dir, daemons) {
  const text = JSON.stringify({ owner: daemonOf(process.pid, 'owner'), daemons: [...daemons] });
  writeFileSync(join(dir, recordName), text);
}

/**
 * Stops the engines whose folders have this prefix and whose owner process has exited, and deletes the
 * folders.
 *
 * @param {string} prefix `bj-slurm-`
 */
export async function endLeftovers(prefix) {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix));
  for (const dir of folders.map((name) => join(tmpdir(), name))) {
    const known = read(dir);
    if (known === undefined || isAlive(known.owner)) continue;
    console.error(`Cleaning up after an earlier run in ${dir}`);
    for (const daemon of [...known.daemons].reverse()) await end(daemon);
    await endJobProcesses(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/**
 * Undefined: not created by this module.
 *
 * @param {string} dir
 * @returns {{ owner: Daemon, daemons: readonly Daemon[] } | undefined}
 */
function read(dir) {
  try {
    // Any user can create a folder with such a name; only a record written by this user names processes to
    // terminate.
    const file = join(dir, recordName);
    if (statSync(dir).uid !== process.getuid?.() || statSync(file).uid !== process.getuid()) return undefined;
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // It has no record, or is being deleted.
    return undefined;
  }
}
