import assert from 'node:assert/strict';
import { openLog, saveLog, showLog, showLogInTerminal } from '../../../src/commands/showLog.js';
import {
  copyJobId,
  openSubmittedScript,
  revealFolder,
  showRecord,
  showResults,
} from '../../../src/commands/showJob.js';
import type { Job } from '../../../src/core/domain/job.js';
import type { LogEvent } from '../../../src/core/domain/log.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, lineEvents, type FakeMembers } from '../../fakes/jobs.js';
import { presses, saves, scriptedUi, type Expected } from '../../fakes/ui.js';

const start = (job: Job, members: FakeMembers = {}, ...script: readonly Expected[]) => {
  const { ui, seen } = scriptedUi(...script);
  const backend = backendOf({ jobs: [job], ...members });
  return { seen, ports: portsOf({ ui, jobs: [{ backend, job }] }) };
};

describe('showResults', () => {
  it('formats JSON results', async () => {
    const { ports, seen } = start(jobOf({ results: '{"loss":0.1,"tags":["a"]}' }));
    await showResults(['local/j1'], ports);
    assert.deepEqual(seen.papers, [
      {
        title: 'Results of fit.jl (j1).json',
        about: 'local/j1',
        text: '{\n  "loss": 0.1,\n  "tags": [\n    "a"\n  ]\n}\n',
      },
    ]);
  });

  it('shows other results unchanged', async () => {
    const { ports, seen } = start(jobOf({ results: 'loss: 0.1\n' }));
    await showResults(['local/j1'], ports);
    assert.deepEqual(seen.papers, [
      { title: 'Results of fit.jl (j1).txt', about: 'local/j1', text: 'loss: 0.1\n' },
    ]);
  });

  it('keeps numbers that are too long for JavaScript unchanged', async () => {
    const { ports, seen } = start(jobOf({ results: '{"id": 12345678901234567890}' }));
    await showResults(['local/j1'], ports);
    assert.match(seen.papers[0]?.text ?? '', /12345678901234567890/);
  });

  it('shows results unchanged that would be too long if formatted, and reports it', async () => {
    const results = `${'['.repeat(15_000)}${']'.repeat(15_000)}`;
    const { ports, seen } = start(jobOf({ results }));
    await showResults(['local/j1'], ports);
    assert.deepEqual(seen.papers, [
      { title: 'Results of fit.jl (j1).txt', about: 'local/j1', text: results },
    ]);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['The results of fit.jl are too long to format.'],
    );
  });

  it('is enabled only if there are results', async () => {
    const { ports, seen } = start(jobOf());
    await showResults(['local/j1'], ports);
    assert.equal(seen.told.length, 1);
    assert.deepEqual(seen.papers, []);
  });
});

describe('showRecord', () => {
  it('shows the current record, including unknown fields', async () => {
    const { ui, seen } = scriptedUi();
    const fresh = jobOf({ raw: { status: 'Running', unheard: [1] } });
    const ports = portsOf({ ui, jobs: [{ backend: backendOf({ jobs: [fresh] }), job: jobOf({ raw: {} }) }] });
    await showRecord(['local/j1'], ports);
    assert.deepEqual(seen.papers, [
      {
        title: 'Raw data of fit.jl (j1).json',
        about: 'local/j1',
        text: '{\n  "status": "Running",\n  "unheard": [\n    1\n  ]\n}\n',
      },
    ]);
  });

  it('shows the cached record of a job that is gone', async () => {
    const { ports, seen } = start(jobOf({ raw: { status: 'Done' } }), {
      job: () => Promise.resolve(undefined),
    });
    await showRecord(['local/j1'], ports);
    assert.match(seen.papers[0]?.text ?? '', /"status": "Done"/);
  });

  it('shows the start of an endless record, and reports it', async () => {
    let raw: unknown = [];
    for (let depth = 0; depth < 50_000; depth++) raw = [raw];
    for (const record of [raw, { words: 'x'.repeat(20_000_000) }]) {
      const { ports, seen } = start(jobOf({ raw: record }), { job: () => Promise.resolve(undefined) });
      await showRecord(['local/j1'], ports);
      const [paper] = seen.papers;
      assert.ok(paper && paper.text.length < 5_000_100);
      assert.match(paper.text.slice(-100), /── truncated ──\n$/);
      assert.deepEqual(
        seen.told.map(({ text }) => text),
        ['The raw data of fit.jl is too long to show completely.'],
      );
    }
  });

  it('reports that a job without a cached record is gone', async () => {
    const { ports, seen } = start(jobOf({ raw: undefined }), { job: () => Promise.resolve(undefined) });
    await assert.rejects(showRecord(['local/j1'], ports), { problem: { kind: 'gone', name: 'fit.jl' } });
    assert.deepEqual(seen.papers, []);
  });
});

