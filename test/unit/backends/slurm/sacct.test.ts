import assert from 'node:assert/strict';
import { toSacctArgs, type AccountRow } from '../../../../src/backends/slurm/sacct.js';
import { hostileName, random, recorded, sacctOf, versions } from './recorded.js';
import { readSacct } from './world.js';
import { startStopwatch } from '../../../fakes/stopwatch.js';

/** The sacct record of a job, with the given changes, in the column order of {@link toSacctArgs}. */
const told = {
  ...{
    JobIDRaw: '36',
    JobID: '36',
    State: 'FAILED',
    ExitCode: '3:0',
    DerivedExitCode: '0:0',
    Reason: 'None',
  },
  ...{ Partition: 'debug', Submit: '2026-11-20T21:49:01', Start: '2026-11-20T21:49:02' },
  ...{ End: '2026-11-20T21:49:09', ElapsedRaw: '7', TimelimitRaw: '60', AllocCPUS: '2', ReqMem: '64M' },
  ...{ NNodes: '1', NodeList: 'n1', Account: 'proj', QOS: 'normal', WorkDir: '/home/al', JobName: 'fit' },
};

const columns = toSacctArgs({}).at(-1)?.split(',') ?? [];

function line(change: Readonly<Record<string, string>> = {}): string {
  const values = new Map(Object.entries({ ...told, ...change }));
  return `${columns.map((column) => values.get(column) ?? assert.fail(column)).join('\u001f')}\n`;
}

function row(change: Readonly<Record<string, string>> = {}): AccountRow {
  const { rows, malformed } = readSacct(line(change));
  assert.deepEqual(malformed, []);
  assert.equal(rows.length, 1);
  return rows[0] ?? assert.fail();
}

describe('the arguments of sacct', () => {
  it('request one row per job, without titles, in exact columns', () => {
    const args = toSacctArgs({});
    assert.deepEqual(args.slice(0, 6), ['sacct', '-X', '-P', '-n', '--noconvert', '--delimiter=\u001f']);
    assert.deepEqual([columns[0], columns.at(-2), columns.at(-1)], ['JobIDRaw', 'JobName', 'JobIDRaw']);
  });

  it('can select jobs, a time range or a user', () => {
    const since = new Date('2026-11-20T14:00:00Z');
    assert.deepEqual(toSacctArgs({ ids: ['36', '37_2'], since, user: 'al' }).slice(6, -2), [
      ...['-S', '2026-11-20T14:00:00', '-u', 'al', '-j', '36,37_2'],
    ]);
  });
});

describe('the output of sacct', () => {
  it('is parsed completely', () => {
    assert.deepEqual(row(), {
      own: 36,
      shown: '36',
      state: 'FAILED',
      exit: { code: 3 },
      derivedExit: { code: 0 },
      reason: undefined,
      partition: 'debug',
      submitted: new Date('2026-11-20T21:49:01Z'),
      start: new Date('2026-11-20T21:49:02Z'),
      end: new Date('2026-11-20T21:49:09Z'),
      usedMs: 7_000,
      limit: 3_600_000,
      cpus: 2,
      memory: '64M',
      nodes: 1,
      nodeList: 'n1',
      account: 'proj',
      qos: 'normal',
      workDir: '/home/al',
      name: 'fit',
    });
  });

  it('can omit what is not known yet', () => {
    const open = row({
      ...{ State: 'PENDING', Start: 'Unknown', End: 'Unknown', TimelimitRaw: 'Partition_Limit' },
      ...{ NodeList: 'None assigned', ReqMem: '64Mc', ElapsedRaw: '', DerivedExitCode: '' },
    });
    assert.deepEqual([open.start, open.end, open.limit, open.nodeList], Array(4).fill(undefined));
    assert.deepEqual([open.memory, open.usedMs, open.derivedExit], ['64M', undefined, undefined]);
    assert.equal(row({ TimelimitRaw: 'UNLIMITED' }).limit, 'unlimited');
  });

  it('contains array tasks that wait together, and who cancelled a job', () => {
    const { own, shown, state } = row({ JobID: '36_[5-9]', State: 'CANCELLED by 1000' });
    assert.deepEqual([own, shown, state], [36, '36_[5-9]', 'CANCELLED by 1000']);
  });

  it('has names unchanged, regardless of their content', () => {
    const below = random(11);
    const names = Array.from({ length: 500 }, () => hostileName(below));
    const text = names.map((JobName, at) => line({ JobIDRaw: String(at), JobName })).join('');
    const { rows, malformed } = readSacct(text);
    assert.deepEqual(malformed, []);
    assert.deepEqual(
      rows.map(({ own, name }) => [own, name]),
      names.map((name, at) => [at, name]),
    );
  });

  it('is reported as malformed if it was truncated at any byte, and the rest is parsed', () => {
    const last = line({ JobIDRaw: '37', JobName: 'a|b' });
    for (let at = 1; at < last.length; at++) {
      const { rows, malformed } = readSacct(line() + last.slice(0, at));
      assert.deepEqual(
        rows.map(({ own }) => own),
        [36],
      );
      assert.equal(malformed.length, 1, `cut at ${String(at)}`);
    }
  });

  it('is parsed around unrelated output', () => {
    const step = line({ JobIDRaw: '36.batch', JobID: '36.batch', JobName: 'batch' });
    const { rows, malformed } = readSacct(
      `Welcome\n${line()}${step}\n36\u001fbroken\n${line({ JobIDRaw: '38' })}`,
    );
    assert.deepEqual(
      rows.map(({ own }) => own),
      [36, 38],
    );
    assert.deepEqual(malformed, ['sacct: Welcome', 'sacct: 36␣broken']);
    assert.deepEqual(readSacct(''), { rows: [], malformed: [] });
  });

  it('takes little time to parse if all of it is broken', () => {
    const text = '1\u001f2\n'.repeat(20_000);
    const elapsedMs = startStopwatch();
    assert.equal(readSacct(text).malformed.length, 20_000);
    assert.ok(elapsedMs() < 2_000);
  });
});

describe('the output of a real sacct', () => {
  for (const version of versions) {
    it(`is parsed (${version})`, () => {
      const { rows, malformed } = readSacct(sacctOf(recorded(version, 'sacct-P.txt')));
      assert.deepEqual(malformed, []);
      const byName = (name: string): AccountRow => rows.find((one) => one.name === name) ?? assert.fail(name);
      assert.deepEqual([byName('ok').state, byName('ok').exit], ['COMPLETED', { code: 0 }]);
      assert.deepEqual([byName('bad').state, byName('bad').exit], ['FAILED', { code: 3 }]);
      assert.equal(byName('cancelled').state, 'CANCELLED by 0');
      assert.deepEqual([byName('running').end, byName('running').limit], [undefined, 600_000]);
      assert.deepEqual([byName('closed').start, byName('closed').limit], [undefined, undefined]);
      const tasks = rows.filter(({ name }) => name === 'arr').map(({ shown }) => shown.split('_')[1]);
      assert.deepEqual(tasks.sort(), ['1', '2', '3']);
      assert.ok(!rows.some(({ name }) => name === 'batch'));
    });
  }
});
