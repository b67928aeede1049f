import type { PortResponse, PortRequest } from '../core/domain/jobPort.js';
import { formatJson } from '../lib/formatJson.js';
import { createNotice } from '../core/presentation/notice.js';
import { JobError } from '../core/domain/problem.js';
import { hasSecret } from '../lib/secretValues.js';
import type { CommandDeps } from './commandDeps.js';
import { getRowId, resolveTarget as one, type JobTarget } from './resolveTargets.js';
import type { StepAnswer, UserInterface } from './ui.js';
import { runWizard, type WizardStep } from './wizard.js';
import { parseJson } from '../lib/json.js';

type JobPortDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'memory' | 'clock'>;

/** Opens a job's port in the browser. */
export async function openPort(rows: readonly string[], ports: JobPortDeps): Promise<void> {
  const target = await one(rows, 'port', 'Open Port in Browser', ports);
  if (target?.job.endpoint !== undefined) await ports.ui.openUrl(target.job.endpoint);
}

/** Opens a job's web page on its server. */
export async function openPage(rows: readonly string[], ports: JobPortDeps): Promise<void> {
  const target = await one(rows, 'page', 'Open Job Page', ports);
  if (target?.job.page !== undefined) await ports.ui.openUrl(target.job.page);
}

/** Sends one HTTP request to a job's port and shows the response. */
export async function sendRequest(rows: readonly string[], ports: JobPortDeps): Promise<void> {
  const { ui, memory } = ports;
  const target = await one(rows, 'request', 'Send Request to Job', ports);
  if (!target) return;
  // One key per connection, so that the store does not grow; secrets are not stored.
  const key = `request:${target.backend.connection.id}`;
  const first = parseStoredRequest(memory.get(key));
  const request = await runWizard((state: PortRequest) => createRequestSteps(ui, target, state), first, {
    isReviewed: false,
  });
  if (!request) return;
  const [path = ''] = request.path.split(/[?#]/, 1);
  await memory.set(key, { method: request.method, ...(hasSecret(path) ? {} : { path }) });
  const answer = await sendWithRetry(target, request, ui);
  if (!answer) return;
  const json = await formatJson(answer.text);
  await ui.show({
    title: `Response from ${target.job.name} (${target.job.id}).txt`,
    about: getRowId(target),
    text: formatResponse(request, answer, json.kind === 'laidOut' ? json.text : answer.text),
  });
}

/** Sends the request, and retries only if the user chooses to; undefined: given up. */
async function sendWithRetry(
  { backend, job }: JobTarget,
  request: PortRequest,
  ui: UserInterface,
): Promise<PortResponse | undefined> {
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
      if ((await ui.showMessage('warning', createNotice(error.problem).text, [again])) !== again)
        return undefined;
    }
  }
}

const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

function createRequestSteps(
  ui: UserInterface,
  { job }: JobTarget,
  { method }: PortRequest,
): readonly WizardStep<PortRequest>[] {
  const title = `Request to ${job.name}`;
  const put = <T>(answer: StepAnswer<T>, use: (value: T) => PortRequest): StepAnswer<PortRequest> =>
    answer.kind === 'value' ? { kind: 'value', value: use(answer.value) } : answer;
  const askMethod: WizardStep<PortRequest> = {
    id: 'method',
    run: async (state, at) => {
      const order = [state.method, ...httpMethods.filter((name) => name !== state.method)];
      const items = order.map((name) => ({ value: name, label: name }));
      return put(await ui.pick({ ...at, title: `${title}: Method` }, items), (chosen) => ({
        ...state,
        method: chosen,
      }));
    },
  };
  const askPath: WizardStep<PortRequest> = {
    id: 'path',
    run: async (state, at) =>
      put(
        await ui.input(
          { ...at, title: `${title}: Path` },
          {
            initial: state.path,
            prompt: "Path on the job's port, including the query",
            placeholder: '/status?full=true',
            validate: (text) =>
              text.startsWith('/') && !/\s/.test(text)
                ? undefined
                : 'A path must start with / and must not contain spaces.',
          },
        ),
        (path) => ({ ...state, path }),
      ),
  };
  const askBody: WizardStep<PortRequest> = {
    id: 'body',
    run: async (state, at) =>
      put(
        await ui.input(
          { ...at, title: `${title}: Body` },
          { initial: state.body ?? '', prompt: 'Request body, such as JSON; may be empty' },
        ),
        (body) => ({ ...state, body, headers: createHeaders(body) }),
      ),
  };
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  return hasBody ? [askMethod, askPath, askBody] : [askMethod, askPath];
}

const createHeaders = (body: string): Readonly<Record<string, string>> =>
  parseJson(body) !== undefined
    ? { 'Content-Type': 'application/json' }
    : { 'Content-Type': 'text/plain; charset=utf-8' };

function parseStoredRequest(value: unknown): PortRequest {
  const nothing: PortRequest = { method: 'GET', path: '/', headers: {} };
  if (typeof value !== 'object' || value === null) return nothing;
  const { method, path } = { method: undefined, path: undefined, ...value };
  return {
    ...nothing,
    ...(typeof method === 'string' && httpMethods.includes(method) ? { method } : {}),
    ...(typeof path === 'string' ? { path } : {}),
  };
}

function formatResponse(
  { method, path }: PortRequest,
  { status, headers, isTruncated: cut }: PortResponse,
  body: string,
): string {
  const end = cut ? `\n── truncated ──\n` : '';
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} → ${String(status)}\n${head.join('\n')}\n\n${body}${body.endsWith('\n') ? '' : '\n'}${end}`;
}
