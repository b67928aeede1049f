import type { ServerResponse } from 'node:http';
import { send, text, type Reply } from './http.js';
import type { State } from './state.js';

/**
 * Faults of a response.
 * - a number: this status, with a text that is not JSON
 * - `badToken`: 500 with the text by which some servers refuse a token; source: docs/protocols/juliahub.md,
 *   1.7 and 10.1
 * - `echo`: 500 with a text that repeats the request's URL and token
 * - `html`: 200 with a proxy's HTML page
 * - `silence`: no response
 * - `cut`: the connection is closed without a response; the request is not processed
 * - `lost`: like `cut`, but the request is processed
 * - `truncated`: the full length is announced, but only half of the response is sent
 * - `half`: half of the response, with its length
 * - `drip`: the response in ten parts with pauses
 */
export type FaultKind =
  | 401
  | 403
  | 404
  | 408
  | 409
  | 429
  | 500
  | 502
  | 503
  | 504
  | 'badToken'
  | 'echo'
  | 'html'
  | 'silence'
  | 'cut'
  | 'lost'
  | 'truncated'
  | 'half'
  | 'drip';

export interface Fault {
  /** The start of a route's path, with or without its method: `/juliaruncloud/get_jobs`, `PUT /bucket`. */
  readonly route: string;
  readonly kind: FaultKind;
  left: number;
}

/** Returns the fault for this request and decrements its count. `way` is a path. */
export function takeFault(state: State, method: string, way: string): FaultKind | undefined {
  const fault = state.faults.find(
    ({ left, route }) => left > 0 && (way.startsWith(route) || `${method} ${way}`.startsWith(route)),
  );
  if (!fault) return undefined;
  fault.left--;
  return fault.kind;
}

/** True: the fault is the whole response, and the request is not processed. */
export function answersInstead(state: State, kind: FaultKind, response: ServerResponse): boolean {
  switch (kind) {
    case 'silence':
      return true;
    case 'cut':
      response.destroy();
      return true;
    case 'badToken':
      send(response, text('Invalid authentication', 500));
      return true;
    case 'echo':
      send(
        response,
        text(`no answer to ${response.req.url ?? ''} of ${response.req.headers.authorization ?? ''}`, 500),
      );
      return true;
    case 'html':
      send(response, {
        status: 200,
        headers: { 'Content-Type': 'text/html' },
        body: '<html>A page of a proxy</html>',
      });
      return true;
    case 'lost':
    case 'drip':
    case 'half':
    case 'truncated':
      return false;
    case 429:
      send(response, {
        status: 429,
        headers: { 'Retry-After': String(state.controls.retryAfterSeconds) },
        body: 'too many requests',
      });
      return true;
    default:
      send(response, text(`status ${String(kind)} of the stand-in`, kind));
      return true;
  }
}

/** Sends a response with the fault. */
export async function sendSpoilt(
  kind: FaultKind | undefined,
  response: ServerResponse,
  reply: Reply,
): Promise<void> {
  const bytes = Buffer.from(reply.body ?? '');
  switch (kind) {
    case 'lost':
      response.destroy();
      return;
    case 'half':
      send(response, { ...reply, body: bytes.subarray(0, Math.floor(bytes.length / 2)) });
      return;
    case 'truncated':
      sendCut(response, reply, Math.floor(bytes.length / 2));
      return;
    case 'drip':
      await drip(response, reply, bytes);
      return;
    default:
      if (reply.cutAfter !== undefined) sendCut(response, reply, reply.cutAfter);
      else send(response, reply);
  }
}

/** Announces the whole length and closes the connection after this number of bytes. */
function sendCut(response: ServerResponse, { status, headers = {}, body = '' }: Reply, after: number): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
  response.write(bytes.subarray(0, after), () => response.destroy());
}

async function drip(response: ServerResponse, { status, headers = {} }: Reply, bytes: Buffer): Promise<void> {
  response.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
  const step = Math.max(1, Math.ceil(bytes.length / 10));
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    response.write(bytes.subarray(at, at + step));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  response.end();
}
