// The load that bundling and the view put on VS Code's extension host, in a fresh host for each measurement.
// Other work of VS Code in the host counts too.
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { inEditor } from './editor.mjs';
import { median, times, within } from './frame.mjs';
import { makeProject } from './inputs.mjs';

export const grows = true;

/** @typedef {import('./packing.ts').Answer} Packed */
/** @typedef {import('./treeRounds.ts').Answer} Drawn */

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows(context) {
  const { temp, scale } = context;
  const folder = join(temp, 'project');
  makeProject(folder, scale);
  const large = join(temp, 'large');
  if (scale === 1) await makeLarge(large, 3e9);
  const folders = scale === 1 ? [folder, large] : [folder];
  const tree = { jobs: 10_000 * scale, changed: 100 * scale, rounds: 10 };
  const { inside } = await inEditor(context, { inside: { folders, tree }, rounds: times });
  const calm = median(inside.map(({ calmMs }) => calmMs));
  context.say(`host: when idle, its event loop is blocked for ${calm.toFixed(0)} ms at most in 3 s`);
  const [project, model] = folders.map((_, index) => inside.flatMap(({ packed }) => packed[index] ?? []));
  yield* packedRows('a project', project ?? []);
  if (scale === 1) yield* packedRows('one file of 3 GB', model ?? []);
  yield* drawnRows(
    tree,
    inside.flatMap(({ drawn }) => drawn ?? []),
  );
  const active = inside.filter((answer) => answer.active).length;
  if (scale === 1) yield within('host: starts of VS Code that activated the extension', active, 0, 'starts');
}

/** @param {string} what @param {readonly Packed[]} answers @returns {Generator<import('./frame.mjs').Row>} */
function* packedRows(what, answers) {
  const most = (/** @type {(answer: Packed) => number} */ of) => median(answers.map(of));
  yield within(
    `host: ${what}: event loop blocked at most`,
    most(({ blockedMs }) => blockedMs),
    50,
    'ms',
  );
  yield within(
    `host: ${what}: no progress for at most`,
    most(({ silentMs }) => silentMs),
    250,
    'ms',
  );
  yield within(
    `host: ${what}: peak memory above the baseline`,
    most(({ peakBytes, startBytes }) => (peakBytes - startBytes) / 1e6),
    150,
    'MB',
  );
}

/**
 * @param {{ readonly jobs: number, readonly changed: number }} tree
 * @param {readonly Drawn[]} answers
 * @returns {Generator<import('./frame.mjs').Row>}
 */
function* drawnRows({ jobs, changed }, answers) {
  const rounds = answers.flatMap((answer) => answer.rounds);
  yield within(`host: a round of ${jobs} jobs, ${changed} changed`, median(rounds), 30, 'ms');
  const first = answers.map((answer) => answer.first);
  yield within('host: the first 20 rows after the answer', median(first), 50, 'ms');
}

/**
 * Creates a folder with one non-sparse file, so that all of it is read from disk.
 *
 * @param {string} folder
 * @param {number} bytes
 */
async function makeLarge(folder, bytes) {
  await mkdir(folder);
  const file = await open(join(folder, 'model.bin'), 'wx');
  const block = Buffer.alloc(1 << 20, 'all of it the same ');
  for (let left = bytes; left > 0; left -= block.length)
    await file.write(block, 0, Math.min(left, block.length));
  await file.close();
}
