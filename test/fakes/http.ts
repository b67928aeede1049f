import { JobError } from '../../src/core/domain/problem.js';
import type { HttpRequest, HttpClient } from '../../src/http/http.js';

/** HTTP with Node's own client: no retries, no timeouts. */
export const plainHttp: HttpClient = {
  ask: async (call, signal) => {
    const answer = await send(call, signal);
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
  },
  open: async (call, signal) => {
    const { status, headers, body } = await send(call, signal);
    return { status, headers: Object.fromEntries(headers), body: partsOf(body) };
  },
};

async function send(
  { method, url, headers = {}, body }: HttpRequest,
  signal: AbortSignal,
): Promise<Response> {
  const sent = body === undefined || body instanceof Uint8Array ? body : await whole(body.read());
  try {
    return await fetch(url, {
      method,
      headers: { ...headers },
      redirect: 'manual',
      signal,
      ...(sent === undefined ? {} : { body: Uint8Array.from(sent) }),
    });
  } catch (error) {
    if (signal.aborted) throw new DOMException('stopped', 'AbortError');
    throw new JobError({ kind: 'offline', place: new URL(url).host, why: 'no response' }, { cause: error });
  }
}

async function whole(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for await (const part of parts) read.push(part);
  return Buffer.concat(read);
}

async function* partsOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body) for await (const part of body) yield part;
}
