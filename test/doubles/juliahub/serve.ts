import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkBearer, userOf } from './auth.js';
import { uploadAddress } from './bucket.js';
import { answersInstead, sendSpoilt, takeFault } from './faults.js';
import { read, send, text, type Asked, type Reply } from './http.js';
import { jobRoute } from './jobs.js';
import { listRoute } from './lists.js';
import { logRoute } from './logs.js';
import { signInRoute } from './signIn.js';
import { count, violate, type State } from './state.js';
import { submitRoute } from './submit.js';

/** Handles a request to the server itself. */
export async function serve(
  state: State,
  prefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://double');
  if (!url.pathname.startsWith(`${prefix}/`)) {
    violate(state, `${url.pathname} without the prefix ${prefix}`, '1.1');
    send(response, text('not found', 404));
    return;
  }
  const method = request.method ?? 'GET';
  const path = url.pathname
    .slice(prefix.length + 1)
    .replace(/\/$/, '')
    .split('/')
    .map((part) => decodeURIComponent(part));
  const way = `/${path.join('/')}`;
  count(state, `${method} ${way}`);
  const fault = takeFault(state, method, way);
  if (state.controls.latencyMs > 0) await sleep(state.controls.latencyMs);
  const body = await read(request);
  if (fault !== undefined && answersInstead(state, fault, response)) {
    state.onRequest?.(`${method} ${way} fault ${String(fault)}`);
    return;
  }
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const reply = answerTo(state, { request, method, path, query: url.searchParams, body, header }, way);
  state.onRequest?.(`${method} ${way} ${String(reply.status)}`);
  await sendSpoilt(fault, response, reply);
}

function answerTo(state: State, asked: Asked, way: string): Reply {
  const open = signInRoute(state, asked);
  if (open) return open;
  // Requested by the browser that shows the page of a sign-in.
  if (way === '/favicon.ico') return text('none', 404);
  const header = asked.header('authorization');
  checkBearer(state, header, way);
  const user = userOf(state, header);
  // Source: docs/protocols/juliahub.md, 1.7: the server sometimes returns 500 for an invalid token.
  if (user === undefined)
    return text('Invalid authentication', way === '/api/v1' ? state.controls.invalidStatus : 401);
  switch (`${asked.method} ${way}`) {
    case 'GET /jobs/appbundle_upload_url':
      return uploadAddress(state, user, asked);
    case 'POST /juliaruncloud/submit_job':
      return submitRoute(state, user, asked);
    case 'GET /juliaruncloud/get_logs':
      return logRoute(state, user, asked);
    default:
  }
  const reply = listRoute(state, user, asked) ?? jobRoute(state, user, asked);
  if (reply) return reply;
  violate(state, `${asked.method} ${way}: unknown route`, '12.1');
  return text('not found', 404);
}
