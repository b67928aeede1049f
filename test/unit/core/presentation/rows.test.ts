import assert from 'node:assert/strict';
import { actionsOf, type Action } from '../../../../src/core/domain/actions.js';
import type { Backend } from '../../../../src/core/domain/backend.js';
import { asJobId, type Job, type JobFile, type JobState } from '../../../../src/core/domain/job.js';
import { marked } from 'marked';
import { marked as marked14 } from 'marked14';
import { maxPlainText, plainName, plainText, printable } from '../../../../src/lib/printable.js';
import { indexOf } from '../../../../src/core/jobs/jobIndex.js';
import {
  activeJobs,
  connectionRow,
  fileAt,
  fileRowId,
  filterRow,
  jobRow,
  moreRow,
  moreTasksRow,
  partRows,
} from '../../../../src/core/presentation/rows.js';
import { statusText } from '../../../../src/core/presentation/state.js';
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
/** A backend that can do everything. */
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
  const row = (state: JobState, stale = false) => jobRow(able, jobOf({ state }), stale, noon);

  const looks: readonly (readonly [JobState, string, string | undefined])[] = [
    [queued, 'clock', undefined],
    [running, 'sync~spin', 'charts.blue'],
    [completed, 'pass', 'testing.iconPassed'],
    [failed, 'error', 'testing.iconFailed'],
    [stopped, 'circle-slash', 'testing.iconSkipped'],
    [{ kind: 'unknown', word: 'Pending review' }, 'question', undefined],
  ];
  for (const [state, icon, colour] of looks) {
    it(`shows ${state.word} by its own icon and colour`, () => {
      assert.deepEqual([row(state).icon, row(state).colour], [icon, colour]);
    });
  }

  it('shows an unknown state by the word of the engine', () => {
    assert.equal(row({ kind: 'unknown', word: 'Pending review' }).description, 'Pending review');
    assert.equal(row({ kind: 'unknown', word: '' }).description, 'Other');
  });

  it('is grey, stands still and says so where the connection cannot be reached', () => {
    const stale = row(running, true);
    assert.deepEqual(
      [stale.icon, stale.colour, stale.description],
      ['sync', 'disabledForeground', 'Running · last known state'],
    );
    assert.equal(row(completed, true).icon, 'pass');
    assert.match(stale.tooltip ?? '', /Last known state; Local is unreachable/);
  });

  it('keeps its id whatever the job does', () => {
    assert.equal(row(queued).id, 'local/j1');
    assert.equal(row(completed, true).id, 'local/j1');
  });

  it('is spoken with its state and its connection', () => {
    assert.equal(row(queued).spoken, 'fit.jl, Queued, on Local');
  });

  for (const [name, text] of hostile) {
    it(`stays on one line with ${name} in the name, the reason or the state`, () => {
      const job = jobOf({ name: text, reason: text, state: { kind: 'unknown', word: text } });
      const failedJob = jobOf({ name: text, reason: text, state: failed });
      for (const { label, description, spoken } of [job, failedJob].map((one) =>
        jobRow(able, one, false, noon),
      ))
        for (const shown of [label, description ?? '', spoken]) assert.doesNotMatch(shown, control);
    });
  }

  it('shows emoji and other scripts as they are', () => {
    const name = '🧪 наука 実験 👩‍🔬';
    assert.equal(jobRow(able, jobOf({ name }), false, noon).label, name);
  });

  it('cuts a long reason, never within a character', () => {
    const { description = '' } = jobRow(
      able,
      jobOf({ reason: '😀'.repeat(300), state: failed }),
      false,
      noon,
    );
    assert.ok([...description].length < 120);
    assert.match(description, /^Failed \((😀)+…\)$/u);
  });
});

describe('statusText', () => {
  const text = (job: Parameters<typeof jobOf>[0]): string => statusText(jobOf(job), noon);

  it('says how long a job runs, and how long ago it ended', () => {
    assert.equal(text({ started: before(250_000) }), 'Running · 4 min 10 s');
    assert.equal(
      text({ state: completed, started: before(303_200), ended: before(300_000) }),
      'Completed · 3.2 s, 5 min ago',
    );
  });

  it('says why a job waits or failed, and not why one completed', () => {
    assert.equal(text({ state: queued, reason: '2nd in line' }), 'Queued · 2nd in line');
    assert.equal(text({ state: failed, reason: 'exit 1' }), 'Failed (exit 1)');
    assert.equal(text({ state: completed, reason: 'exit 0' }), 'Completed');
  });
});

