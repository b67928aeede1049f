import assert from 'node:assert/strict';
import { listActions, type JobActionId } from '../../../../src/core/domain/availableActions.js';
import type { Backend } from '../../../../src/core/domain/backend.js';
import { toJobId, type Job, type JobFile, type JobState } from '../../../../src/core/domain/job.js';
import { marked } from 'marked';
import { marked as marked14 } from 'marked14';
import { maxPlainChars, toPlainName, toPlainText, sanitize } from '../../../../src/lib/sanitize.js';
import { createJobIndex } from '../../../../src/core/jobs/jobIndex.js';
import {
  listActiveJobs,
  createConnectionRow,
  findFileByRowId,
  toFileRowId,
  createFilterRow,
  createJobRow,
  createLoadMoreRow,
  createMoreTasksRow,
  createPartRows,
  formatJobDescription,
} from '../../../../src/core/presentation/treeRows.js';
import { createFailureRow } from '../../../../src/core/presentation/failureRow.js';
import type { JobMetadata } from '../../../../src/core/domain/jobMetadata.js';
import { formatStatus } from '../../../../src/core/presentation/statusText.js';
import {
  arrayOf,
  backendOf,
  before,
  completed,
  failed,
  jobOf,
  noon,
  queued,
  running,
  stopped,
} from '../../../fakes/jobs.js';

const nothing = (): Promise<void> => Promise.resolve();
/** A backend that supports everything. */
const able: Backend = backendOf({
  cancel: nothing,
  hold: nothing,
  release: nothing,
  requeue: nothing,
  extend: nothing,
  delete: nothing,
  again: (id) => Promise.resolve(id),
  script: () => Promise.resolve({ name: 'fit.jl', text: '' }),
  files: () => Promise.resolve([]),
  read: async function* () {
    yield* [];
  },
  localFolder: () => '/data',
});

const hostile: readonly (readonly [string, string])[] = [
  ['a newline', 'a\nb'],
  ['carriage returns and tabs', 'a\r\tb'],
  ['an escape sequence', 'a\u001b[31mb'],
  ['a right-to-left override', 'a\u202egpj.exe'],
  ['isolates and marks', 'a\u2066b\u2069\u200e\u061c'],
  ['line and paragraph separators', 'a\u2028b\u2029'],
  ['a C1 control', 'a\u0085b'],
];
// eslint-disable-next-line no-control-regex -- what must not be shown.
const control = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]/;

describe('jobRow', () => {
  const row = (state: JobState, stale = false) => createJobRow(able, jobOf({ state }), stale, noon);

  const looks: readonly (readonly [JobState, string, string | undefined])[] = [
    [queued, 'clock', undefined],
    [running, 'sync~spin', 'charts.blue'],
    [completed, 'pass', 'testing.iconPassed'],
    [failed, 'error', 'testing.iconFailed'],
    [stopped, 'circle-slash', 'testing.iconSkipped'],
    [{ kind: 'unknown', word: 'Pending review' }, 'question', undefined],
  ];
  for (const [state, icon, colour] of looks) {
    it(`shows ${state.word} with its own icon and color`, () => {
      assert.deepEqual([row(state).icon, row(state).color], [icon, colour]);
    });
  }

  it("shows an unknown state by the engine's own word", () => {
    assert.equal(row({ kind: 'unknown', word: 'Pending review' }).description, 'Pending review');
    assert.equal(row({ kind: 'unknown', word: '' }).description, 'Other');
  });

  it('is gray, does not spin and shows the last known state if the connection is unreachable', () => {
    const stale = row(running, true);
    assert.deepEqual(
      [stale.icon, stale.color, stale.description],
      ['sync', 'disabledForeground', 'Running · last known state'],
    );
    assert.equal(row(completed, true).icon, 'pass');
    for (const text of [row(completed, true).description, row(completed, true).tooltip])
      assert.doesNotMatch(text ?? '', /last known/i);
    assert.match(stale.tooltip ?? '', /Last known state: Local could not be reached/);
  });

  it('keeps its id in any state', () => {
    assert.equal(row(queued).id, 'local/j1');
    assert.equal(row(completed, true).id, 'local/j1');
  });

  it('has an accessible label with its state and its connection', () => {
    assert.equal(row(queued).ariaLabel, 'fit.jl, Queued, on Local');
  });

  for (const [name, text] of hostile) {
    it(`stays on one line with ${name} in the name, the reason or the state`, () => {
      const job = jobOf({ name: text, reason: text, state: { kind: 'unknown', word: text } });
      const failedJob = jobOf({ name: text, reason: text, state: failed });
      for (const { label, description, ariaLabel: spoken } of [job, failedJob].map((one) =>
        createJobRow(able, one, false, noon),
      ))
        for (const shown of [label, description ?? '', spoken]) assert.doesNotMatch(shown, control);
    });
  }

  it('shows emoji and other scripts unchanged', () => {
    const name = '🧪 наука 実験 👩‍🔬';
    assert.equal(createJobRow(able, jobOf({ name }), false, noon).label, name);
  });

  it('truncates a long reason, never within a character', () => {
    const { description = '' } = createJobRow(
      able,
      jobOf({ reason: '😀'.repeat(300), state: failed }),
      false,
      noon,
    );
    assert.ok([...description].length < 120);
    assert.match(description, /^(😀)+…$/u);
  });
});

