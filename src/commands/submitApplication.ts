import { canSend, type Backend } from '../core/domain/backend.js';
import type { Application, JobSpec, Work } from '../core/domain/jobSpec.js';
import { JobError } from '../core/domain/problem.js';
import { decideOn } from './deciding.js';
import { askingFor, firstDraft, remember, toRequest, type Draft } from './draft.js';
import { placeFor } from './place.js';
import type { Ports } from './ports.js';
import { asksFor } from './steps.js';
import { sendOnce } from './submitted.js';

/** Starts one of the applications that a place offers. */
export async function submitApplication(rows: readonly string[], ports: Ports): Promise<void> {
  const { ui, desk, memory } = ports;
  if (!desk.trusted()) throw new JobError({ kind: 'untrusted' });
  const wanted = {
    title: ui.say('Submit Application'),
    isAble: (one: Backend): one is Backend => canSend(one, 'application'),
    none: ui.say('No connection offers applications.'),
  };
  const backend = await placeFor(rows, wanted, ports.backends(), ui);
  if (!backend) return;
  const application = await askApplication(backend, ports);
  if (!application) return;
  const key = `application:${backend.connection.id}/${application.id}`;
  const first = firstDraft([askingFor(backend, application)], 'application', key, application.title, memory);
  const draft = first && (await decide(application, first, ports));
  if (!draft) return;
  const { submit } = backend;
  if (!submit) return;
  await remember(memory, key, draft, 'application');
  const spec: JobSpec = { ...toRequest(draft, 'application'), kind: 'application', application };
  const title = ui.say('Submitting {0} to {1}', draft.name, backend.connection.title);
  await sendOnce(backend, draft.name, () => ui.progress(title, (signal) => submit.send(spec, signal)), ports);
}

async function askApplication(backend: Backend, { ui }: Ports): Promise<Application | undefined> {
  const { title } = backend.connection;
  const all = await ui.progress(
    ui.say('Reading the applications of {0}', title),
    (signal) => backend.submit?.applications?.(signal) ?? Promise.resolve([]),
  );
  if (all.length === 0)
    throw new JobError({ kind: 'invalid', why: ui.say('{0} offers no applications.', title) });
  const items = all.map((application) => ({
    value: application,
    label: application.title,
    icon: 'package',
    ...(application.detail === undefined ? {} : { description: application.detail }),
  }));
  const answer = await ui.pick(
    { title: ui.say('Submit Application to {0}', title) },
    items,
    ui.say('Choose an application'),
  );
  return answer.kind === 'value' ? answer.value : undefined;
}

async function decide(application: Application, first: Draft, { ui }: Ports): Promise<Draft | undefined> {
  const title = ui.say('Submit {0}', application.title);
  const work: Work = { kind: 'application', application };
  const decided = await decideOn(ui, {
    first,
    asks: (draft) => asksFor(ui, title, [first.backend], 'application', draft, {}),
    reviewed: () => ({ title, work, lines: () => [] }),
  });
  return decided.kind === 'send' ? decided.draft : undefined;
}
