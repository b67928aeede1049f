import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Backend } from '../../src/core/domain/backend.js';
import type { Script } from '../../src/core/domain/jobSpec.js';
import type { Job } from '../../src/core/domain/job.js';
import { place, tarOf, type Place } from './local.js';
import { ended, linesOf, never, request, submit, wholeLog } from './subject.js';
import { listFiles, readEvents, sendBundle } from '../fakes/backendCalls.js';

const patienceMs = 60_000;

interface Told {
  readonly job: Job;
  readonly lines: readonly string[];
  /** Contents of the result files by name. */
  readonly results: Readonly<Record<string, string>>;
}

async function run(backend: Backend, script: Script, more = {}): Promise<Told> {
  const id = await submit(backend, script, more);
  const job = await ended({ backend, patienceMs }, id);
  return { job, lines: linesOf(await wholeLog(backend, id)), results: await resultsOf(backend, job) };
}

async function resultsOf(backend: Backend, job: Job): Promise<Readonly<Record<string, string>>> {
  const download = backend.files?.read;
  assert.ok(download);
  const results: Record<string, string> = {};
  for (const file of await listFiles(backend, job.id, never)) {
    if (file.kind !== 'result') continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of download(job.id, file, never)) chunks.push(chunk);
    results[file.name] = Buffer.concat(chunks).toString();
  }
  return results;
}