describe('the row of a job with stored details', () => {
  const failure = { text: "KeyError: 'lr'", file: '/jobs/j1/train.py', line: 41 };
  const job = jobOf({ name: 'train.py', state: failed, reason: 'exit code 1', exit: { code: 1 } });

  it('shows why the job failed instead of the state, which screen readers also hear', () => {
    const row = createJobRow(able, job, false, noon, { metadata: { failure } });
    assert.equal(row.description, "KeyError: 'lr' · exit code 1");
    assert.equal(row.ariaLabel, "train.py, Failed, KeyError: 'lr' · exit code 1, on Local");
    assert.equal(formatJobDescription(job, false, noon, { metadata: { failure } }), row.description);
  });

  it('offers Go to Error only where the log names a line', () => {
    const hasLine = (metadata?: JobMetadata) =>
      createJobRow(able, job, false, noon, { metadata }).context.split(' ').includes('errorLine');
    assert.equal(hasLine({ failure }), true);
    assert.equal(hasLine({ failure: { text: 'Killed', lastLine: 'Killed' } }), false);
    assert.equal(hasLine(), false);
  });

  it('shows the progress of a running job', () => {
    const active = jobOf({ state: running, started: before(60_000) });
    const progress = {
      percent: 25,
      movedMs: noon.getTime(),
      base: { percent: 0, atMs: before(60_000).getTime() },
    };
    const row = createJobRow(able, active, false, noon, { progress });
    assert.equal(row.description, '25 % · 3 min left');
    assert.equal(row.ariaLabel, 'fit.jl, Running, 25 % · 3 min left, on Local');
  });

  it('has a row below it with the error and its place, or with the last line of the log', () => {
    const row = createFailureRow('local', job, { failure });
    assert.deepEqual(
      [row?.id, row?.label, row?.description, row?.icon, row?.action],
      ['local/j1/failure', "KeyError: 'lr'", 'train.py:41', 'error', 'failure'],
    );
    const last = createFailureRow('local', job, { failure: { lastLine: 'no data.csv' } });
    assert.deepEqual([last?.label, last?.description], ['no data.csv', 'last line of the log']);
    assert.equal(createFailureRow('local', job, undefined), undefined);
    assert.equal(createFailureRow('local', jobOf({ state: running }), { failure }), undefined);
  });
});

describe('statusText', () => {
  const text = (job: Parameters<typeof jobOf>[0]): string => formatStatus(jobOf(job), noon);

  it('shows how long a job has run, and when it finished', () => {
    assert.equal(text({ started: before(250_000) }), 'Running · 4 min 10 s');
    assert.equal(
      text({ state: completed, started: before(303_200), ended: before(300_000) }),
      'Completed · 3.2 s, 5 min ago',
    );
  });

  it('shows why a job is waiting or failed, and no reason for a completed one', () => {
    assert.equal(text({ state: queued, reason: '2nd in queue' }), 'Queued · 2nd in queue');
    assert.equal(text({ state: failed, reason: 'exit 1' }), 'Failed (exit code 1)');
    assert.equal(text({ state: completed, reason: 'exit 0' }), 'Completed');
  });
});

