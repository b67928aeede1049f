import { canSend, type Backend } from '../core/domain/backend.js';
import type { Application, JobSpec, Work } from '../core/domain/jobSpec.js';
import { JobError } from '../core/domain/problem.js';
import { decideOn, type Decided } from './deciding.js';
import { askingFor, firstDraft, remember, toRequest, type Draft } from './draft.js';
import { placeFor } from './place.js';
import type { Ports } from './ports.js';
import { asksFor } from './steps.js';
import { sendOnce } from './submitted.js';

type SubmitApplicationDeps = Pick<
  Ports,
  'ui' | 'desk' | 'backends' | 'jobs' | 'logs' | 'tree' | 'memory' | 'clock' | 'choices' | 'log'
>;

/** Submits one of the applications that a connection offers. */
export async function submitApplication(
  rows: readonly string[],
  ports: SubmitApplicationDeps,
): Promise<void> {
  const { ui, desk, memory } = ports;
  if (!desk.trusted()) throw new JobError({ kind: 'untrusted' });
  const wanted = {
    title: 'Submit Application',
    isAble: (one: Backend): one is Backend => canSend(one, 'application'),
    none: 'No connection offers applications.',
  };
  const backend = await placeFor(rows, wanted, ports.backends(), ui);
  if (!backend) return;
  const application = await askApplication(backend, ports);
  if (!application) return;
  const key = `application:${backend.connection.id}/${application.id}`;
  const first = firstDraft([askingFor(backend, application)], 'application', key, application.title, memory);
  const decided = first && (await decide(application, first, ports));
  if (decided?.kind !== 'send') return;
  const { draft, validation } = decided;
  const { submit } = backend;
  if (!submit) return;
  await remember(memory, key, draft, 'application');
  const spec: JobSpec = { ...toRequest(draft, 'application'), kind: 'application', application };
  const title = `Submitting ${draft.name} to ${backend.connection.title}`;
  await sendOnce(
    backend,
    draft.name,
    () => ui.progress(title, (signal) => submit.send(spec, signal, undefined, validation)),
    ports,
  );
}

async function askApplication(
  backend: Backend,
  { ui }: SubmitApplicationDeps,
): Promise<Application | undefined> {
  const { title } = backend.connection;
  const all = await ui.progress(
    `Loading the applications of ${title}`,
    (signal) => backend.submit?.applications?.(signal) ?? Promise.resolve([]),
  );
  if (all.length === 0) throw new JobError({ kind: 'invalid', why: `${title} offers no applications.` });
  const items = all.map((application) => ({
    value: application,
    label: application.title,
    icon: 'package',
    ...(application.detail === undefined ? {} : { description: application.detail }),
  }));
  const answer = await ui.pick({ title: `Submit Application to ${title}` }, items, 'Choose an application');
  return answer.kind === 'value' ? answer.value : undefined;
}

async function decide(
  application: Application,
  first: Draft,
  { ui }: SubmitApplicationDeps,
): Promise<Decided> {
  const title = `Submit ${application.title}`;
  const work: Work = { kind: 'application', application };
  return decideOn(ui, {
    first,
    asks: (draft) => asksFor(ui, title, [first.backend], 'application', draft, {}),
    reviewed: () => ({ title, work, lines: () => [] }),
  });
}
