import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { DoubleJob } from '../../doubles/juliahub/state.js';
import { messages, runScript, until, withHub } from './juliahubAsk.js';

describe('JuliaHub stand-in: programs (3.7, 7.4)', () => {
  const result = (job: DoubleJob): Readonly<Record<string, string>> =>
    Object.fromEntries(
      job.files.filter(({ type }) => type === 'result').map(({ name, bytes }) => [name, bytes.toString()]),
    );

  for (const [interpreter, code] of [
    [
      'a shell',
      '#!/bin/sh\necho "$N on $JRUN_NAME"; echo oops >&2\n' +
        'printf 1 > "$JULIAHUB_RESULTS_SUMMARY_FILE"; echo 42 > "$JULIAHUB_RESULTS_UPLOAD_DIR/a.txt"; exit 3\n',
    ],
    [
      'Python',
      '#!/usr/bin/env python3\nimport os, sys\nprint(os.environ["N"], "on", os.environ["JRUN_NAME"], flush=True)\n' +
        'print("oops", file=sys.stderr)\nopen(os.environ["JULIAHUB_RESULTS_SUMMARY_FILE"], "w").write("1")\n' +
        'open(os.environ["JULIAHUB_RESULTS_UPLOAD_DIR"] + "/a.txt", "w").write("42\\n")\nsys.exit(3)\n',
    ],
    ['a timeline', '#!timeline\nenv N\nprint oops\nresult 1\nresultfile a.txt 42\nfail 3\n'],
  ] as const)
    it(`runs in ${interpreter}, and keeps the results of a job that fails`, () =>
      withHub({}, async (double) => {
        const job = await runScript(double, code, { args: '{"N":"7"}' });
        assert.equal(job.status, 'Failed');
        const printed = [...messages(job)].sort();
        assert.deepEqual(printed, [interpreter === 'a timeline' ? 'N=7' : `7 on ${job.name}`, 'oops'].sort());
        assert.equal(job.results, '1');
        assert.equal(result(job)['a.txt']?.trim(), '42');
      }));

  it('truncates results to 1000 characters and packs folders', () =>
    withHub({ controls: { archive: 'tar.gz' } }, async (double) => {
      const long = '\u{1f600}'.repeat(1001);
      const job = await runScript(double, `#!timeline\nresult ${long}\nresultdir plots a=1 b=2\n`);
      assert.equal(job.results, '\u{1f600}'.repeat(1000));
      const [file] = job.files.filter(({ type }) => type === 'result');
      assert.equal(file?.name, 'plots.tar.gz');
      const names = execFileSync('tar', ['-tzf', '-'], { input: file.bytes }).toString().trim().split('\n');
      assert.deepEqual(names.sort(), ['plots/', 'plots/a', 'plots/b']);
    }));

  it('stores sent files as inputs and under their own type (6)', () =>
    withHub({}, async (double) => {
      const job = await runScript(double, '#!timeline\n', { projecttoml: '[deps]\n' });
      assert.deepEqual(
        job.files.map(({ type, name }) => `${type} ${name}`),
        ['input code.jl', 'source code.jl', 'input Project.toml', 'project Project.toml'],
      );
    }));

  it('ends processes that jobs leave running, also when it ends itself', () =>
    withHub({}, async (double) => {
      const job = await runScript(
        double,
        '#!/bin/sh\nsleep 61 & echo $!; wait\n',
        {},
        ({ log }) => log.length > 0,
      );
      const pid = Number(job.log[0]?.message);
      assert.ok(process.kill(pid, 0), 'it runs');
      await double.end();
      await until(() => {
        try {
          // A zombie process has ended.
          return /^State:\s+Z/m.test(execFileSync('cat', [`/proc/${String(pid)}/status`]).toString());
        } catch {
          return true;
        }
      }, 'the process is still running');
      assert.equal(job.status, 'Stopped');
    }));

  it('logs an error if it has no Julia', () =>
    withHub({ julia: false }, async (double) => {
      const job = await runScript(double, 'println(1)');
      assert.deepEqual([job.status, job.log[0]?.level], ['Failed', 'Error']);
      assert.match(job.log[0]?.message ?? '', /Julia not found/);
    }));
});
