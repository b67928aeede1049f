import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DoubleJob } from '../../doubles/juliahub/state.js';
import { messages, runScript, until, withHub } from './juliahubAsk.js';

const root = join(import.meta.dirname, '../../..');

describe('JuliaHub stand-in: jobs in Julia (3.7, 5.1, 7.4)', function () {
  // Julia may have to be unpacked first.
  this.timeout(600_000);
  let julia = '';
  before(async () => {
    const script = join(root, 'test/engines/julia.sh');
    julia = (await promisify(execFile)('bash', [script])).stdout.trim();
  });

  const run = async (
    code: string,
    more: Record<string, string>,
    use: (job: DoubleJob) => void,
  ): Promise<void> =>
    withHub({ julia }, async (double) => {
      const job = await runScript(double, code, more, ({ status }) => status !== 'Submitted');
      const giveUp = Date.now() + 60_000;
      while (job.ended === undefined) {
        assert.ok(Date.now() < giveUp, `the job is ${job.status}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      use(job);
    });

  it('retain level, location and values of log entries between printed lines', () =>
    run(
      'print("half ")\n@info "two\\nlines" iter=3 path="a\\\\b"\n@debug "fine"\n@warn "careful"\nprintln(ENV["N"])\n',
      { args: '{"N":"7"}' },
      (job) => {
        assert.equal(job.status, 'Completed', messages(job).join('\n'));
        assert.deepEqual(
          job.log.map(({ level, message }) => [level, message]),
          [
            [undefined, 'half '],
            ['Info', 'two\nlines'],
            ['Debug', 'fine'],
            ['Warn', 'careful'],
            [undefined, '7'],
          ],
        );
        const [, info] = job.log;
        assert.deepEqual(info?.keywords, { iter: '3', path: 'a\\b' });
        assert.deepEqual([info.module, info.line], ['Main', 2]);
      },
    ));

  it('store RESULTS and the file of RESULTS_FILE even if they fail', () =>
    run(
      'ENV["RESULTS"] = "{}"\nwrite("out.json", "42")\nENV["RESULTS_FILE"] = "out.json"\nerror("no")\n',
      {},
      (job) => {
        assert.deepEqual([job.status, job.results], ['Failed', '{}']);
        const file = job.files.find(({ type }) => type === 'result');
        assert.deepEqual([file?.name, file?.bytes.toString()], ['out.json', '42']);
        assert.match(messages(job).join('\n'), /no/);
      },
    ));

  it('use the project that was sent', () =>
    run(
      'println(basename(dirname(Base.active_project())) == basename(pwd()), " ", read("Project.toml", String) == "[deps]\\n")',
      { projecttoml: '[deps]\n' },
      (job) => assert.deepEqual(messages(job), ['true true']),
    ));
});

describe('JuliaHub stand-in as a program', () => {
  it('prints its URL and requests without secrets, and the violations when a signal ends it', async () => {
    const program = join(root, 'test/doubles/juliahub/main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, '--log'], { cwd: root });
    const closed = once(child, 'close');
    let told = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (told += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (complaints += part));
    try {
      await until(() => told.includes('\n') || child.exitCode !== null, 'the program does not start');
      assert.equal(child.exitCode, null, complaints);
      const [url = ''] = /http:\/\/[\w.:]+/.exec(told) ?? [];
      assert.equal((await fetch(`${url}/api/v1?secret=1`)).status, 401);
      await until(() => told.includes('GET /api/v1 401'), told);
      assert.ok(!told.includes('secret'));
    } finally {
      child.kill();
      await closed;
    }
    assert.equal(child.exitCode, 0);
    assert.match(complaints, /protocol violation: \/api\/v1 without a token \(1\.8\)/);
  });
});