describe('Local: Python jobs', () => {
  let spool: Place;
  let backend: Backend;
  const py = (...lines: readonly string[]): Script => ({ name: 'fit.py', text: `${lines.join('\n')}\n` });
  before(async () => {
    // Not set where the tests run.
    const env = { ...process.env };
    delete env['PYTHONUNBUFFERED'];
    spool = await place(undefined, env);
    backend = spool.window();
  });
  after(() => spool.end());

  it('have the final values of RESULTS and of the file in RESULTS_FILE as their results', async () => {
    const { job, results } = await run(
      backend,
      py(
        'import atexit, os, pathlib',
        "pathlib.Path('out.csv').write_text('a,b')",
        "os.environ['RESULTS_FILE'] = 'out.csv'",
        "os.environ['RESULTS'] = 'early'",
        'atexit.register(lambda: os.environ.update(RESULTS=\'{"loss": 0.5, "é": 1}\'))',
      ),
    );
    assert.equal(job.results, '{"loss": 0.5, "é": 1}');
    assert.deepEqual(results, { 'out.csv': 'a,b' });
    assert.deepEqual([job.state.word, job.reason], ['Completed', undefined]);
  });

  it('have results after a failure too, with a traceback that starts in the script', async () => {
    const { job, lines, results } = await run(
      backend,
      py(
        'import os',
        "os.makedirs('plots/deep')",
        "open('plots/deep/a.txt', 'w').write('A')",
        "os.environ['RESULTS_FILE'] = os.path.abspath('plots')",
        "os.environ['RESULTS'] = 'so far'",
        "raise KeyError('lr')",
      ),
    );
    const script = join(spool.folder, 'jobs', job.id, 'work', 'fit.py');
    assert.deepEqual(lines, [
      'Traceback (most recent call last):',
      `  File "${script}", line 6, in <module>`,
      "    raise KeyError('lr')",
      "KeyError: 'lr'",
    ]);
    assert.deepEqual([job.exit?.code, job.reason, job.results], [1, 'exit code 1', 'so far']);
    assert.deepEqual(results, { 'plots/deep/a.txt': 'A' });
  });

  it('run as they would outside the extension', async () => {
    const { job, lines } = await run(
      backend,
      py(
        'from __future__ import annotations',
        'import os, sys, pickle',
        'class Thing: pass',
        'if __name__ == "__main__":',
        '    print(sys.argv[1:], os.path.basename(sys.argv[0]), os.path.basename(__file__))',
        '    print(sys.path[0] == os.path.dirname(os.path.realpath(__file__)) == os.getcwd())',
        '    print(type(pickle.loads(pickle.dumps(Thing()))).__name__, Thing.__module__, sorted(n for n in dir() if not n.startswith("__")))',
        '    print([n for n in os.environ if n == "BATCH_JOBS_NOTES"])',
        '    sys.exit(5)',
      ),
      { args: ['a b', '-x'] },
    );
    assert.deepEqual(lines, [
      "['a b', '-x'] fit.py fit.py",
      'True',
      "Thing __main__ ['Thing', 'annotations', 'os', 'pickle', 'sys']",
      '[]',
    ]);
    assert.equal(job.exit?.code, 5);
  });

  it('can start processes of multiprocessing in each way, and only the job itself sets results', async () => {
    for (const way of ['spawn', 'fork', 'forkserver']) {
      const { job, lines } = await run(
        backend,
        py(
          'import multiprocessing as mp, os, sys',
          'def square(x):',
          "    os.environ['RESULTS'] = 'from a child'",
          '    return x * x',
          "if __name__ == '__main__':",
          `    with mp.get_context('${way}').Pool(2) as pool:`,
          '        print(pool.map(square, [1, 2, 3]))',
          '    pid = os.fork()',
          '    if pid == 0:',
          "        os.environ['RESULTS'] = 'from a fork'",
          '        sys.exit(0)',
          '    os.waitpid(pid, 0)',
        ),
      );
      assert.deepEqual([lines, job.results], [['[1, 4, 9]'], undefined], way);
    }
  });

  it('report a syntax error like Python', async () => {
    const { lines, job } = await run(backend, py('x = 1', 'y = = 2'));
    assert.match(lines[0] ?? '', /^ {2}File ".*fit\.py", line 2$/);
    assert.equal(lines.at(-1), 'SyntaxError: invalid syntax');
    assert.equal(job.exit?.code, 1);
  });

  it('stream their lines as they are printed', async () => {
    const id = await submit(backend, py('import time', 'print("first")', 'time.sleep(60)'));
    for await (const event of readEvents(backend, id, { at: 'start' }, true, never)) {
      assert.equal(event.kind === 'line' && event.text, 'first');
      break;
    }
    await backend.control?.cancel?.(id, never);
  });

  it('keep at most 64 KiB of a value', async () => {
    const { job } = await run(backend, py('import os', "os.environ['RESULTS'] = 'é' * 60000"));
    assert.equal(job.results, 'é'.repeat(32_768));
  });

  it('report when the results file does not exist, and still complete', async () => {
    const { job } = await run(backend, py('import os', "os.environ['RESULTS_FILE'] = 'nowhere.csv'"));
    assert.deepEqual([job.state.word, job.reason], ['Completed', 'its results could not be stored: ENOENT']);
  });

  it('leave new files as outputs, and ignore links that lead outside', async () => {
    const { job } = await run(
      backend,
      py(
        'import os',
        "os.makedirs('sub')",
        "open('sub/new.txt', 'w').write('new')",
        "os.symlink('/etc/passwd', 'link')",
      ),
    );
    const download = backend.files?.read;
    assert.ok(download);
    const found = (await listFiles(backend, job.id, never)).map(({ kind, name }) => `${kind} ${name}`);
    assert.deepEqual(found, ['input fit.py', 'log log.txt', 'output sub/new.txt']);
    for (const name of ['link', '../job.json', '../../../x', '/etc/passwd', 'a\0b']) {
      const reading = async (): Promise<void> => {
        for await (const chunk of download(job.id, { kind: 'output', name }, never))
          assert.fail(String(chunk));
      };
      await assert.rejects(reading, { name: 'JobError' }, name);
    }
  });
});

