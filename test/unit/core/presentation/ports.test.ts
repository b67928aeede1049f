import assert from 'node:assert/strict';
import { listActions, type JobActionId } from '../../../../src/core/domain/availableActions.js';
import type { Backend } from '../../../../src/core/domain/backend.js';
import type { Job, JobFile } from '../../../../src/core/domain/job.js';
import { createJobRow, createPartRows } from '../../../../src/core/presentation/treeRows.js';
import { createTooltip } from '../../../../src/core/presentation/tooltip.js';
import { backendOf, completed, jobOf, noon, queued, running } from '../../../fakes/jobs.js';

const endpoint = 'https://abcde.apps.example.org/';
const requesting = backendOf({ request: () => Promise.resolve({ status: 200, headers: {}, text: '' }) });

describe('actionsOf: ports and pages', () => {
  const has = (action: JobActionId, backend: Backend, job: Partial<Omit<Job, 'id'>>): boolean =>
    listActions(backend, jobOf(job)).includes(action);

  it('offers a port while the job is active and has one', () => {
    for (const state of [queued, running]) assert.ok(has('port', backendOf(), { state, endpoint }));
    assert.ok(!has('port', backendOf(), { state: completed, endpoint }));
    assert.ok(!has('port', backendOf(), { state: running }));
  });

  it('offers requests to the port of an active job if the backend supports them', () => {
    assert.ok(has('request', requesting, { endpoint }));
    assert.ok(!has('request', backendOf(), { endpoint }));
    assert.ok(!has('request', requesting, {}));
    assert.ok(!has('request', requesting, { endpoint, state: completed }));
  });

  it('offers the page of a job in any state', () => {
    const page = 'https://hub.example.org/jobs/1';
    for (const state of [queued, running, completed]) assert.ok(has('page', backendOf(), { state, page }));
    assert.ok(!has('page', backendOf(), {}));
  });

  it("are words of the row's context, which menus match", () => {
    const { context } = createJobRow(requesting, jobOf({ endpoint, page: endpoint }), false, noon);
    assert.deepEqual(context.split(' '), [
      'job',
      'running',
      'log',
      'port',
      'request',
      'page',
      'pin',
      'rename',
    ]);
  });
});

describe('tooltipOf: cost and port', () => {
  const lines = (job: Partial<Omit<Job, 'id'>>): readonly string[] =>
    createTooltip(backendOf(), jobOf(job), false, noon).split(/ *\n+/);

  it('shows both unchanged, the address as code', () => {
    const told = lines({ cost: 'at most $0.34', endpoint });
    assert.ok(told.includes('Cost&#58; at most &#36;0&#46;34'));
    assert.ok(told.includes(`Port: \`${endpoint}\``));
  });

  it('has no line for missing values', () => {
    assert.ok(!lines({}).some((line) => /^(Cost|Port)/.test(line)));
  });

  it('creates no link from their content', () => {
    const text = '[a](command:b) `c` $(trash)';
    const told = lines({ cost: text, endpoint: text }).filter((line) => /^(Cost|Port)/.test(line));
    assert.equal(told.length, 2);
    for (const line of told) assert.doesNotMatch(line.replace('\\\\$\\(trash\\)', ''), /[[\]()`$]/);
  });
});

describe('partRows: executed script and resolved environment', () => {
  const files: readonly JobFile[] = [
    { name: 'Manifest.toml', kind: 'project', bytes: 1024 },
    { name: 'code.jl', kind: 'source' },
    { name: 'out.csv', kind: 'output' },
    { name: 'code.jl', kind: 'input' },
    { name: 'results.json', kind: 'result' },
  ];

  it("are listed after the job's results, each with its kind", () => {
    const rows = createPartRows(backendOf(), jobOf(), files).filter(({ action: opens }) => opens === 'file');
    assert.deepEqual(
      rows.map(({ label, description }) => [label, description]),
      [
        ['results.json', 'result'],
        ['out.csv', 'output'],
        ['code.jl', 'executed script'],
        ['Manifest.toml', '1.0 KiB · resolved environment'],
      ],
    );
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  });
});