describe('actionsOf', () => {
  const only = (state: JobState): readonly JobActionId[] => listActions(backendOf(), jobOf({ state }));
  const all = (state: JobState, limitMs?: number): readonly JobActionId[] =>
    listActions(able, jobOf({ state, ...(limitMs === undefined ? {} : { limitMs }) }));

  it('offers only the log if the backend supports nothing else', () => {
    for (const state of [queued, running, completed]) assert.deepEqual(only(state), ['log']);
  });

  it('offers to cancel active jobs, including unknown states, and to delete finished ones', () => {
    for (const state of [queued, running, { kind: 'unknown', word: '?' } as const]) {
      assert.ok(all(state).includes('cancel'));
      assert.ok(!all(state).includes('remove'));
    }
    for (const state of [completed, failed, stopped]) {
      assert.ok(!all(state).includes('cancel'));
      assert.ok(all(state).includes('remove'));
    }
  });

  it('offers more time only for running jobs with a limit', () => {
    assert.ok(all(running, 1000).includes('extend'));
    assert.ok(!all(running).includes('extend'));
    assert.ok(!all(queued, 1000).includes('extend'));
    assert.ok(!all(completed, 1000).includes('extend'));
  });

  it('offers to hold queued jobs, and to release held ones', () => {
    const held = listActions(able, jobOf({ state: queued, isHeld: true }));
    assert.deepEqual([held.includes('hold'), held.includes('release')], [false, true]);
    assert.deepEqual([all(queued).includes('hold'), all(queued).includes('release')], [true, false]);
    for (const state of [running, completed]) assert.ok(!all(state).includes('hold'));
    const ended = listActions(able, jobOf({ state: stopped, isHeld: true }));
    assert.ok(!ended.includes('release') && !ended.includes('hold'));
  });

  it('offers to requeue a job if possible, running or finished', () => {
    for (const state of [running, failed]) {
      assert.ok(listActions(able, jobOf({ state, mayRequeue: true })).includes('requeue'));
      assert.ok(!all(state).includes('requeue'));
      assert.ok(!listActions(backendOf(), jobOf({ state, mayRequeue: true })).includes('requeue'));
    }
  });

  it('offers to hold an array while any of its tasks is queued', () => {
    const offers = (states: readonly JobState[]): boolean => {
      const [array] = arrayOf(states);
      return array !== undefined && listActions(able, array).includes('hold');
    };
    assert.deepEqual([offers([running, queued]), offers([running])], [true, false]);
  });

  it('offers to delete an array, but not a single task', () => {
    const [array, task] = arrayOf([completed], { state: completed });
    assert.ok(array && task);
    assert.deepEqual(
      [array, task].map((job) => listActions(able, job).includes('remove')),
      [true, false],
    );
  });

  it('offers results if there are any', () => {
    assert.ok(!listActions(able, jobOf()).includes('results'));
    assert.ok(listActions(able, jobOf({ results: '' })).includes('results'));
  });
});

