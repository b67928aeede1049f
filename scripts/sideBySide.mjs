// Runs programs concurrently and prints each program's output in one piece.
import { node } from './run.mjs';

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {readonly string[]} args of Node: the file and its arguments
 * @property {NodeJS.ProcessEnv} [env] on top of this process's
 */

/**
 * Runs all parts, even if one fails, and prints each part's output when it has finished.
 *
 * @param {readonly Part[]} parts in the order in which they start
 * @param {number} maxRunning maximum number running concurrently
 * @returns {Promise<readonly string[]>} the names of the failed parts
 */
export async function runSideBySide(parts, maxRunning) {
  const waiting = [...parts];
  /** @type {string[]} */
  const failed = [];
  /** @param {number} slot */
  const work = async (slot) => {
    for (let part = waiting.shift(); part; part = waiting.shift())
      if (!(await runPart(part, slot))) failed.push(part.name);
  };
  await Promise.all(Array.from({ length: Math.min(maxRunning, parts.length) }, (_, slot) => work(slot)));
  return failed;
}

/** @param {Part} part @param {number} slot */
async function runPart({ name, args, env = {} }, slot) {
  const started = Date.now();
  // No two concurrent processes share a number.
  const all = { ...process.env, ...env, BATCH_JOBS_TEST_SLOT: String(slot), ...colors() };
  const { code, text } = await node(args, { env: all, quiet: true });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`\n-- ${name}: ${code === 0 ? 'done' : 'failed'} after ${seconds} s\n${text.trimEnd()}`);
  return code === 0;
}

/** Output through a pipe is colored if this process's own output is. */
const colors = () => (process.stdout.isTTY ? { FORCE_COLOR: '1' } : {});
