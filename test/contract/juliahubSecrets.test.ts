import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { toJobId, type JobFile } from '../../src/core/domain/job.js';
import { createErrorNotice } from '../../src/core/presentation/notice.js';
import type { FaultKind } from '../doubles/juliahub/faults.js';
import type { Hub } from './juliahub.js';
import { bytesOf, endOf, timeline, trial, type Window } from './juliahubTrial.js';
import { tarOf } from './local.js';
import { never, request, wholeLog } from './subject.js';
import {
  dryRun,
  listFiles,
  listJobs,
  readPrevious,
  sendBundle,
  sendScript,
  validate,
} from '../fakes/backendCalls.js';

/** Everything that is readable in an error and its causes: message, stack, JSON, and all properties. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const notice = JSON.stringify(createErrorNotice(error));
  const all = inspect(error, { depth: 12, showHidden: true, getters: true, maxStringLength: null });
  return [String(error), error.stack, JSON.stringify(error), all, notice, textOf(error.cause ?? '')].join(
    '\n',
  );
}

/** All files below a folder, as one text, except those below `but`. */
async function filesOf(folder: string, but: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const texts = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (path === but) return '';
    return entry.isDirectory() ? filesOf(path, but) : `${path} ${await readFile(path, 'latin1')}`;
  });
  return (await Promise.all(texts)).join('\n');
}

const password = 'Hidden1Password';
const asked = request('fit', {
  limitMs: 3_600_000,
  env: { MY_API_KEY: 'sk-hush-hush-hush' },
  options: { port: '8080', access: 'password', password },
});
const kinds: readonly FaultKind[] = [
  'echo',
  401,
  403,
  404,
  429,
  500,
  502,
  'html',
  'half',
  'truncated',
  'cut',
  'lost',
];

describe('JuliaHub: secrets', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-hub-secrets-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs an action; logs its error. */
  const attempt = async (place: Hub, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      place.said.push(textOf(error));
      return false;
    }
  };

  /** Everything shown or stored anywhere, except in the depot. */
  async function free(place: Hub, ...texts: readonly string[]): Promise<void> {
    const root = dirname(place.depot);
    const all = [...place.said, ...texts, await filesOf(root, place.depot)].join('\n');
    const secrets = [...place.double.secrets(), password, 'sk-hush-hush-hush'];
    assert.ok(secrets.length > 3);
    for (const secret of secrets) {
      const at = all.indexOf(secret);
      assert.ok(at < 0, `a secret was disclosed: ${all.slice(Math.max(0, at - 300), at)}…`);
    }
  }

  it('appear in no message, log, or stored data of a complete session', () =>
    trial({ controls: { redirectDownloads: true, flows: ['classic'] } }, async (backend, place) => {
      const open = async (url: string): Promise<void> => {
        const code = decodeURIComponent(new URL(url).search.slice(1));
        const answer = new URLSearchParams({ code, answer: 'approved' });
        await fetch(`${place.double.url}/decide`, { method: 'POST', body: answer });
      };
      const identity = await backend.account.signIn({ by: 'browser', open }, never);
      const script = timeline('fit.jl', 'resultfile answer.txt 42\nprint done\n');
      const work = { kind: 'script', script } as const;
      const facts = await validate(backend, work, asked, never);
      const dry = await dryRun(backend, work, undefined, asked, never);
      const id = await sendScript(backend, script, asked, never);
      place.double.invalidate();
      const job = await endOf(backend, id);
      await wholeLog(backend, id);
      const files = await listFiles(backend, id, never);
      for (const file of files) await bytesOf(backend.files.read(id, file, never));
      const bundle = await tarOf(folder, 'project', { 'main.jl': '#!timeline\nprint hi\n' });
      await sendBundle(backend, bundle, 'main.jl', asked, never);
      const { request: again } = await readPrevious(backend, id, never);
      const { env: _, ...options } = again;
      await backend.control.cancel(id, never);
      await free(place, JSON.stringify([identity, facts, options, files, job.resources, job.cost]), dry);
    }));

  const reads: readonly (readonly [string, string, (backend: Window, file: JobFile) => Promise<unknown>])[] =
    [
      ['listing', 'GET /juliaruncloud/get_jobs', (backend) => listJobs(backend, 20, never)],
      ['a log', 'GET /juliaruncloud/get_logs', (backend) => wholeLog(backend, toJobId('jr-1'))],
      [
        'a download',
        'GET /jobs/jr-1',
        (backend, file) => bytesOf(backend.files.read(toJobId('jr-1'), file, never)),
      ],
      [
        'a store',
        'GET /bucket',
        (backend, file) => bytesOf(backend.files.read(toJobId('jr-1'), file, never)),
      ],
      [
        'an upload',
        'PUT /bucket',
        async (backend) => sendBundle(backend, await bundleOnce(), 'main.jl', asked, never),
      ],
      [
        'its address',
        'GET /jobs/appbundle_upload_url',
        async (backend) => sendBundle(backend, await bundleOnce(), 'main.jl', asked, never),
      ],
      [
        'a submission',
        'POST /juliaruncloud/submit_job',
        (backend) => sendScript(backend, timeline('fit.jl', 'wait\n'), asked, never),
      ],
      ['killing', 'GET /juliaruncloud/kill_job', (backend) => backend.control.cancel(toJobId('jr-1'), never)],
      ['renewing', 'GET /auth/renew', (backend) => listJobs(backend, 20, never)],
      ['identity request', 'GET /api/v1', (backend) => backend.account.getIdentity(never)],
    ];
  const bundleOnce = () => tarOf(folder, 'project', { 'main.jl': '#!timeline\n' });

  for (const [what, route, work] of reads)
    it(`appear in no error and no log if ${what} fails, in any way`, function () {
      this.timeout(60_000);
      return trial({ controls: { redirectDownloads: true } }, async (backend, place) => {
        const file = { name: 'a.txt', kind: 'result' } as const;
        const files = [{ name: 'a.txt', type: 'result' as const, bytes: Buffer.from('answer') }];
        place.double.inject({ name: 'jr-1', status: 'Running', files });
        let failures = 0;
        // A store that returns 200 to an upload has the file.
        for (const kind of kinds.filter((one) => what !== 'an upload' || one !== 'html')) {
          await place.signIn();
          if (what === 'renewing') place.double.invalidate();
          place.double.finish(place.double.jobs[0] ?? assert.fail('no job'), 'Completed');
          place.double.fault(route, kind, 30);
          failures += Number(!(await attempt(place, () => work(backend, file))));
          place.double.heal();
        }
        assert.ok(failures >= 6, `${String(failures)} of ${String(kinds.length)} failed`);
        await free(place);
      });
    });
});