describe('actionsOf', () => {
  const only = (state: JobState): readonly Action[] => actionsOf(backendOf(), jobOf({ state }));
  const all = (state: JobState, limitMs?: number): readonly Action[] =>
    actionsOf(able, jobOf({ state, ...(limitMs === undefined ? {} : { limitMs }) }));

  it('offers nothing but the log where the backend can do nothing more', () => {
    for (const state of [queued, running, completed]) assert.deepEqual(only(state), ['log']);
  });

  it('offers to cancel what may still change, unknown states included, and to remove the rest', () => {
    for (const state of [queued, running, { kind: 'unknown', word: '?' } as const]) {
      assert.ok(all(state).includes('cancel'));
      assert.ok(!all(state).includes('remove'));
    }
    for (const state of [completed, failed, stopped]) {
      assert.ok(!all(state).includes('cancel'));
      assert.ok(all(state).includes('remove'));
    }
  });

  it('offers more time to running jobs with a limit only', () => {
    assert.ok(all(running, 1000).includes('extend'));
    assert.ok(!all(running).includes('extend'));
    assert.ok(!all(queued, 1000).includes('extend'));
    assert.ok(!all(completed, 1000).includes('extend'));
  });

  it('offers to hold what waits, and to release what is held', () => {
    const held = actionsOf(able, jobOf({ state: queued, isHeld: true }));
    assert.deepEqual([held.includes('hold'), held.includes('release')], [false, true]);
    assert.deepEqual([all(queued).includes('hold'), all(queued).includes('release')], [true, false]);
    for (const state of [running, completed]) assert.ok(!all(state).includes('hold'));
    const ended = actionsOf(able, jobOf({ state: stopped, isHeld: true }));
    assert.ok(!ended.includes('release') && !ended.includes('hold'));
  });

  it('offers to queue again what may be, running or ended', () => {
    for (const state of [running, failed]) {
      assert.ok(actionsOf(able, jobOf({ state, mayRequeue: true })).includes('requeue'));
      assert.ok(!all(state).includes('requeue'));
      assert.ok(!actionsOf(backendOf(), jobOf({ state, mayRequeue: true })).includes('requeue'));
    }
  });

  it('offers to hold an array while any of its tasks waits', () => {
    const offers = (states: readonly JobState[]): boolean => {
      const [array] = arrayOf(states);
      return array !== undefined && actionsOf(able, array).includes('hold');
    };
    assert.deepEqual([offers([running, queued]), offers([running])], [true, false]);
  });

  it('offers to remove an array, and no single task of it', () => {
    const [array, task] = arrayOf([completed], { state: completed });
    assert.ok(array && task);
    assert.deepEqual(
      [array, task].map((job) => actionsOf(able, job).includes('remove')),
      [true, false],
    );
  });

  it('offers results where there are any', () => {
    assert.ok(!actionsOf(able, jobOf()).includes('results'));
    assert.ok(actionsOf(able, jobOf({ results: '' })).includes('results'));
  });
});

