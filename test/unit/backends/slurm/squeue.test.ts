import assert from 'node:assert/strict';
import { startStopwatch } from '../../../fakes/stopwatch.js';
import { squeueFormat, type QueueRow } from '../../../../src/backends/slurm/squeue.js';
import {
  expectedVersions,
  formatted,
  hostileName,
  random,
  recorded,
  squeueOf,
  versions,
} from './recorded.js';
import { readSqueue } from './world.js';

/** The squeue record of a plain running job, with the given changes. */
const letters = {
  ...{ A: '36', i: '36', F: '36', K: 'N/A', T: 'RUNNING', r: 'None', R: 'n1', P: 'debug', M: '0:06' },
  ...{ l: '10:00', S: '2026-11-20T21:49:08', e: '2026-11-20T21:59:08', V: '2026-11-20T21:49:07', D: '1' },
  ...{ C: '2', m: '64M', b: 'gres:gpu:1', N: 'n1', a: 'root', q: 'normal', E: '(null)' },
  ...{ Z: '/home/al', o: '/home/al/fit.sh 7', k: '(null)', j: 'fit' },
};

const line = (change: Readonly<Record<string, string>> = {}): string => {
  const values = new Map(Object.entries({ ...letters, ...change }));
  return formatted((letter) => values.get(letter) ?? assert.fail(letter));
};

function row(change: Readonly<Record<string, string>> = {}): QueueRow {
  const { rows, malformed } = readSqueue(line(change));
  assert.deepEqual(malformed, []);
  assert.equal(rows.length, 1);
  return rows[0] ?? assert.fail();
}

