// What bundling does to the editor: a process in the place of its extension host, fresh for each bundle.
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { median, times, within } from './frame.mjs';
import { startHost } from './hostProcess.mjs';
import { makeProject } from './inputs.mjs';

export const grows = true;

/** @typedef {import('./hostChild.ts').Answer} Answer */

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows(context) {
  const folder = join(context.temp, 'project');
  makeProject(folder, context.scale);
  yield* rowsOf('a project', await bundled(context, folder));
  if (context.scale !== 1) return;
  const large = join(context.temp, 'large');
  await mkdir(large);
  await makeLarge(join(large, 'model.bin'), 3e9);
  yield* rowsOf('one file of 3 GB', await bundled(context, large));
}

/** @param {import('./frame.mjs').Context} context @param {string} folder */
async function bundled(context, folder) {
  /** @type {Answer[]} */
  const answers = [];
  for (let round = 0; round < times; round++) {
    const host = await startHost(context);
    answers.push(await host.ask('pack', folder));
    host.end();
  }
  return answers;
}

/** @param {string} what @param {readonly Answer[]} answers */
function* rowsOf(what, answers) {
  const most = (/** @type {(answer: Answer) => number} */ of) => median(answers.map(of));
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
    `host: ${what}: peak memory of the process`,
    most(({ peakBytes }) => peakBytes / 1e6),
    150,
    'MB',
  );
}

/** A file without a hole, so that it is read from the disk as others are. @param {string} path @param {number} bytes */
async function makeLarge(path, bytes) {
  const file = await open(path, 'wx');
  const block = Buffer.alloc(1 << 20, 'all of it the same ');
  for (let left = bytes; left > 0; left -= block.length)
    await file.write(block, 0, Math.min(left, block.length));
  await file.close();
}