describe('Local: Julia jobs', () => {
  let spool: Place;
  let backend: Backend;
  let julia: string;
  const jl = (...lines: readonly string[]): Script => ({ name: 'fit.jl', text: `${lines.join('\n')}\n` });
  before(async function () {
    this.timeout(300_000);
    const script = join(import.meta.dirname, '..', 'engines', 'julia.sh');
    julia = execFileSync('bash', [script], { encoding: 'utf8' }).trim();
    spool = await place();
    backend = spool.window({ interpreters: { '.jl': { program: julia, args: ['--startup-file=no'] } } });
  });
  after(() => spool.end());

  it('have the final values of RESULTS and of the file in RESULTS_FILE as their results', async () => {
    const { job, lines, results } = await run(
      backend,
      jl(
        'write("out.csv", "a,b")',
        'ENV["RESULTS_FILE"] = "out.csv"',
        'ENV["RESULTS"] = "early"',
        'atexit(() -> ENV["RESULTS"] = "{\\"loss\\": 0.5, \\"é\\": 1}")',
        'println(ARGS, " ", basename(PROGRAM_FILE), " ", abspath(PROGRAM_FILE) == @__FILE__, " ", pwd() == @__DIR__)',
        'println(haskey(ENV, "BATCH_JOBS_NOTES"), " ", @isdefined(notes))',
      ),
      { args: ['a b', '-x'] },
    );
    assert.deepEqual(lines, ['["a b", "-x"] fit.jl true true', 'false false']);
    assert.equal(job.results, '{"loss": 0.5, "é": 1}');
    assert.deepEqual(results, { 'out.csv': 'a,b' });
  });

  it('have results after a failure too', async () => {
    const { job, lines } = await run(backend, jl('ENV["RESULTS"] = "so far"', 'error("too hot")'));
    assert.deepEqual([job.exit?.code, job.results], [1, 'so far']);
    assert.equal(lines[0], 'ERROR: LoadError: too hot');
  });

  it('can have workers, none of which sets results', async function () {
    this.timeout(90_000);
    const script = jl(
      'using Distributed',
      '@everywhere workers() ENV["RESULTS"] = "from a worker"',
      'println(nworkers())',
    );
    const parallel = spool.window({
      interpreters: { '.jl': { program: julia, args: ['--startup-file=no', '-p', '1'] } },
    });
    const { job, lines } = await run(parallel, script);
    assert.deepEqual([lines, job.results], [['1'], undefined]);
    const added = jl(
      'using Distributed',
      'addprocs(1)',
      ...script.text.trim().split('\n').slice(1),
      'ENV["RESULTS"] = "mine"',
    );
    const { job: other } = await run(backend, added);
    assert.equal(other.results, 'mine');
  });

  it('run in the project of their bundle', async () => {
    const bundle = await tarOf(spool.folder, 'model', {
      'Project.toml': 'name = "Model"\nuuid = "7876af07-990d-54b4-ab0e-23690620f79a"\n',
      'src/Model.jl': 'module Model\nanswer() = 42\nend\n',
      'run.jl': 'using Model\nprintln(Model.answer())\nENV["RESULTS"] = string(Model.answer())\n',
    });
    const id = await sendBundle(backend, bundle, 'run.jl', request('model'), never);
    const job = await ended({ backend, patienceMs }, id);
    assert.deepEqual([linesOf(await wholeLog(backend, id)), job.results], [['42'], '42']);
  });
});

describe('Local: jobs of other languages', () => {
  it('set results through the files that their environment names', async () => {
    const spool = await place();
    try {
      const backend = spool.window();
      const text =
        "const fs = require('node:fs'); fs.writeFileSync(process.env.JULIAHUB_RESULTS_SUMMARY_FILE, '7');" +
        "fs.writeFileSync(process.env.JULIAHUB_RESULTS_UPLOAD_DIR + '/a.txt', 'A'); process.exitCode = 3;";
      const { job, results } = await run(backend, { name: 'job.js', text });
      assert.deepEqual([job.exit?.code, job.results, results], [3, '7', { 'a.txt': 'A' }]);
    } finally {
      await spool.end();
    }
  });

  it('run by their first line if no interpreter is known for their extension', async () => {
    const spool = await place();
    try {
      const backend = spool.window();
      const { lines } = await run(backend, { name: 'tool', text: '#!/usr/bin/env -S bash -u\necho "$-"\n' });
      assert.match(lines[0] ?? '', /u/);
      const { lines: second } = await run(backend, { name: 'x.unknown', text: '#!/bin/sh\necho plain\n' });
      assert.deepEqual(second, ['plain']);
    } finally {
      await spool.end();
    }
  });
});
