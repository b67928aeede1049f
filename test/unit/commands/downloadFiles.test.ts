import assert from 'node:assert/strict';
import { downloadAll, downloadFile } from '../../../src/commands/downloadFiles.js';
import { openJobFile } from '../../../src/commands/openFiles.js';
import type { CommandDeps } from '../../../src/commands/commandDeps.js';
import type { JobFile, JobState } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf, type World } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, running, type FakeMembers } from '../../fakes/jobs.js';
import {
  answers,
  choosesFolder,
  leaves,
  picks,
  presses,
  saves,
  scriptedUi,
  stops,
  type Expected,
} from '../../fakes/ui.js';

const file = (name: string, kind: JobFile['kind'] = 'result', bytes?: number): JobFile =>
  bytes === undefined ? { name, kind } : { name, kind, bytes };

/** Finds the file of a row by the end of its id. */
const fileOf = (row: string, files: readonly JobFile[]): JobFile | undefined =>
  files.find(({ kind, name }) => row.endsWith(`/${kind}/${name}`));

const start = (
  files: readonly JobFile[],
  script: readonly Expected[],
  world: Partial<World> = {},
  more: FakeMembers = {},
  state: JobState = completed,
) => {
  const read: string[] = [];
  const backend = backendOf({
    files: () => Promise.resolve(files),
    read: async function* (_id, { name, kind }) {
      read.push(`${kind}/${name}`);
      await Promise.resolve();
      yield Buffer.from('bytes of ');
      yield Buffer.from(`${kind} ${name}`);
    },
    ...more,
  });
  const { ui, seen } = scriptedUi(...script);
  const ports = portsOf({ ui, jobs: [{ backend, job: jobOf({ state }) }], ...world });
  return { read, seen, ports };
};

describe('downloadFile', () => {
  it('saves the file of the row to the selected path, and offers to open it', async () => {
    const { ports, seen } = start(
      [file('out/model.json')],
      [saves('Download out/model.json', '/home/ada/m.json'), presses(/was downloaded/, 'Open')],
    );
    await downloadFile(['local/j1/result/out/model.json'], fileOf, ports);
    assert.equal(ports.deeds.files.get('/home/ada/m.json'), 'bytes of result out/model.json');
    assert.deepEqual(seen.proposed, ['model.json']);
    assert.deepEqual(seen.opened, [{ path: '/home/ada/m.json' }]);
  });

  it('prompts for a file if the row is the job itself', async () => {
    const { ports, seen, read } = start(
      [file('a.csv', 'output', 2048), file('b.csv')],
      [picks('Download File', 'b.csv'), saves('Download b.csv', '/x')],
    );
    await downloadFile(['local/j1'], fileOf, ports);
    assert.deepEqual(
      seen.steps[0]?.items.map(({ description }) => description),
      ['2.0 KiB · output', 'result'],
    );
    assert.deepEqual(read, ['result/b.csv']);
  });

  it('suggests a name that is valid on every system', async () => {
    const { ports, seen } = start([file('out/../../a:b*\n.txt')], [saves(/^Download/, undefined)]);
    await downloadFile(['local/j1/result/out/../../a:b*\n.txt'], fileOf, ports);
    assert.deepEqual(seen.proposed, ['a_b__.txt']);
  });

  it('reads nothing if the list or the dialog is dismissed', async () => {
    const one = start([file('a.csv')], [leaves('Download File')]);
    await downloadFile(['local/j1'], fileOf, one.ports);
    const two = start([file('a.csv')], [saves(/^Download/, undefined)]);
    await downloadFile(['local/j1/result/a.csv'], fileOf, two.ports);
    assert.deepEqual([...one.read, ...two.read], []);
  });

  it('reports that a job has no files instead of showing an empty list', async () => {
    const { ports, seen } = start([], []);
    await downloadFile(['local/j1'], fileOf, ports);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['fit.jl has no files.'],
    );
  });

  it('forwards errors, and reports no download', async () => {
    const { ports, seen } = start(
      [file('a.csv')],
      [saves(/^Download/, '/x')],
      {},
      {
        read: async function* () {
          yield Buffer.from('half');
          await Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'gone' }));
        },
      },
    );
    await assert.rejects(downloadFile(['local/j1/result/a.csv'], fileOf, ports), {
      problem: { kind: 'offline', place: 'Local', why: 'gone' },
    });
    assert.deepEqual(seen.told, []);
  });
});

