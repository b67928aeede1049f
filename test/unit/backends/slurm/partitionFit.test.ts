import assert from 'node:assert/strict';
import { parseDirectives } from '../../../../src/backends/slurm/directives.js';
import { checkPartitionFit } from '../../../../src/backends/slurm/partitionFit.js';
import { fieldSeparator } from '../../../../src/backends/slurm/fields.js';
import { parseSinfo } from '../../../../src/backends/slurm/sinfo.js';

const { rows } = parseSinfo(
  [
    ['debug*', 'up', '1:00:00', '30:00', '0/2/0/2', '0/8/0/8', '4', '3900', 'gpu:a100:2'].join(
      fieldSeparator,
    ),
  ].join('\n'),
);
const check = (options: Record<string, string>, script = '#!/bin/sh\n', limitMs?: number) =>
  checkPartitionFit(
    rows,
    { script: parseDirectives(script), variables: {}, extra: [] },
    { name: 'a', args: [], env: {}, options, ...(limitMs === undefined ? {} : { limitMs }) },
  ).map(({ question, text }) => [question, text]);

describe('the requests that a partition cannot meet', () => {
  it('are all named, each with its question', () => {
    const all = check({ nodes: '3-4', cpus: '8', memory: '16G', gpus: 'a100:4' }, undefined, 7_200_000);
    assert.deepEqual(
      all.map(([question]) => question),
      ['limit', 'nodes', 'cpus', 'memory', 'gpus'],
    );
    assert.match(
      all.map(([, text]) => text).join('\n'),
      /only 2 nodes, not 3\.\n.* 8 CPUs; .* 4\.\n.*16\.0 GiB/,
    );
    assert.match(all.at(-1)?.[1] ?? '', /4 a100 GPUs; the largest has 2\./);
  });

  it('are found in directives, too', () => {
    const script = '#!/bin/sh\n#SBATCH --mem=8000\n#SBATCH --gres=gpu:v100:1\n#SBATCH --nodes=2\n';
    assert.deepEqual(
      check({}, script).map(([question]) => question),
      ['memory', 'gpus'],
    );
  });

  it('are none if everything fits', () => {
    assert.deepEqual(check({ nodes: '1-4', cpus: '4', memory: '3G', gpus: '2' }, undefined, 60_000), []);
  });
});
