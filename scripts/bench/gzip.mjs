// A bundle as it is sent to clusters: packed and gzipped while it is sent.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { against, inTurn, needs, shell } from './frame.mjs';
import { startHost } from './hostProcess.mjs';
import { makeProject } from './inputs.mjs';

export const grows = true;

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows(context) {
  await needs('pigz');
  const folder = join(context.temp, 'project');
  makeProject(folder, context.scale);
  const host = await startHost(context);
  let bytes = 0;
  try {
    const { ours, pigz, gzip } = await inTurn({
      ours: async () => {
        const answer = await host.ask('send', folder);
        bytes = answer.bytes;
        return answer.ms;
      },
      pigz: () => shell('tar -cf - --exclude=.git . | pigz -p 2', folder),
      gzip: () => shell('tar -czf - --exclude=.git .', folder),
    });
    const peer = { values: pigz, name: 'tar | pigz -p 2', target: 1.2, unit: 'ms' };
    yield against('gzip: bundle, to its last byte', ours, peer);
    yield against('gzip: the same', ours, { values: gzip, name: 'tar -czf', target: 0.5, unit: 'ms' });
    const size = sizeOf('tar -czf - --exclude=.git .', folder);
    yield against('gzip: size', [bytes], { values: [size], name: 'tar -czf', target: 1.01, unit: 'bytes' });
  } finally {
    host.end();
  }
}

/** @param {string} line @param {string} cwd @returns {number} of what it prints */
const sizeOf = (line, cwd) =>
  Number(execFileSync('bash', ['-c', `${line} | wc -c`], { cwd, encoding: 'utf8' }));
