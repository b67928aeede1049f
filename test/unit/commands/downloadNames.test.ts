import assert from 'node:assert/strict';
import { downloadAll, downloadFile } from '../../../src/commands/downloadFiles.js';
import { openJobFile } from '../../../src/commands/openFiles.js';
import type { JobFiles } from '../../../src/core/domain/backend.js';
import type { JobFile } from '../../../src/core/domain/job.js';
import { JobError, type JobProblem } from '../../../src/core/domain/problem.js';
import { portsOf, type World } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, type FakeMembers } from '../../fakes/jobs.js';
import { answers, choosesFolder, picks, presses, saves, scriptedUi, type Expected } from '../../fakes/ui.js';

const file = (name: string, kind: JobFile['kind'] = 'output'): JobFile => ({ name, kind });

const start = (
  names: readonly (string | JobFile)[],
  script: readonly Expected[],
  world: Partial<World> = {},
  more: FakeMembers = {},
) => {
  const files = names.map((name) => (typeof name === 'string' ? file(name) : name));
  const backend = backendOf({
    files: () => Promise.resolve(files),
    read: async function* (_id, { name }) {
      await Promise.resolve();
      yield Buffer.from(name);
    },
    ...more,
  });
  const { ui, seen } = scriptedUi(...script);
  const ports = portsOf({ ui, jobs: [{ backend, job: jobOf({ state: completed }) }], ...world });
  return {
    seen,
    ports,
    told: () => seen.told.map(({ text }) => text),
    written: () => [...ports.deeds.files.keys()],
  };
};

const here = choosesFolder(/^Download/, '/out');
const question = /^Programs may run or load/;
const noFile = (): undefined => undefined;

describe('Download All with names that programs act on', () => {
  const names = ['a.csv', '.git/config', '.GIT./hooks/x', '.vscode/tasks.json', '.envrc'];

  it('never writes .git folders, and prompts once for the others', async () => {
    const begun = start(names, [here, answers(question, 'Write')]);
    await downloadAll(['local/j1'], begun.ports);
    assert.deepEqual(begun.written(), ['/out/a.csv', '/out/.vscode/tasks.json', '/out/.envrc']);
    assert.equal(begun.seen.questions[0]?.detail, '.vscode/tasks.json\n.envrc');
    assert.deepEqual(begun.told(), [
      '3 of 5 files of fit.jl were downloaded. Skipped because of their names: .git/config, .GIT./hooks/x.',
    ]);
    assert.equal(begun.seen.told[0]?.weight, 'warning');
  });

  it('never writes two files of a job to one path, even if existing files are overwritten', async () => {
    const same = [file('output/a'), file('a', 'result'), file('a'), file('a')];
    const begun = start(same, [here, answers('2 of 4 files already exist.', 'Overwrite')]);
    for (const path of ['/out/a', '/out/output/a']) begun.ports.deeds.files.set(path, '');
    await downloadAll(['local/j1'], begun.ports);
    assert.deepEqual(begun.written().sort(), [
      '/out/a',
      '/out/output/a',
      '/out/output/output/a',
      '/out/output/output/output/a',
    ]);
    assert.deepEqual(begun.told(), ['4 files of fit.jl were downloaded.']);
  });

  it('skips the others if the user chooses so', async () => {
    const begun = start(names, [here, answers(question, 'Skip')]);
    await downloadAll(['local/j1'], begun.ports);
    assert.deepEqual(begun.written(), ['/out/a.csv']);
    assert.match(
      begun.told()[0] ?? '',
      /^1 of 5 files .* Skipped because of their names: .git\/config, .* and 1 more\.$/,
    );
  });

  it('writes nothing if the prompt is dismissed', async () => {
    const begun = start(names, [here, answers(question, undefined)]);
    await assert.rejects(downloadAll(['local/j1'], begun.ports), { name: 'AbortError' });
    assert.deepEqual(begun.written(), []);
  });

  it('prompts for the settings of a repository with another name', async () => {
    const begun = start(['r/HEAD', 'r/config'], [here, answers(question, 'Skip')]);
    await downloadAll(['local/j1'], begun.ports);
    assert.deepEqual(begun.written(), ['/out/r/HEAD']);
  });
});

describe('a single download', () => {
  it('is not written into a .git folder', async () => {
    const begun = start(
      ['config'],
      [picks('Download File', 'config'), saves(/^Download/, '/ws/.git/config')],
    );
    await downloadFile(['local/j1'], noFile, begun.ports);
    assert.deepEqual(begun.written(), []);
    assert.deepEqual(begun.told(), [
      '/ws/.git/config is in a .git folder, where job files are never written.',
    ]);
  });

  for (const path of ['/ws/.vscode/tasks.json', '/ws/desktop.ini', '/ws/.bashrc', 'C:\\ws\\.envrc'])
    for (const [button, count] of [
      ['Write', 1],
      ['Skip', 0],
    ] as const)
      it(`prompts before it writes ${path}: ${button}`, async () => {
        const begun = start(
          ['x'],
          [picks('Download File', 'x'), saves(/^Download/, path), answers(question, button)],
        );
        await downloadFile(['local/j1'], noFile, begun.ports);
        assert.equal(begun.written().length, count);
      });

  it('shows no prompt for a folder far above it', async () => {
    const begun = start(
      ['x'],
      [picks('Download File', 'x'), saves(/^Download/, '/home/a/.julia/dev/p/out.csv')],
    );
    await downloadFile(['local/j1'], noFile, begun.ports);
    assert.deepEqual(begun.written(), ['/home/a/.julia/dev/p/out.csv']);
  });

  it('shows the bytes of a name that is not UTF-8, and suggests a valid one', async () => {
    const begun = start(
      ['caf\uefe9.csv'],
      [picks('Download File', 'caf\\xe9.csv'), saves('Download caf\\xe9.csv', '/x')],
    );
    await downloadFile(['local/j1'], noFile, begun.ports);
    assert.deepEqual(begun.seen.proposed, ['caf_xe9.csv']);
  });
});