describe('the output of squeue', () => {
  it('is requested with the job number at both ends and names near the end', () => {
    const letters = squeueFormat.split('\u001f');
    assert.deepEqual(letters.slice(0, 2), ['\u001e%A', '%i']);
    assert.deepEqual(letters.slice(-5), ['%Z', '%o', '%k', '%j', '%A']);
  });

  it('is parsed completely', () => {
    assert.deepEqual(row(), {
      own: 36,
      shown: '36',
      base: 36,
      index: undefined,
      state: 'RUNNING',
      reason: undefined,
      reasonDetail: undefined,
      partition: 'debug',
      usedMs: 6_000,
      limit: 600_000,
      start: new Date('2026-11-20T21:49:08Z'),
      end: new Date('2026-11-20T21:59:08Z'),
      submitted: new Date('2026-11-20T21:49:07Z'),
      nodes: 1,
      cpus: 2,
      memory: '64M',
      gres: 'gpu:1',
      nodeList: 'n1',
      account: 'root',
      qos: 'normal',
      dependency: undefined,
      workDir: '/home/al',
      command: '/home/al/fit.sh 7',
      comment: undefined,
      name: 'fit',
    });
  });

  it('is empty if there are no jobs', () => {
    for (const text of ['', '\n']) assert.deepEqual(readSqueue(text), { rows: [], malformed: [] });
  });

  it('contains why a job waits, with all details', () => {
    const detail = 'ReqNodeNotAvail, UnavailableNodes:n[1-2]';
    const { reason, reasonDetail, limit, start } = row({
      ...{ T: 'PENDING', r: 'ReqNodeNotAvail', R: `(${detail})`, l: 'UNLIMITED', S: 'N/A' },
    });
    assert.deepEqual(
      [reason, reasonDetail, limit, start],
      ['ReqNodeNotAvail', detail, 'unlimited', undefined],
    );
  });

  it('has large counts in units of 1024, and the same GRES in all versions', () => {
    assert.deepEqual([row({ C: '2K', D: '1K' }).cpus, row({ D: '1000' }).nodes], [2048, 1000]);
    const gres = ['gpu:1', 'gres:gpu:1', 'gres/gpu:1', 'gres/gpu:a100:2,gres/mps:100', 'gpu', 'N/A'];
    const read = gres.map((b) => row({ b }).gres);
    assert.deepEqual(read, ['gpu:1', 'gpu:1', 'gpu:1', 'gpu:a100:2,mps:100', 'gpu:1', undefined]);
  });

  it('has names unchanged, regardless of their content', () => {
    const below = random(3);
    const names = Array.from({ length: 500 }, () => hostileName(below));
    const text = names.map((j, at) => line({ A: String(at), j })).join('');
    const { rows, malformed } = readSqueue(text);
    assert.deepEqual(malformed, []);
    assert.deepEqual(
      rows.map(({ own, name }) => [own, name]),
      names.map((name, at) => [at, name]),
    );
  });

  it('loses no job if a folder, command or comment is as unusual as a name', () => {
    const below = random(5);
    for (let round = 0; round < 200; round++) {
      const [Z, o, k] = [hostileName(below), hostileName(below), hostileName(below)];
      const text = line({ A: '1', Z, o, k }) + line({ A: '2' });
      const { rows, malformed } = readSqueue(text);
      assert.deepEqual([rows.map(({ own }) => own), malformed], [[1, 2], []]);
      if (!(Z + o + k).includes('\u001f'))
        assert.deepEqual([rows[0]?.workDir, rows[0]?.command, rows[0]?.comment], [Z, o, k]);
    }
  });

  it('is reported as malformed if it was truncated at any byte, and the rest is parsed', () => {
    const whole = line({ A: '1' });
    const last = line({ A: '2', j: 'a|b' });
    for (let at = 1; at < last.length; at++) {
      const { rows, malformed } = readSqueue(whole + last.slice(0, at));
      assert.deepEqual(
        rows.map(({ own }) => own),
        [1],
      );
      assert.equal(malformed.length, 1, `cut at ${String(at)}`);
    }
  });

  it('is parsed around the output of a login shell and broken records', () => {
    const text = `Welcome to alpha\n${line({ A: '1' })}\u001e2\u001f2\u001f\n${line({ A: '3' })}`;
    const { rows, malformed } = readSqueue(text);
    assert.deepEqual(
      rows.map(({ own }) => own),
      [1, 3],
    );
    assert.deepEqual(malformed, ['squeue: Welcome to alpha', 'squeue: 2␣2␣']);
  });

  it('contains no job without a number or a state', () => {
    for (const change of [{ A: '' }, { A: 'x' }, { T: '' }] as const)
      assert.equal(readSqueue(line(change)).malformed.length, 1);
  });

  it('is parsed within 100 ms with 10,000 rows', () => {
    const text = Array.from({ length: 10_000 }, (_, at) =>
      line({ A: String(at), j: `name ${String(at)}` }),
    ).join('');
    readSqueue(text);
    const times = Array.from({ length: 8 }, () => {
      const elapsedMs = startStopwatch();
      assert.equal(readSqueue(text).rows.length, 10_000);
      return elapsedMs();
    });
    assert.ok(Math.min(...times) < 100, `took ${String(Math.min(...times))} ms`);
  });
});

/**
 * Recorded from 22.05.8, 24.11.5 and 26.05.5 with this format on 2026-11-21; the bytes in names were passed
 * to sbatch.
 */
