// A bundle as JuliaHub expects it: uncompressed, with its SHA-256.
import { join } from 'node:path';
import { against, inTurn, shell } from './frame.mjs';
import { startHost } from './hostProcess.mjs';
import { makeProject } from './inputs.mjs';

export const grows = true;

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows(context) {
  const folder = join(context.temp, 'project');
  makeProject(folder, context.scale);
  const host = await startHost(context);
  try {
    const { ours, tar } = await inTurn({
      ours: async () => (await host.ask('pack', folder)).ms,
      tar: () => shell('tar -cf - --exclude=.git . | sha256sum', folder),
    });
    const peer = { values: tar, name: 'tar | sha256sum', target: 2, unit: 'ms' };
    yield against('bundle: uncompressed, SHA-256 included', ours, peer);
  } finally {
    host.end();
  }
}
