// Many rules for many files.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { against, compiled, inTurn, shell } from './frame.mjs';
import { startHost } from './hostProcess.mjs';
import { makeRuled } from './inputs.mjs';

export const grows = true;

const exec = promisify(execFile);

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows(context) {
  const folder = join(context.temp, 'ruled');
  makeRuled(folder, context.scale);
  const walk = await compiled('scripts/bench/walkChild.ts', context.temp);
  const host = await startHost(context);
  try {
    const { walked, found, planned, looked } = await inTurn({
      walked: async () => JSON.parse((await exec(process.execPath, [walk, folder])).stdout).ms,
      found: () => shell('find . -type f', folder),
      planned: async () => (await host.ask('plan', folder)).ms,
      looked: () => shell("find . -type f -printf '%s %p\\n'", folder),
    });
    yield against('rules: walking and matching', walked, {
      values: found,
      name: 'find . -type f',
      target: 2.5,
      unit: 'ms',
    });
    yield against('rules: the whole plan with sizes, until VS Code has it', planned, {
      values: looked,
      name: 'find . -type f -printf "%s %p\\n"',
      target: 5,
      unit: 'ms',
    });
  } finally {
    host.end();
  }
}