describe('the rows of an array', () => {
  const rowOf = (job: Job | undefined, array?: Job) => {
    assert.ok(job);
    return createJobRow(able, job, false, noon, { parent: array });
  };
  const mixed = [...Array.from({ length: 1200 }, () => queued), running, completed, failed, stopped];
  const [array, ...tasks] = arrayOf(mixed);

  it("show the number of tasks in each state, with the array's own icon", () => {
    const row = rowOf(array);
    assert.equal(row.description, '1 running, 1,200 queued, 1 completed, 1 failed, 1 cancelled');
    assert.equal(row.icon, 'sync~spin');
    assert.match(row.tooltip ?? '', /^Tasks&#58; 1 running&#44; 1&#44;200 queued/m);
    assert.match(row.ariaLabel, /^sweep\.py, 1 running, .*, on Local$/);
  });

  it('show why the whole array is waiting, and when it finished', () => {
    const [waits] = arrayOf([queued, queued], { state: queued, reason: 'waiting for resources' });
    assert.equal(rowOf(waits).description, '2 queued · waiting for resources');
    const [ended] = arrayOf([completed], {
      state: completed,
      started: before(400_000),
      ended: before(300_000),
    });
    assert.equal(rowOf(ended).description, '1 completed · 5 min ago');
    const [empty] = arrayOf([], { state: queued });
    assert.equal(rowOf(empty).description, 'Queued');
  });

  it('expand on a click, whereas a click on a task shows its log', () => {
    assert.deepEqual([rowOf(array).action, rowOf(array).expands], [undefined, 'closed']);
    assert.deepEqual([rowOf(tasks[0], array).action, rowOf(tasks[0], array).expands], ['log', 'closed']);
  });

  it('show a task by its id, unless it has its own name', () => {
    const task = rowOf(tasks[7], array);
    assert.equal(task.label, '36_7');
    assert.equal(task.ariaLabel, 'sweep.py 36_7, Queued, on Local');
    const named = jobOf({ id: '36_7', name: 'alpha=0.7', parent: toJobId('36') });
    assert.equal(rowOf(named, array).label, 'alpha=0.7');
  });

  it('have the script below them, but neither a log nor files, which belong to the tasks', () => {
    assert.ok(array);
    const files: readonly JobFile[] = [{ name: 'a', kind: 'output' }];
    assert.deepEqual(
      createPartRows(able, array, files).map(({ label }) => label),
      ['Submitted Script'],
    );
  });

  it('show 100 more tasks at a time, or the remaining ones', () => {
    assert.ok(array);
    const row = createMoreTasksRow('local', array, 1104);
    assert.deepEqual(
      [row.label, row.description, row.action],
      ['Show 100 More', '1,104 not shown', 'moreTasks'],
    );
    assert.equal(row.id, 'local/36/moreTasks');
    assert.equal(createMoreTasksRow('local', array, 4).label, 'Show 4 More');
  });

  it('count as one active job', () => {
    assert.ok(array);
    const index = createJobIndex([array, ...tasks, jobOf({ id: 'a' }), jobOf({ id: 'b', state: completed })]);
    assert.deepEqual(
      listActiveJobs(index).map(({ id }) => id),
      ['36', 'a'],
    );
  });

  it('show no remaining time, which differs for each task', () => {
    const [limited] = arrayOf([running], { started: before(60_000), limitMs: 3_600_000 });
    assert.doesNotMatch(rowOf(limited).tooltip ?? '', /left/);
  });
});

describe('connectionRow', () => {
  const jobs = [running, running, queued, completed].map((state) => jobOf({ state }));

  it('counts active jobs', () => {
    const row = createConnectionRow(able, jobs, { refreshedAt: before(30_000) }, noon);
    assert.equal(row.description, '2 running · 1 queued');
    assert.equal(row.ariaLabel, 'Local, 2 running · 1 queued');
    assert.equal(row.icon, 'server');
  });

  it('counts a job in an unknown state as running', () => {
    const odd = jobOf({ state: { kind: 'unknown', word: '?' } });
    assert.equal(createConnectionRow(able, [odd], {}, noon).description, '1 running');
  });

  it('shows the time of the last refresh only while no job is active', () => {
    const standing = { refreshedAt: before(30_000) };
    const idle = createConnectionRow(able, [jobOf({ state: completed })], standing, noon);
    assert.match(idle.description ?? '', /^refreshed /);
    assert.equal(createConnectionRow(able, [], {}, noon).description, '');
  });

  it('shows a complete long error in its tooltip, and has none without an error', () => {
    const trouble = `/very/long/${'x'.repeat(200)}: [a](command:b)`;
    const { tooltip = '', description = '' } = createConnectionRow(able, [], { error: trouble }, noon);
    assert.ok(
      tooltip.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).includes(trouble),
    );
    assert.ok(!tooltip.includes(']('));
    assert.ok(!description.includes(trouble));
    assert.equal(createConnectionRow(able, [], {}, noon).tooltip, undefined);
  });

  it('shows the error and the time of the last successful poll', () => {
    const row = createConnectionRow(
      able,
      jobs,
      { refreshedAt: before(300_000), error: 'connection refused' },
      noon,
    );
    assert.equal(row.description, 'unreachable: connection refused · last seen 5 min ago');
    assert.match(row.context, /\btrouble\b/);
    const never = createConnectionRow(able, jobs, { error: 'connection refused' }, noon);
    assert.equal(never.description, 'unreachable: connection refused · last known state');
    const unseen = createConnectionRow(able, [], { error: 'connection refused' }, noon);
    assert.equal(unseen.description, 'unreachable: connection refused · never reached');
  });

  it('can be removed unless it is the local one', () => {
    const configured = backendOf({
      connection: { id: 'local-2', kind: 'local', title: 'GPU', settings: {} },
    });
    assert.match(createConnectionRow(configured, [], {}, noon).context, /^connection\b.*\bremovable\b/);
    assert.doesNotMatch(createConnectionRow(able, [], {}, noon).context, /removable/);
  });

  it('stays on one line with a malicious title or error', () => {
    for (const [, text] of hostile) {
      const backend = backendOf({ connection: { id: 'x', kind: 'local', title: text, settings: {} } });
      const row = createConnectionRow(backend, [], { error: text }, noon);
      for (const shown of [row.label, row.description ?? '', row.ariaLabel])
        assert.doesNotMatch(shown, control);
    }
  });
});

