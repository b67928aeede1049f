import type { PortAnswer, PortRequest } from '../core/domain/jobPort.js';
import { jsonLaidOut } from '../lib/jsonLayout.js';
import { noticeOf } from '../core/presentation/notice.js';
import { JobError } from '../core/domain/problem.js';
import { holdsSecret } from '../lib/secretValues.js';
import type { Ports } from './ports.js';
import { rowIdOf, target as one, type Target } from './target.js';
import type { Answer, Ui } from './ui.js';
import { wizard, type Ask } from './wizard.js';
import { parseJson } from '../lib/json.js';

/** What it needs of the editor and of the jobs. */
type JobPortDeps = Pick<Ports, 'ui' | 'jobs' | 'memory' | 'clock'>;

/** Opens the port of a job in the browser. */
export async function openPort(rows: readonly string[], ports: JobPortDeps): Promise<void> {
  const target = await one(rows, 'port', 'Open Port in Browser', ports);
  if (target?.job.endpoint !== undefined) await ports.ui.browse(target.job.endpoint);
}

/** Opens the page of a job on its server. */
export async function openPage(rows: readonly string[], ports: JobPortDeps): Promise<void> {
  const target = await one(rows, 'page', 'Open Job Page', ports);
  if (target?.job.page !== undefined) await ports.ui.browse(target.job.page);
}

/** Sends one HTTP request to the port of a job and shows the answer. */
export async function sendRequest(rows: readonly string[], ports: JobPortDeps): Promise<void> {
  const { ui, memory } = ports;
  const target = await one(rows, 'request', 'Send Request to Job', ports);
  if (!target) return;
  // Without a job's id, so that it does not grow, and without what may be secret.
  const key = `request:${target.backend.connection.id}`;
  const first = readRequest(memory.get(key));
  const request = await wizard((state: PortRequest) => asks(ui, target, state), first, {
    isReviewed: false,
  });
  if (!request) return;
  const [path = ''] = request.path.split(/[?#]/, 1);
  await memory.set(key, { method: request.method, ...(holdsSecret(path) ? {} : { path }) });
  const answer = await sent(target, request, ui);
  if (!answer) return;
  const json = await jsonLaidOut(answer.text);
  await ui.show({
    title: `${target.job.id} answer of ${target.job.name}.txt`,
    about: rowIdOf(target),
    text: answerText(request, answer, json.kind === 'laidOut' ? json.text : answer.text),
  });
}

/** Sends it, again only when the user says so; undefined: it was given up. */
async function sent({ backend, job }: Target, request: PortRequest, ui: Ui): Promise<PortAnswer | undefined> {
  for (;;) {
    try {
      return await ui.progress(
        `Sending ${request.method} ${request.path} to ${job.name}`,
        (signal) =>
          backend.ports?.request(job.id, request, signal) ??
          Promise.reject(new JobError({ kind: 'gone', name: job.name })),
      );
    } catch (error) {
      if (!(error instanceof JobError) || error.problem.kind !== 'notListening') throw error;
      const again = 'Try Again';
      if ((await ui.tell('warning', noticeOf(error.problem).text, [again])) !== again) return undefined;
    }
  }
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

function asks(ui: Ui, { job }: Target, { method }: PortRequest): readonly Ask<PortRequest>[] {
  const title = `Request to ${job.name}`;
  const put = <T>(answer: Answer<T>, use: (value: T) => PortRequest): Answer<PortRequest> =>
    answer.kind === 'value' ? { kind: 'value', value: use(answer.value) } : answer;
  const askMethod: Ask<PortRequest> = {
    id: 'method',
    run: async (state, at) => {
      const order = [state.method, ...methods.filter((name) => name !== state.method)];
      const items = order.map((name) => ({ value: name, label: name }));
      return put(await ui.pick({ ...at, title: `${title}: Method` }, items), (chosen) => ({
        ...state,
        method: chosen,
      }));
    },
  };
  const askPath: Ask<PortRequest> = {
    id: 'path',
    run: async (state, at) =>
      put(
        await ui.type(
          { ...at, title: `${title}: Path` },
          {
            initial: state.path,
            prompt: "Path on the job's port, including the query",
            placeholder: '/status?full=true',
            check: (text) =>
              text.startsWith('/') && !/\s/.test(text)
                ? undefined
                : 'A path must start with / and must not contain spaces.',
          },
        ),
        (path) => ({ ...state, path }),
      ),
  };
  const askBody: Ask<PortRequest> = {
    id: 'body',
    run: async (state, at) =>
      put(
        await ui.type(
          { ...at, title: `${title}: Body` },
          { initial: state.body ?? '', prompt: 'Request body, such as JSON; may be empty' },
        ),
        (body) => ({ ...state, body, headers: headersFor(body) }),
      ),
  };
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  return hasBody ? [askMethod, askPath, askBody] : [askMethod, askPath];
}

const headersFor = (body: string): Readonly<Record<string, string>> =>
  parseJson(body) !== undefined
    ? { 'Content-Type': 'application/json' }
    : { 'Content-Type': 'text/plain; charset=utf-8' };

function readRequest(value: unknown): PortRequest {
  const nothing: PortRequest = { method: 'GET', path: '/', headers: {} };
  if (typeof value !== 'object' || value === null) return nothing;
  const { method, path } = { method: undefined, path: undefined, ...value };
  return {
    ...nothing,
    ...(typeof method === 'string' && methods.includes(method) ? { method } : {}),
    ...(typeof path === 'string' ? { path } : {}),
  };
}

function answerText(
  { method, path }: PortRequest,
  { status, headers, cut }: PortAnswer,
  body: string,
): string {
  const end = cut ? `\n── truncated ──\n` : '';
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} → ${String(status)}\n${head.join('\n')}\n\n${body}${body.endsWith('\n') ? '' : '\n'}${end}`;
}
