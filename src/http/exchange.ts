import type { Readable } from 'node:stream';
import type { AxiosResponse, RawAxiosRequestHeaders } from 'axios';
import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { watchedTransport } from './connection.js';
import type { Call, Incoming } from './http.js';
import { coded, unanswered } from './reasons.js';
import { packingOf, received } from './received.js';
import { sentBody, type SentBody } from './sentBody.js';
import { silence, type Silence } from './silence.js';
import { createAbortError, throwIfAborted } from '../lib/abort.js';
import { hasErrorCode } from '../lib/errno.js';

/** How one request is made. */
export interface Exchange {
  readonly clock: Clock;
  /** True: the body can be compressed. */
  readonly takesGzip: boolean;
  /** Deadline in milliseconds since 1970. */
  readonly untilMs: number;
}

const usualSilenceMs = 30_000;

/** Makes one request, without retries; returns a response for every status. */
export async function exchange(call: Call, how: Exchange, signal: AbortSignal): Promise<Incoming> {
  throwIfAborted(signal);
  const url = new URL(call.url);
  const watch = watched(call, url.host, how, signal);
  try {
    watch.quiet.wait();
    const response = await send(call, url, how, watch);
    watch.quiet.rest();
    // The connection can fail before the body is read; the reader then gets the error.
    response.data.on('error', () => undefined);
    return incoming(response, url.host, watch);
  } catch (error) {
    const failure = watch.failed(error);
    watch.end();
    throw failure;
  }
}

/** The state of a request in progress. */
interface Watch {
  readonly quiet: Silence;
  readonly body: SentBody;
  /** Aborts the request. */
  readonly signal: AbortSignal;
  /** Called once the connection is established. */
  readonly stands: () => void;
  /** Releases timers and listeners. */
  readonly end: () => void;
  /** Converts an error to the one that is thrown. */
  readonly failed: (error: unknown) => unknown;
  readonly isStopped: () => boolean;
}

function watched(call: Call, place: string, how: Exchange, signal: AbortSignal): Watch {
  const { clock, untilMs } = how;
  const stop = new AbortController();
  let isSilent = false;
  let hasStood = false;
  const abort = (): void => {
    stop.abort();
  };
  signal.addEventListener('abort', abort, { once: true });
  const patience = (): number => Math.min(call.silenceMs ?? usualSilenceMs, untilMs - clock.now().getTime());
  const quiet = silence(patience, clock, () => {
    isSilent = true;
    abort();
  });
  const body = sentBody(call, quiet);
  return {
    quiet,
    body,
    signal: stop.signal,
    stands: () => {
      hasStood = true;
    },
    end: () => {
      quiet.rest();
      signal.removeEventListener('abort', abort);
      body.end();
    },
    failed: (error) => {
      if (signal.aborted) return createAbortError();
      const unread = body.failure();
      if (unread) return unread.error;
      if (error instanceof JobError) return error;
      if (isUnsendable(error))
        return new JobError({
          kind: 'invalid',
          why: 'The request contains characters that HTTP cannot send.',
        });
      return unanswered(isSilent ? coded('SILENT') : error, place, hasStood);
    },
    isStopped: () => stop.signal.aborted,
  };
}

/** Headers that describe compression and length, which are set only here. */
const ours = new Set(['accept-encoding', 'content-length', 'transfer-encoding']);

async function send(
  { method, headers = {} }: Call,
  url: URL,
  { takesGzip }: Exchange,
  { body, signal, stands }: Watch,
): Promise<AxiosResponse<Readable>> {
  const sent: RawAxiosRequestHeaders = {
    Accept: '*/*',
    // Axios would add these headers, and a presigned URL does not accept additional ones.
    'Content-Type': null,
    'User-Agent': null,
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => !ours.has(name.toLowerCase()))),
    'Accept-Encoding': takesGzip ? 'gzip' : 'identity',
    ...(body.bytes === undefined ? {} : { 'Content-Length': String(body.bytes) }),
  };
  // Loaded with the first request, since loading it takes longer than the rest of the extension.
  const { default: axios } = await import('axios');
  return axios.request<Readable>({
    adapter: 'http',
    transport: watchedTransport(url.protocol === 'https:', stands),
    method,
    url: url.href,
    headers: sent,
    ...(body.data === undefined ? {} : { data: body.data }),
    responseType: 'stream',
    decompress: false,
    maxRedirects: 0,
    maxBodyLength: -1,
    maxContentLength: -1,
    proxy: false,
    signal,
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
  });
}

function incoming(response: AxiosResponse<Readable>, place: string, watch: Watch): Incoming {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined && value !== null) headers[name.toLowerCase()] = String(value);
  const packing = packingOf(headers['content-encoding']);
  if (packing === undefined) {
    response.data.destroy();
    throw new JobError({
      kind: 'badAnswer',
      place,
      what: `content-encoding ${headers['content-encoding'] ?? ''}`,
    });
  }
  if (packing === 'gzip') {
    // They describe the compressed body.
    delete headers['content-encoding'];
    delete headers['content-length'];
  }
  const body = received(response.data, packing, { ...watch, place });
  return { status: response.status, headers, body };
}

/** Source: Node's documentation, "Node.js error codes". */
const isUnsendable = (error: unknown): boolean =>
  hasErrorCode(error, 'ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_UNESCAPED_CHARACTERS');
