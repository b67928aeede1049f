import assert from 'node:assert/strict';
import { slurmCheck } from '../../../../src/backends/slurm/check.js';
import type { Offers } from '../../../../src/backends/slurm/offers.js';
import { readSinfo, type Partition } from '../../../../src/backends/slurm/sinfo.js';
import type { Fact, Request, Work } from '../../../../src/core/backend.js';
import { JobError } from '../../../../src/core/problem.js';
import { plainSay as say } from '../../../../src/core/say.js';
import { never, problemOf } from '../hosts/doubles.js';

const line = (...fields: readonly string[]): string => `${fields.join('\u001f')}\n`;
const partitions = readSinfo(
  line('debug*', 'up', '1:00:00', '10:00', '0/2/0/2', '0/8/0/8', '4', '16000', '(null)') +
    line('shut', 'down', 'infinite', 'n/a', '0/2/0/2', '0/8/0/8', '4', '16000', '(null)'),
).rows;
const offering = (all: () => Promise<readonly Partition[]>): Offers => ({
  partitions: all,
  associations: async () => ({ accounts: [], defaultAccount: undefined }),
});

const request = (options: Request['options'] = {}, more: Partial<Request> = {}): Request => ({
  name: 'x',
  args: [],
  env: {},
  options,
  ...more,
});
const check = slurmCheck(
  offering(async () => partitions),
  say,
);
const script = (text: string, name = 'a.sh'): Work => ({ kind: 'script', script: { name, text } });
const factsOf = async (work: Work, asked = request()): Promise<readonly string[]> =>
  (await check(work, asked, never)).map(
    ({ label, text, warning }: Fact) => `${warning ? '! ' : ''}${label}: ${text}`,
  );

describe('what should be known before a submission to Slurm', () => {
  it('is nothing of a script that asks for nothing', async () => {
    assert.deepEqual(await factsOf(script('#!/bin/sh\n')), []);
    assert.deepEqual(await factsOf({ kind: 'bundle', entry: 'a.bin' }), []);
  });

  it('is what the script asks for, and what of it is overridden', async () => {
    const text = '#!/bin/sh\n#SBATCH -n 2 -p debug\n#SBATCH --time=5\n';
    assert.deepEqual(await factsOf(script(text), request({ tasks: '4', cpus: '' }, { limitMs: 60_000 })), [
      'The script asks for: --ntasks=2  --partition=debug  --time=5',
      'Overridden by your choices: --ntasks=2  --time=5',
    ]);
  });

  it('is what was mended', async () => {
    const [fact] = await factsOf({ kind: 'bundle', entry: 'a.sh', text: '#!/bin/sh\r\n' });
    assert.match(fact ?? '', /^! Mended: .*line ends of Unix/);
  });

  it('is that variables may not reach the job', async () => {
    const env = { A: '1' };
    const text = '#!/bin/sh\n#SBATCH --export=NONE\n';
    assert.match(
      (await factsOf(script(text), request({}, { env }))).join(),
      /! Environment: .*--export=NONE/,
    );
    assert.doesNotMatch((await factsOf(script(text))).join(), /Environment/);
    assert.doesNotMatch(
      (await factsOf(script('#!/bin/sh\n#SBATCH --export=ALL,B=1\n'), request({}, { env }))).join(),
      /Environment/,
    );
    for (const extra of ['--export=NONE', '--export NONE'])
      assert.match((await factsOf(script('#!/bin/sh\n'), request({ extra }, { env }))).join(), /Environment/);
  });

  it('is that a partition is closed, or none of the cluster', async () => {
    assert.match((await factsOf(script('#!/bin/sh\n#SBATCH -p shut\n'))).join(), /shut is closed/);
    assert.match(
      (await factsOf(script('#!/bin/sh\n'), request({ partition: 'nope' }))).join(),
      /no partition nope/,
    );
    assert.deepEqual(await factsOf(script('#!/bin/sh\n'), request({ partition: 'debug,shut' })), []);
  });

  it('is that the job asks for more time or CPUs than its partition has', async () => {
    const facts = (
      options: Request['options'],
      text = '',
      more: Partial<Request> = {},
    ): Promise<readonly string[]> => factsOf(script(`#!/bin/sh\n${text}`), request(options, more));
    assert.match((await facts({}, '', { limitMs: 3_600_001 })).join(), /debug lets jobs run 1 h at most/);
    assert.deepEqual(await facts({}, '', { limitMs: 3_600_000 }), []);
    assert.match((await facts({}, '#SBATCH -t 2:00:00\n')).join(), /at most/);
    assert.match((await facts({}, '#SBATCH -t 0\n')).join(), /at most/);
    assert.match((await facts({ cpus: '5' })).join(), /No node of debug has 5 CPUs; the largest has 4/);
    assert.deepEqual(await facts({ cpus: '4' }), []);
  });

  it('is what makes it fail for certain', async () => {
    const problem = await problemOf(check(script('#!/bin/sh\n#SBATCH --comment="x\n'), request(), never));
    assert.ok(problem.kind === 'invalid' && /^Line 2 of a\.sh/.test(problem.why));
  });

  it('is said without the cluster where it does not answer; being stopped is no such answer', async () => {
    const cut = slurmCheck(
      offering(() => Promise.reject(new JobError({ kind: 'offline', place: 'x', why: 'y' }))),
      say,
    );
    assert.equal((await cut(script('#!/bin/sh\n#SBATCH -p nope\n'), request(), never)).length, 1);
    const stopped = slurmCheck(
      offering(() => Promise.reject(new DOMException('', 'AbortError'))),
      say,
    );
    await assert.rejects(stopped(script(''), request(), never), { name: 'AbortError' });
  });
});
