// A preview of a folder in which a top-level rule excludes nine tenths of the files.
import { join } from 'node:path';
import { against, inTurn } from './frame.mjs';
import { startHost } from './hostProcess.mjs';
import { makePruned } from './inputs.mjs';

export const grows = true;

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows(context) {
  const [whole, bare] = [join(context.temp, 'whole'), join(context.temp, 'bare')];
  makePruned(whole, context.scale, true);
  makePruned(bare, context.scale, false);
  const host = await startHost(context);
  try {
    const { ours, without } = await inTurn({
      ours: async () => (await host.ask('plan', whole)).ms,
      without: async () => (await host.ask('plan', bare)).ms,
    });
    const peer = { values: without, name: 'the same without the excluded folder', target: 1.3, unit: 'ms' };
    yield against('choosing: excluded folders are not entered', ours, peer);
  } finally {
    host.end();
  }
}