describe('the announced size and hash of a file', () => {
  const sha256 = 'a'.repeat(64);
  const cases: readonly (readonly [string, JobState, Partial<JobFile>, readonly string[]])[] = [
    ['its hash', completed, { sha256 }, [`check ${sha256}`]],
    ['its hash alone if both are known', completed, { sha256, bytes: 5 }, [`check ${sha256}`]],
    ['its size', completed, { bytes: 5 }, ['check 5 bytes']],
    ['its hash while the job runs', running, { sha256, bytes: 5 }, [`check ${sha256}`]],
    ['no size that can grow while the job runs', running, { bytes: 5 }, []],
    ['nothing if nothing is known', completed, {}, []],
  ];
  for (const [name, state, known, done] of cases) {
    it(`are verified by ${name}, with each download command`, async () => {
      const one = { ...file('a.csv'), ...known };
      const ways: readonly (readonly [readonly Expected[], (ports: CommandDeps) => Promise<void>])[] = [
        [[saves(/^Download/, '/x')], (ports) => downloadFile(['local/j1/result/a.csv'], fileOf, ports)],
        [[], (ports) => openJobFile(['local/j1/result/a.csv'], fileOf, ports)],
        [[choosesFolder(/^Download/, '/out')], (ports) => downloadAll(['local/j1'], ports)],
      ];
      for (const [script, run] of ways) {
        const { ports } = start([one], script, {}, {}, state);
        await run(ports);
        assert.deepEqual(ports.deeds.done, done);
      }
    });
  }
});

describe('a result that is a packed folder', () => {
  const isTar = (path: string) => Promise.resolve(path.endsWith('/results'));

  it('can be unpacked after its download, and then be shown', async () => {
    const { ports, seen } = start(
      [file('results')],
      [
        saves('Download results', '/home/ada/results'),
        presses('results was downloaded.', 'Unpack'),
        presses(/^results was unpacked into/, 'Reveal Folder'),
      ],
      { disk: { isTar, unpack: (tar) => Promise.resolve(`${tar} (2)`) } },
    );
    await downloadFile(['local/j1/result/results'], fileOf, ports);
    assert.deepEqual(seen.revealed, ['/home/ada/results (2)']);
    assert.deepEqual(seen.opened, []);
    assert.deepEqual(seen.told[0]?.buttons, ['Unpack']);
  });

  it('is not unpacked without consent', async () => {
    const { ports } = start([file('results')], [saves('Download results', '/home/ada/results')], {
      disk: { isTar },
    });
    await downloadFile(['local/j1/result/results'], fileOf, ports);
    assert.deepEqual(ports.deeds.done, []);
  });

  it('is downloaded instead of opened', async () => {
    const { ports, seen } = start([file('results')], [saves('Download results', undefined)], {
      disk: { isTar },
    });
    await openJobFile(['local/j1/result/results'], fileOf, ports);
    assert.deepEqual(seen.opened, []);
  });

  it('can be unpacked if it was downloaded with all files; other tar files cannot', async () => {
    const { ports, seen } = start(
      [file('results'), file('old/results', 'output'), file('sub/results'), file('a.csv')],
      [
        choosesFolder(/^Download/, '/out'),
        presses(/were downloaded/, 'Unpack'),
        presses('2 result folders were unpacked.', 'Reveal Folder'),
      ],
      { disk: { isTar } },
    );
    await downloadAll(['local/j1'], ports);
    assert.deepEqual(ports.deeds.done, ['unpack /out/results', 'unpack /out/sub/results']);
    assert.equal(seen.revealed.length, 1);
  });
});

describe('openJobFile', () => {
  it('opens a copy in a temporary folder', async () => {
    const { ports, seen } = start([file('out/a.csv', 'output', 10)], []);
    await openJobFile(['local/j1/output/out/a.csv'], fileOf, ports);
    assert.deepEqual(seen.opened, [{ path: '/scratch/local-j1/output/out/a.csv' }]);
    assert.equal(ports.deeds.files.get('/scratch/local-j1/output/out/a.csv'), 'bytes of output out/a.csv');
  });

  it('prompts for a path for a large file instead', async () => {
    const { ports, read } = start(
      [file('a.csv', 'output', 21 * 2 ** 20)],
      [saves('Download a.csv', undefined)],
    );
    await openJobFile(['local/j1/output/a.csv'], fileOf, ports);
    assert.deepEqual(read, []);
  });

  it('reports that a file is gone', async () => {
    const { ports } = start([], []);
    await assert.rejects(openJobFile(['local/j1/output/a.csv'], fileOf, ports), {
      problem: { kind: 'gone', name: 'a.csv' },
    });
  });

  it('writes nothing under a name that would escape the folder', async () => {
    const { ports, read } = start([file('../a.csv', 'output')], []);
    await assert.rejects(openJobFile(['local/j1/output/../a.csv'], fileOf, ports), {
      problem: { kind: 'unsafeName', name: 'output/../a.csv' },
    });
    assert.deepEqual(read, []);
  });
});