describe('a temporary copy of a file', () => {
  for (const [name, copy] of [
    ['.git/config', '_git_config'],
    ['caf\uefe9.csv', 'caf_xe9.csv'],
    ['T:300K.csv', 'T_300K.csv'],
    ['sub/a.csv', 'sub/a.csv'],
  ] as const)
    it(`of ${JSON.stringify(name)} is named ${copy}`, async () => {
      const begun = start([name], []);
      await openJobFile([`local/j1/output/${name}`], (_row, files) => files[0], begun.ports);
      assert.deepEqual(begun.written(), [`/scratch/local-j1/output/${copy}`]);
    });
});

describe('the summary of Download All', () => {
  const failing = (problems: Readonly<Record<string, JobProblem>>): NonNullable<JobFiles['read']> =>
    async function* (_id, { name }) {
      await Promise.resolve();
      const problem = problems[name];
      if (problem) throw new JobError(problem);
      yield Buffer.from(name);
    };

  it('names a file that failed, and has written the others', async () => {
    const read = failing({ b: { kind: 'damaged', name: 'b' } });
    const begun = start(['a', 'b', 'c'], [here], {}, { read });
    await downloadAll(['local/j1'], begun.ports);
    assert.deepEqual(begun.written(), ['/out/a', '/out/c']);
    assert.match(
      begun.told()[0] ?? '',
      /^2 of 3 files of fit\.jl were downloaded\. Failed: b\. Checksum or size mismatch for b/,
    );
  });

  it('counts failed, existing and skipped files', async () => {
    const read = failing({ b: { kind: 'gone', name: 'b' }, c: { kind: 'gone', name: 'c' } });
    const exists = (path: string) => Promise.resolve(path === '/out/d');
    const begun = start(
      ['a', 'b', 'c', 'd', '.git/e'],
      [here, answers(/1 of 4 files already exist/, 'Skip Existing')],
      { disk: { exists } },
      { read },
    );
    await downloadAll(['local/j1'], begun.ports);
    assert.match(
      begun.told()[0] ?? '',
      /^1 of 5 files of fit\.jl were downloaded\. Already existed: 1\. Skipped because of their names: \.git\/e\. Failed: b, c\. /,
    );
  });

  it('shows the number of written files before the connection failed', async () => {
    const read = failing({ b: { kind: 'offline', place: 'alpha', why: 'no route' } });
    const begun = start(['a', 'b', 'c'], [here], {}, { read });
    await downloadAll(['local/j1'], begun.ports);
    assert.deepEqual(begun.told(), [
      '1 of 3 files of fit.jl were downloaded. alpha could not be reached: no route.',
    ]);
  });

  it('is the problem itself if nothing was written', async () => {
    const read = failing({ a: { kind: 'offline', place: 'alpha', why: 'no route' } });
    const begun = start(['a', 'b'], [here], {}, { read });
    await assert.rejects(downloadAll(['local/j1'], begun.ports), {
      problem: { kind: 'offline', place: 'alpha', why: 'no route' },
    });
    assert.deepEqual(begun.told(), []);
  });

  it('skips a name that is invalid on this system, and writes the others', async () => {
    const begun = start(['a', 'T:300K.csv'], [here], {
      disk: {
        resolveInside: (folder, name) =>
          name.includes(':')
            ? Promise.reject(new JobError({ kind: 'unwritableName', name }))
            : Promise.resolve(`${folder}/${name}`),
      },
    });
    await downloadAll(['local/j1'], begun.ports);
    assert.deepEqual(begun.written(), ['/out/a']);
    assert.deepEqual(begun.told(), [
      '1 of 2 files of fit.jl were downloaded. Skipped because of their names: T:300K.csv.',
    ]);
  });

  it('does not overwrite another file of the same job', async () => {
    const stands = new Set<string>();
    const begun = start(['A.csv', 'a.csv'], [here], {
      disk: {
        exists: (path) => Promise.resolve(stands.has(path.toLowerCase())),
        save: (path) => {
          stands.add(path.toLowerCase());
          return Promise.resolve();
        },
      },
    });
    await downloadAll(['local/j1'], begun.ports);
    assert.match(begun.told()[0] ?? '', /^1 of 2 files of fit\.jl were downloaded\. Failed: a\.csv\. /);
  });

  it('lists what unpacking skipped', async () => {
    const begun = start(
      [file('results', 'result')],
      [
        here,
        presses(/downloaded/, 'Unpack'),
        answers(question, 'Skip'),
        presses(/unpacked/, 'Reveal Folder'),
      ],
      {
        disk: {
          isTar: () => Promise.resolve(true),
          unpack: async (tar, _signal, wantsTools) => {
            assert.equal(await wantsTools?.({ tools: ['.envrc'], never: ['.git/config'] }), false);
            return `${tar}-folder`;
          },
        },
      },
    );
    await downloadAll(['local/j1'], begun.ports);
    assert.match(begun.told()[1] ?? '', /Skipped because of their names: \.git\/config, \.envrc\.$/);
  });
});
