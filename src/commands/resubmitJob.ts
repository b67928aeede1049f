import type { Backend } from '../core/domain/backend.js';
import { type Request, type JobDraft, requestOf } from '../core/domain/jobSpec.js';
import { JobError } from '../core/domain/problem.js';
import { decideOn } from './deciding.js';
import { askingFor, isDecided, toRequest, type Draft } from './draft.js';
import type { Ports } from './ports.js';
import { asksFor } from './steps.js';
import { sendOnce } from './submitted.js';
import { target as one, type Target } from './target.js';

type ResubmitJobDeps = Pick<Ports, 'ui' | 'desk' | 'jobs' | 'logs' | 'tree' | 'clock' | 'choices' | 'log'>;

/**
 * Submits the same content again with the same choices. If the backend does not know all of them, the user
 * reviews them first.
 */
export async function resubmitJob(rows: readonly string[], ports: ResubmitJobDeps): Promise<void> {
  const { ui, desk } = ports;
  const target = await one(rows, 'resubmit', 'Resubmit Job', ports);
  if (!target) return;
  if (!desk.trusted()) throw new JobError({ kind: 'untrusted' });
  const { backend, job } = target;
  const previous = backend.submit?.previous;
  if (!previous) return send(target, undefined, ports);
  const before = await ui.progress('Loading submission', (signal) => previous(job.id, signal));
  const draft = await decide(backend, before, ports);
  if (draft) await send(target, toRequest(draft, before.kind), ports);
}

async function send(
  { backend, job }: Target,
  request: Request | undefined,
  ports: ResubmitJobDeps,
): Promise<void> {
  const { ui } = ports;
  const again = backend.submit?.again;
  if (!again) return;
  const title = `Submitting ${job.name} to ${backend.connection.title}`;
  await sendOnce(
    backend,
    request?.name ?? job.name,
    () => ui.progress(title, (signal) => again(job.id, signal, request)),
    ports,
  );
}

async function decide(
  backend: Backend,
  before: JobDraft,
  { ui }: ResubmitJobDeps,
): Promise<Draft | undefined> {
  const request = requestOf(before);
  const title = `Resubmit ${request.name}`;
  // The content and the connection are fixed; everything else can be changed.
  const fixed = ['script', 'connection'];
  const asked = before.kind === 'application' ? askingFor(backend, before.application) : backend;
  const first: Draft = { backend: asked, ...request };
  const decided = await decideOn(ui, {
    first,
    isDecided: isDecided(first, before.kind),
    asks: (draft) =>
      asksFor(ui, title, [asked], before.kind, draft, {}).filter(({ id }) => !fixed.includes(id)),
    reviewed: () => ({ title, work: before, lines: () => [] }),
  });
  return decided.kind === 'send' ? decided.draft : undefined;
}
