import assert from 'node:assert/strict';
import { parseSinfo, sinfoArgs, type SlurmPartition } from '../../../../src/backends/slurm/sinfo.js';

const line = (...fields: readonly string[]): string => `${fields.join('\u001f')}\n`;

const one = (text: string): SlurmPartition => {
  const { rows, malformed } = parseSinfo(text);
  assert.deepEqual(malformed, []);
  assert.equal(rows.length, 1);
  return rows[0] ?? assert.fail();
};

describe('the output of sinfo', () => {
  it('is requested with limits, load, memory and GRES', () => {
    assert.deepEqual(sinfoArgs.slice(0, 2), ['sinfo', '--noheader']);
    assert.equal(
      sinfoArgs[2],
      `--format=${['%P', '%a', '%l', '%L', '%F', '%C', '%c', '%m', '%G'].join('\u001f')}`,
    );
  });

  it('is parsed completely', () => {
    const text = line(
      'long*',
      'up',
      '2-00:00:00',
      '1:00:00',
      '1/2/1/4',
      '4/8/4/16',
      '4',
      '4000',
      'gpu:a100:2',
    );
    assert.deepEqual(one(text), {
      name: 'long',
      isDefault: true,
      isUp: true,
      limit: 172_800_000,
      defaultLimit: 3_600_000,
      nodes: { allocated: 1, idle: 2, other: 1, total: 4 },
      cpus: { allocated: 4, idle: 8, other: 4, total: 16 },
      cpusPerNode: 4,
      memoryMb: 4_000,
      gres: [{ name: 'gpu', type: 'a100', count: 2, total: 8 }],
    });
  });

  it('has one entry for a partition with different nodes', () => {
    const text =
      line('debug*', 'up', 'infinite', 'n/a', '1/0/0/1', '2/2/0/4', '4', '4000', 'gpu:2(S:0-1),mps:100') +
      line('debug*', 'up', 'infinite', 'n/a', '0/3/0/3', '0/384/0/384', '128', '515000+', '(null)') +
      line('debug*', 'up', 'infinite', 'n/a', '0/2/0/2', '0/8/0/8', '4+', '2000', 'gpu:4');
    assert.deepEqual(one(text), {
      name: 'debug',
      isDefault: true,
      isUp: true,
      limit: 'unlimited',
      defaultLimit: undefined,
      nodes: { allocated: 1, idle: 5, other: 0, total: 6 },
      cpus: { allocated: 2, idle: 394, other: 0, total: 396 },
      cpusPerNode: 128,
      memoryMb: 515_000,
      gres: [
        { name: 'gpu', type: undefined, count: 4, total: 10 },
        { name: 'mps', type: undefined, count: 100, total: 100 },
      ],
    });
  });

  it('keeps the order, detects closed partitions, and skips what cannot be parsed', () => {
    const rest = ['infinite', 'n/a', '0/1/0/1', '0/4/0/4', '4', '4000', '(null)'];
    const { rows, malformed } = parseSinfo(
      `${line('b', 'up', ...rest)}\nslurm says hello\n${line('a', 'down', ...rest)}${line('', 'up', ...rest)}` +
        line('c', 'up', 'infinite', 'n/a', '0/1/0', '0/4/0/4', '4', '4000', '(null)'),
    );
    assert.deepEqual(
      rows.map(({ name, isUp, isDefault }) => [name, isUp, isDefault]),
      [
        ['b', true, false],
        ['a', false, false],
      ],
    );
    assert.equal(malformed.length, 3);
    assert.equal(malformed[0], 'sinfo: slurm says hello');
  });

  it('is parsed as recorded from 22.05.8, 24.11.5 and 26.05.5', () => {
    const text =
      line('debug*', 'up', 'infinite', 'n/a', '0/1/0/1', '0/4/0/4', '4', '4000', '(null)') +
      line('debug*', 'up', 'infinite', 'n/a', '1/0/0/1', '4/0/0/4', '4', '4000', 'gpu:2') +
      line('short', 'up', '1:00', 'n/a', '0/1/0/1', '0/4/0/4', '4', '4000', '(null)') +
      line('short', 'up', '1:00', 'n/a', '1/0/0/1', '4/0/0/4', '4', '4000', 'gpu:2') +
      line('long', 'up', '2-00:00:00', '1:00:00', '0/1/0/1', '0/4/0/4', '4', '4000', '(null)') +
      line('closed', 'down', 'infinite', 'n/a', '0/1/0/1', '0/4/0/4', '4', '4000', '(null)');
    const { rows, malformed } = parseSinfo(text);
    assert.deepEqual(malformed, []);
    assert.deepEqual(
      rows.map(({ name, isDefault, isUp, limit, cpus }) => [
        name,
        isDefault,
        isUp,
        limit,
        cpus.idle,
        cpus.total,
      ]),
      [
        ['debug', true, true, 'unlimited', 4, 8],
        ['short', false, true, 60_000, 4, 8],
        ['long', false, true, 172_800_000, 4, 4],
        ['closed', false, false, 'unlimited', 4, 4],
      ],
    );
    assert.deepEqual(rows[0]?.gres, [{ name: 'gpu', type: undefined, count: 2, total: 2 }]);
  });
});