describe('partRows', () => {
  const files: readonly JobFile[] = [
    { name: 'in.csv', kind: 'input' },
    { name: 'model.json', kind: 'result', bytes: 2048 },
    { name: 'out/a.csv', kind: 'output' },
    { name: 'stdout.txt', kind: 'log' },
  ];

  it("shows the log, the results, the script and the job's files", () => {
    const rows = createPartRows(able, jobOf({ results: '{"a":\n1}', script: 'fit.jl' }), files);
    assert.deepEqual(
      rows.map(({ label, description, action: opens }) => [label, description, opens]),
      [
        ['Log', undefined, 'log'],
        ['Results', '{"a": 1}', 'results'],
        ['Submitted Script', 'fit.jl', 'script'],
        ['model.json', '2.0 KiB · result', 'file'],
        ['out/a.csv', 'output', 'file'],
      ],
    );
  });

  it('truncates a long result', () => {
    const [, row] = createPartRows(able, jobOf({ results: 'x'.repeat(10_000) }), []);
    assert.equal(row?.description?.length, 80);
  });

  it('shows malicious names of files and results on one line', () => {
    for (const [, text] of hostile) {
      const rows = createPartRows(able, jobOf({ results: text, script: text }), [
        { name: text, kind: 'result' },
      ]);
      for (const { label, description, ariaLabel: spoken } of rows)
        for (const shown of [label, description ?? '', spoken]) assert.doesNotMatch(shown, control);
    }
  });

  it('returns different rows for files with the same name but different kinds', () => {
    const ids = (['result', 'output'] as const).map((kind) =>
      toFileRowId('local', toJobId('j1'), { name: 'a', kind }),
    );
    assert.equal(new Set(ids).size, 2);
    const both: readonly JobFile[] = [
      { name: 'a', kind: 'result' },
      { name: 'a', kind: 'output' },
    ];
    assert.deepEqual(findFileByRowId(ids[1] ?? '', both), both[1]);
    assert.equal(findFileByRowId('local/j1/log', both), undefined);
  });

  it('offers a download only if it is supported', () => {
    const rows = createPartRows(backendOf(), jobOf(), files);
    assert.equal(rows.find(({ label }) => label === 'model.json')?.context, 'file');
  });
});

describe('the other rows', () => {
  it('show what a filter hides', () => {
    assert.equal(createFilterRow('failed', 1204).description, '1,204 hidden');
    assert.equal(createFilterRow('failed', 0).description, 'nothing hidden');
    assert.match(createFilterRow('failed', 2).ariaLabel, /2 jobs hidden/);
  });

  it('load older jobs of their own connection', () => {
    assert.equal(createLoadMoreRow('gpu').id, 'gpu/more');
  });
});

describe('printable', () => {
  for (const [name, text] of hostile) {
    it(`makes ${name} visible`, () => {
      assert.doesNotMatch(sanitize(text), control);
      assert.match(sanitize(text), /␣/);
    });
  }
});

describe('plainText', () => {
  it('prevents links and icons in external text', () => {
    const text = toPlainText(
      "KeyError: [click](command:workbench.action.quit 'x') and [a](https://example.org) $(trash) $(sync~spin)",
    );
    assert.doesNotMatch(text, /\[[^\]]+\]\(|\$\(/);
    assert.equal(
      text.replaceAll('\u2060', ''),
      "KeyError: [click](command:workbench.action.quit 'x') and [a](https://example.org) $(trash) $(sync~spin)",
    );
  });

  it('keeps lines, replaces other control characters, and contains no unpaired surrogates', () => {
    assert.equal(toPlainText('a\r\nb\rc\n\td\u202e\u0007\ud800'), 'a\nb\nc\n\td\u2423\u2423\ufffd');
  });

  it('truncates a very long text between characters, and marks it', () => {
    const text = toPlainText(`x${'😀'.repeat(20_000)}`);
    assert.equal(text.length, maxPlainChars);
    assert.match(text, /😀…$/u);
    assert.equal(toPlainText('x'.repeat(maxPlainChars)), 'x'.repeat(maxPlainChars));
  });
});

describe('plainName', () => {
  it('leaves nothing that a Markdown tooltip would render', () => {
    const hostile =
      '![a](https://e.x) [b](command:c) <https://e.x> https://e.x www.e.x a@e.x [b][c] [c]: https://e.x `d` <img src=x>';
    const name = toPlainName(hostile);
    for (const html of [marked14.parse(name, { async: false }), marked.parse(name, { async: false })]) {
      assert.doesNotMatch(html, /<(?!\/?(?:p|code)>)/, html);
    }
    assert.equal(toPlainName(hostile).replaceAll('\u2060', ''), hostile);
  });

  it('returns an ordinary name unchanged', () => {
    for (const name of ['Job fit.jl (jr-abc12)', 'Job a.b: c (36+0)', 'Job step [2] (77_1)', 'Job x<1 (1)'])
      assert.equal(toPlainName(name), name);
  });
});