describe('openSubmittedScript', () => {
  it('shows the script as sent, with a file name that determines its language', async () => {
    const { ports, seen } = start(jobOf(), {
      script: () => Promise.resolve({ name: 'fit.jl', text: 'println(1)' }),
    });
    await openSubmittedScript(['local/j1'], ports);
    assert.deepEqual(seen.papers, [{ title: 'j1 fit.jl', about: 'local/j1', text: 'println(1)' }]);
  });
});

describe('copyId', () => {
  it("copies the backend's job id", async () => {
    const { ports, seen } = start(jobOf({ id: 'jr-abc' }));
    await copyJobId(['local/jr-abc'], ports);
    assert.deepEqual(seen.copied, ['jr-abc']);
  });
});

describe('revealFolder', () => {
  it('shows the folder of the job', async () => {
    const { ports, seen } = start(jobOf(), { localFolder: (id) => `/data/${id}` });
    await revealFolder(['local/j1'], ports);
    assert.deepEqual(seen.revealed, ['/data/j1']);
  });

  it('reports that the folder is gone', async () => {
    const { ports, seen } = start(jobOf(), { localFolder: () => undefined });
    await assert.rejects(revealFolder(['local/j1'], ports), { problem: { kind: 'gone', name: 'fit.jl' } });
    assert.deepEqual(seen.revealed, []);
  });
});

describe('the log', () => {
  it('is shown in a channel, in an editor or in a terminal', async () => {
    const { ports } = start(jobOf());
    await showLog(['local/j1'], ports);
    await openLog(['local/j1'], ports);
    await showLogInTerminal(['local/j1'], ports);
    assert.deepEqual(ports.deeds.done, ['log local/j1', 'logInEditor local/j1', 'logInTerminal local/j1']);
  });
});

describe('saveLog', () => {
  const logging = (events: readonly LogEvent[]): FakeMembers => ({
    log: async function* (_id, from, follow) {
      assert.deepEqual([from, follow], [{ at: 'start' }, false]);
      await Promise.resolve();
      yield* events;
    },
  });

  it('writes the current log from its start, and offers to open it', async () => {
    const { ports, seen } = start(
      jobOf({ name: 'a/b:c', state: completed }),
      logging([...lineEvents('one', 'two'), { kind: 'partial', text: '50 %' }]),
      saves('Save Log of a/b:c', '/home/ada/j.log'),
      presses('The log was saved as /home/ada/j.log.', 'Open'),
    );
    await saveLog(['local/j1'], ports);
    assert.equal(ports.deeds.files.get('/home/ada/j.log'), 'one\ntwo\n50 %');
    assert.deepEqual(seen.proposed, ['a_b_c-j1.log']);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen.opened, [{ path: '/home/ada/j.log' }]);
  });

  it('writes nothing if the dialog is dismissed', async () => {
    const { ports } = start(jobOf(), logging(lineEvents('one')), saves(/^Save Log/, undefined));
    await saveLog(['local/j1'], ports);
    assert.equal(ports.deeds.files.size, 0);
  });

  it('forwards that the log cannot be read, and reports no saved log', async () => {
    const { ports, seen } = start(
      jobOf(),
      {
        log: async function* () {
          yield* lineEvents('one');
          await Promise.reject(new JobError({ kind: 'gone', name: 'j1' }));
        },
      },
      saves(/^Save Log/, '/x'),
    );
    await assert.rejects(saveLog(['local/j1'], ports), { problem: { kind: 'gone', name: 'j1' } });
    assert.deepEqual(seen.told, []);
  });
});