describe('downloadAll', () => {
  const here = choosesFolder(/^Download \d+ Files of fit\.jl$/, '/home/ada/out');

  it('downloads all files except the inputs, and offers to show the folder', async () => {
    const files = [file('in.csv', 'input'), file('a.csv'), file('log/b.txt', 'output')];
    const { ports, seen } = start(files, [
      here,
      presses('2 files of fit.jl were downloaded.', 'Reveal Folder'),
    ]);
    await downloadAll(['local/j1'], ports);
    assert.deepEqual([...ports.deeds.files.keys()], ['/home/ada/out/a.csv', '/home/ada/out/log/b.txt']);
    assert.deepEqual(seen.revealed, ['/home/ada/out']);
  });

  it('separates files with the same name but different kinds', async () => {
    const { ports } = start([file('a.csv'), file('a.csv', 'output')], [here]);
    await downloadAll(['local/j1'], ports);
    assert.deepEqual(
      [...ports.deeds.files],
      [
        ['/home/ada/out/a.csv', 'bytes of result a.csv'],
        ['/home/ada/out/output/a.csv', 'bytes of output a.csv'],
      ],
    );
  });

  it('rejects unsafe names before the first byte is read', async () => {
    const { ports, read } = start([file('a.csv'), file('../../.bashrc')], [here]);
    await assert.rejects(downloadAll(['local/j1'], ports), {
      problem: { kind: 'unsafeName', name: '../../.bashrc' },
    });
    assert.deepEqual(read, []);
    assert.equal(ports.deeds.files.size, 0);
  });

  const existing: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    ['overwrites existing files if the user chooses so', 'Overwrite', ['result/a.csv', 'result/b.csv']],
    ['skips existing files if the user chooses so', 'Skip Existing', ['result/b.csv']],
    ['writes nothing if the prompt is dismissed', undefined, []],
  ];
  for (const [name, button, read] of existing) {
    it(name, async () => {
      const exists = (path: string) => Promise.resolve(path.endsWith('/a.csv'));
      const begun = start(
        [file('a.csv'), file('b.csv')],
        [here, answers('1 of 2 files already exist.', button)],
        { disk: { exists } },
      );
      await downloadAll(['local/j1'], begun.ports);
      assert.deepEqual(begun.read, read);
      assert.equal(begun.seen.questions[0]?.detail, 'a.csv');
    });
  }

  it('names ten of many existing files', async () => {
    const files = Array.from({ length: 12 }, (_, index) => file(`f${String(index)}`));
    const begun = start(files, [here, answers(/12 of 12/, undefined)], {
      disk: { exists: () => Promise.resolve(true) },
    });
    await downloadAll(['local/j1'], begun.ports);
    assert.equal(begun.seen.questions[0]?.detail.split('\n').length, 11);
    assert.match(begun.seen.questions[0].detail, /\n…$/);
  });

  it('reports that there are no files', async () => {
    const { ports, seen } = start([file('in.csv', 'input')], []);
    await downloadAll(['local/j1'], ports);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['fit.jl has no files.'],
    );
  });

  it('reads nothing if no folder is selected', async () => {
    const { ports, read } = start([file('a.csv')], [choosesFolder(/^Download/, undefined)]);
    await downloadAll(['local/j1'], ports);
    assert.deepEqual(read, []);
  });

  it('stops at the file at which the user cancels it', async () => {
    const { ports, seen } = start(
      [file('a.csv'), file('b.csv')],
      [here, stops('Downloading 2 files')],
      {},
      {
        read: async function* (_id, _file, signal) {
          yield Buffer.from('half');
          await new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new DOMException('Aborted', 'AbortError'));
            });
          });
        },
      },
    );
    await assert.rejects(downloadAll(['local/j1'], ports), { name: 'AbortError' });
    assert.equal(ports.deeds.files.size, 0);
    assert.deepEqual(seen.told, []);
  });
});
