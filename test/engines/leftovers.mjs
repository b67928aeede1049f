// What a run of tests that was killed has left: its engines still run, and nobody else will end them.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonOf, end, isAlive } from './daemons.mjs';
import { endJobProcesses } from './jobProcesses.mjs';

/** @typedef {import('./daemons.mjs').Daemon} Daemon */

const recordName = 'daemons.json';

/**
 * Notes which processes belong to this folder, and that they are this process's.
 *
 * @param {string} dir
 * @param {Iterable<Daemon>} daemons
 */
export function record(dir, daemons) {
  const text = JSON.stringify({ owner: daemonOf(process.pid, 'owner'), daemons: [...daemons] });
  writeFileSync(join(dir, recordName), text);
}

/**
 * Ends the engines whose folders begin like this and whose process is gone, and removes their folders.
 *
 * @param {string} prefix `bj-slurm-`
 */
export async function endLeftovers(prefix) {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix));
  for (const dir of folders.map((name) => join(tmpdir(), name))) {
    const known = read(dir);
    if (known === undefined || isAlive(known.owner)) continue;
    console.error(`Ending what an earlier run has left in ${dir}`);
    for (const daemon of [...known.daemons].reverse()) await end(daemon);
    await endJobProcesses(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Undefined: nothing of ours. @param {string} dir @returns {{ owner: Daemon, daemons: readonly Daemon[] } | undefined} */
function read(dir) {
  try {
    // Anybody may make a folder of such a name; only what we wrote ourselves tells whom to end.
    const file = join(dir, recordName);
    if (statSync(dir).uid !== process.getuid?.() || statSync(file).uid !== process.getuid()) return undefined;
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // It has no record, or is going away.
    return undefined;
  }
}