const real = [
  [
    ...[
      '3',
      '3',
      '3',
      'N/A',
      'RUNNING',
      'None',
      'n1',
      'debug',
      '0:07',
      '365-00:00:00',
      '2026-11-21T09:40:25',
    ],
    ...[
      '2027-11-21T09:40:25',
      '2026-11-21T09:40:24',
      '1',
      '1',
      '64M',
      'N/A',
      'n1',
      'root',
      'normal',
      '(null)',
    ],
    ...['/tmp/w', '(null)', '(null)', 'ctl\u001e\u001fx', '3\n'],
  ],
  [
    ...['23', '22+1', '23', 'N/A', 'PENDING', 'Resources', '(Resources)', 'debug', '0:00', 'UNLIMITED'],
    ...['2027-11-21T09:40:25', 'NONE', '2026-11-21T09:40:25', '1', '2', '64M', 'N/A', '', 'root', 'normal'],
    ...['(null)', '/tmp/w', '/tmp/w/het.sh', 'c\n|d', 'ünï 日本🙂', '23\n'],
  ],
  [
    ...['25', '25', '25', 'N/A', 'FAILED', 'RaisedSignal:11(Segmentation fault)'],
    ...['(RaisedSignal:11(Segmentation fault))', 'long', '0:00', '1:00:00', '2026-11-21T09:40:26'],
    ...['2026-11-21T09:40:26', '2026-11-21T09:40:25', '1', '1', '64M', 'gres/gpu:1', 'n3', 'root', 'normal'],
    ...['(null)', '/tmp/w', '/tmp/w/my cmd.sh a  b |c', '(null)', 'two\nlines', '25\n'],
  ],
];

describe('the output of a real squeue', () => {
  it('with this format is parsed, with everything that sbatch accepts as a name', () => {
    const text = real.map((fields) => `\u001e${fields.join('\u001f')}`).join('');
    const { rows, malformed } = readSqueue(text);
    assert.deepEqual(malformed, []);
    assert.deepEqual(
      rows.map(({ shown, state, name }) => [shown, state, name]),
      [
        ['3', 'RUNNING', 'ctl\u001e\u001fx'],
        ['22+1', 'PENDING', 'ünï 日本🙂'],
        ['25', 'FAILED', 'two\nlines'],
      ],
    );
    const [, het, failed] = rows;
    assert.deepEqual(
      [het?.comment, failed?.command, failed?.reasonDetail],
      ['c\n|d', '/tmp/w/my cmd.sh a  b |c', 'RaisedSignal:11(Segmentation fault)'],
    );
  });

  it('was recorded from four versions', () => {
    for (const version of expectedVersions)
      assert.ok(
        versions.some((name) => name.startsWith(version)),
        version,
      );
  });

  for (const version of versions) {
    it(`is parsed (${version})`, () => {
      const { rows, malformed } = readSqueue(squeueOf(recorded(version, 'squeue-all.txt')));
      assert.deepEqual(malformed, []);
      const byName = (name: string): QueueRow => rows.find((one) => one.name === name) ?? assert.fail(name);
      const states = ['closed', 'cancelled', 'ok', 'bad', 'running', 'waits'].map(
        (name) => byName(name).state,
      );
      assert.deepEqual(states, ['PENDING', 'CANCELLED', 'COMPLETED', 'FAILED', 'RUNNING', 'PENDING']);
      const { reason, index, shown, base, dependency, limit } = byName('waits');
      assert.deepEqual([reason, index, limit], ['Dependency', '1-4%2', 'unlimited']);
      assert.deepEqual(shown, `${String(base)}_[1-4%2]`);
      assert.match(dependency ?? '', /^afterok:\d+\(unfulfilled\)$/);
      const { gres, cpus, usedMs, limit: tenMinutes, nodeList, workDir, command } = byName('running');
      assert.deepEqual([gres, cpus, usedMs, tenMinutes], ['gpu:1', 2, 6_000, 600_000]);
      assert.deepEqual([nodeList, workDir, command], ['n1', '/tmp/slurm-ci/w', undefined]);
      assert.equal(byName('bad').reason, 'NonZeroExitCode');
      assert.equal(byName('ok').comment, 'a comment');
      const tasks = rows.filter(({ name }) => name === 'arr');
      assert.deepEqual(tasks.map(({ index: task }) => task).sort(), ['1', '2', '3']);
      // The last task, not the first, keeps the array's number.
      assert.deepEqual(
        tasks.filter((task) => task.own === task.base).map(({ index: task }) => task),
        ['3'],
      );
    });
  }
});