describe('the rows of an array', () => {
  const rowOf = (job: Job | undefined, array?: Job) => {
    assert.ok(job);
    return jobRow(able, job, false, noon, array);
  };
  const mixed = [...Array.from({ length: 1200 }, () => queued), running, completed, failed, stopped];
  const [array, ...tasks] = arrayOf(mixed);

  it('say how many of its tasks are in each state, by the icon of its own', () => {
    const row = rowOf(array);
    assert.equal(row.description, '1 running, 1,200 queued, 1 completed, 1 failed, 1 stopped');
    assert.equal(row.icon, 'sync~spin');
    assert.match(row.tooltip ?? '', /^Tasks&#58; 1 running&#44; 1&#44;200 queued/m);
    assert.match(row.spoken, /^sweep\.py, 1 running, .*, on Local$/);
  });

  it('say why all of it waits, and when it ended', () => {
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

  it('open at a click, where that of a task shows its log', () => {
    assert.deepEqual([rowOf(array).opens, rowOf(array).expands], [undefined, 'closed']);
    assert.deepEqual([rowOf(tasks[0], array).opens, rowOf(tasks[0], array).expands], ['log', 'closed']);
  });

  it('name a task by its id, unless it has a name of its own', () => {
    const task = rowOf(tasks[7], array);
    assert.equal(task.label, '36_7');
    assert.equal(task.spoken, 'sweep.py 36_7, Queued, on Local');
    const named = jobOf({ id: '36_7', name: 'alpha=0.7', parent: asJobId('36') });
    assert.equal(rowOf(named, array).label, 'alpha=0.7');
  });

  it('have the script below it, and neither a log nor files, which its tasks have', () => {
    assert.ok(array);
    const files: readonly JobFile[] = [{ name: 'a', kind: 'output' }];
    assert.deepEqual(
      partRows(able, array, files).map(({ label }) => label),
      ['Submitted Script'],
    );
  });

  it('show 100 more tasks at a time, or as many as are left', () => {
    assert.ok(array);
    const row = moreTasksRow('local', array, 1104);
    assert.deepEqual(
      [row.label, row.description, row.opens],
      ['Show 100 More', '1,104 not shown', 'moreTasks'],
    );
    assert.equal(row.id, 'local/36/moreTasks');
    assert.equal(moreTasksRow('local', array, 4).label, 'Show 4 More');
  });

  it('count as one active job', () => {
    assert.ok(array);
    const index = indexOf([array, ...tasks, jobOf({ id: 'a' }), jobOf({ id: 'b', state: completed })]);
    assert.deepEqual(
      activeJobs(index).map(({ id }) => id),
      ['36', 'a'],
    );
  });

  it('say nothing of a time that is left, of which each task has its own', () => {
    const [limited] = arrayOf([running], { started: before(60_000), limitMs: 3_600_000 });
    assert.doesNotMatch(rowOf(limited).tooltip ?? '', /left/);
  });
});

describe('connectionRow', () => {
  const jobs = [running, running, queued, completed].map((state) => jobOf({ state }));

  it('counts what is active', () => {
    const row = connectionRow(able, jobs, { refreshed: before(30_000) }, noon);
    assert.equal(row.description, '2 running · 1 queued');
    assert.equal(row.spoken, 'Local, 2 running · 1 queued');
    assert.equal(row.icon, 'server');
  });

  it('counts a job in an unknown state as running', () => {
    const odd = jobOf({ state: { kind: 'unknown', word: '?' } });
    assert.equal(connectionRow(able, [odd], {}, noon).description, '1 running');
  });

  it('says when it was last refreshed only while no job is active', () => {
    const standing = { refreshed: before(30_000) };
    const idle = connectionRow(able, [jobOf({ state: completed })], standing, noon);
    assert.match(idle.description ?? '', /^refreshed /);
    assert.equal(connectionRow(able, [], {}, noon).description, '');
  });

  it('tells the whole of a long trouble in its tooltip, and there is none without trouble', () => {
    const trouble = `/very/long/${'x'.repeat(200)}: [a](command:b)`;
    const { tooltip = '', description = '' } = connectionRow(able, [], { trouble }, noon);
    assert.ok(
      tooltip.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).includes(trouble),
    );
    assert.ok(!tooltip.includes(']('));
    assert.ok(!description.includes(trouble));
    assert.equal(connectionRow(able, [], {}, noon).tooltip, undefined);
  });

  it('says what is wrong and when it was last seen', () => {
    const row = connectionRow(
      able,
      jobs,
      { refreshed: before(300_000), trouble: 'connection refused' },
      noon,
    );
    assert.equal(row.description, 'unreachable: connection refused · last seen 5 min ago');
    assert.match(row.context, /\btrouble\b/);
    const never = connectionRow(able, jobs, { trouble: 'connection refused' }, noon);
    assert.equal(never.description, 'unreachable: connection refused · last known state');
  });

  it('may be removed unless it is the one that is always there', () => {
    const configured = backendOf({
      connection: { id: 'local-2', kind: 'local', title: 'GPU', settings: {} },
    });
    assert.match(connectionRow(configured, [], {}, noon).context, /^connection\b.*\bremovable\b/);
    assert.doesNotMatch(connectionRow(able, [], {}, noon).context, /removable/);
  });

  it('stays on one line with a hostile title or trouble', () => {
    for (const [, text] of hostile) {
      const backend = backendOf({ connection: { id: 'x', kind: 'local', title: text, settings: {} } });
      const row = connectionRow(backend, [], { trouble: text }, noon);
      for (const shown of [row.label, row.description ?? '', row.spoken]) assert.doesNotMatch(shown, control);
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

  it('shows the log, the results, the script and the files the job left', () => {
    const rows = partRows(able, jobOf({ results: '{"a":\n1}', script: 'fit.jl' }), files);
    assert.deepEqual(
      rows.map(({ label, description, opens }) => [label, description, opens]),
      [
        ['Log', undefined, 'log'],
        ['Results', '{"a": 1}', 'results'],
        ['Submitted Script', 'fit.jl', 'script'],
        ['model.json', '2.0 KiB · result', 'file'],
        ['out/a.csv', 'output', 'file'],
      ],
    );
  });

  it('cuts a long result', () => {
    const [, row] = partRows(able, jobOf({ results: 'x'.repeat(10_000) }), []);
    assert.equal(row?.description?.length, 80);
  });

  it('shows hostile names of files and results on one line', () => {
    for (const [, text] of hostile) {
      const rows = partRows(able, jobOf({ results: text, script: text }), [{ name: text, kind: 'result' }]);
      for (const { label, description, spoken } of rows)
        for (const shown of [label, description ?? '', spoken]) assert.doesNotMatch(shown, control);
    }
  });

  it('gives files of one name but different kinds different rows', () => {
    const ids = (['result', 'output'] as const).map((kind) =>
      fileRowId('local', asJobId('j1'), { name: 'a', kind }),
    );
    assert.equal(new Set(ids).size, 2);
    const both: readonly JobFile[] = [
      { name: 'a', kind: 'result' },
      { name: 'a', kind: 'output' },
    ];
    assert.deepEqual(fileAt(ids[1] ?? '', both), both[1]);
    assert.equal(fileAt('local/j1/log', both), undefined);
  });

  it('offers a download only where there is one', () => {
    const rows = partRows(backendOf(), jobOf(), files);
    assert.equal(rows.find(({ label }) => label === 'model.json')?.context, 'file');
  });
});

describe('the other rows', () => {
  it('say what a filter hides', () => {
    assert.equal(filterRow('failed', 1204).description, '1,204 hidden');
    assert.equal(filterRow('failed', 0).description, 'nothing hidden');
    assert.match(filterRow('failed', 2).spoken, /2 jobs hidden/);
  });

  it('load older jobs of their own connection', () => {
    assert.equal(moreRow('gpu').id, 'gpu/more');
  });
});

describe('printable', () => {
  for (const [name, text] of hostile) {
    it(`makes ${name} visible`, () => {
      assert.doesNotMatch(printable(text), control);
      assert.match(printable(text), /␣/);
    });
  }
});

describe('plainText', () => {
  it('leaves no link and no icon that the window would make of a text from outside', () => {
    const text = plainText(
      "KeyError: [click](command:workbench.action.quit 'x') and [a](https://example.org) $(trash) $(sync~spin)",
    );
    assert.doesNotMatch(text, /\[[^\]]+\]\(|\$\(/);
    assert.equal(
      text.replaceAll('\u2060', ''),
      "KeyError: [click](command:workbench.action.quit 'x') and [a](https://example.org) $(trash) $(sync~spin)",
    );
  });

  it('keeps lines, shows other control characters, and has no half of a character', () => {
    assert.equal(plainText('a\r\nb\rc\n\td\u202e\u0007\ud800'), 'a\nb\nc\n\td\u2423\u2423\ufffd');
  });

  it('cuts an endless text between characters, and shows that it did', () => {
    const text = plainText(`x${'😀'.repeat(20_000)}`);
    assert.equal(text.length, maxPlainText);
    assert.match(text, /😀…$/u);
    assert.equal(plainText('x'.repeat(maxPlainText)), 'x'.repeat(maxPlainText));
  });
});

describe('plainName', () => {
  it('gives the Markdown of a tooltip nothing to draw', () => {
    const hostile =
      '![a](https://e.x) [b](command:c) <https://e.x> https://e.x www.e.x a@e.x [b][c] [c]: https://e.x `d` <img src=x>';
    const name = plainName(hostile);
    for (const html of [marked14.parse(name, { async: false }), marked.parse(name, { async: false })]) {
      assert.doesNotMatch(html, /<(?!\/?(?:p|code)>)/, html);
    }
    assert.equal(plainName(hostile).replaceAll('\u2060', ''), hostile);
  });

  it('leaves an ordinary name as it is', () => {
    for (const name of ['Job fit.jl (jr-abc12)', 'Job a.b: c (36+0)', 'Job step [2] (77_1)', 'Job x<1 (1)'])
      assert.equal(plainName(name), name);
  });
});
