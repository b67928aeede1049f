import type { Readable } from 'node:stream';
import type { AxiosResponse, RawAxiosRequestHeaders } from 'axios';
import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { createObservedTransport } from './transport.js';
import type { HttpRequest, StreamingResponse } from './http.js';
import { createCodedError, createNoResponseError } from './networkErrors.js';
import { parseContentEncoding, createResponseBody } from './responseBody.js';
import { createRequestBody, type RequestBody } from './requestBody.js';
import { createIdleTimeout, type IdleTimeout } from './idleTimeout.js';
import { createAbortError, throwIfAborted } from '../lib/abort.js';
import { hasErrorCode } from '../lib/errno.js';

/** How one request is made. */
export interface RequestContext {
  readonly clock: Clock;
  /** True: the body can be compressed. */
  readonly takesGzip: boolean;
  /** Deadline in milliseconds since 1970. */
  readonly untilMs: number;
}

const defaultIdleMs = 30_000;

/** Makes one request, without retries; returns a response for every status. */
export async function sendHttpRequest(
  call: HttpRequest,
  how: RequestContext,
  signal: AbortSignal,
): Promise<StreamingResponse> {
  throwIfAborted(signal);
  const url = new URL(call.url);
  const watch = createRequestMonitor(call, url.host, how, signal);
  try {
    watch.idle.start();
    const response = await sendOverAxios(call, url, how, watch);
    watch.idle.pause();
    // The connection can fail before the body is read; the reader then gets the error.
    response.data.on('error', () => undefined);
    return toStreamingResponse(response, url.host, watch);
  } catch (error) {
    const failure = watch.toError(error);
    watch.end();
    throw failure;
  }
}

/** The state of a request in progress. */
interface RequestMonitor {
  readonly idle: IdleTimeout;
  readonly body: RequestBody;
  /** Aborts the request. */
  readonly signal: AbortSignal;
  /** Called once the connection is established. */
  readonly onConnected: () => void;
  /** Releases timers and listeners. */
  readonly end: () => void;
  /** Converts an error to the one that is thrown. */
  readonly toError: (error: unknown) => unknown;
  readonly isStopped: () => boolean;
}

function createRequestMonitor(
  call: HttpRequest,
  place: string,
  how: RequestContext,
  signal: AbortSignal,
): RequestMonitor {
  const { clock, untilMs } = how;
  const stop = new AbortController();
  let isSilent = false;
  let hasStood = false;
  const abort = (): void => {
    stop.abort();
  };
  signal.addEventListener('abort', abort, { once: true });
  const patience = (): number => Math.min(call.silenceMs ?? defaultIdleMs, untilMs - clock.now().getTime());
  const quiet = createIdleTimeout(patience, clock, () => {
    isSilent = true;
    abort();
  });
  const body = createRequestBody(call, quiet);
  return {
    idle: quiet,
    body,
    signal: stop.signal,
    onConnected: () => {
      hasStood = true;
    },
    end: () => {
      quiet.pause();
      signal.removeEventListener('abort', abort);
      body.end();
    },
    toError: (error) => {
      if (signal.aborted) return createAbortError();
      const unread = body.failure();
      if (unread) return unread.error;
      if (error instanceof JobError) return error;
      if (isUnsendable(error))
        return new JobError({
          kind: 'invalid',
          why: 'The request contains characters that HTTP cannot send.',
        });
      return createNoResponseError(isSilent ? createCodedError('SILENT') : error, place, hasStood);
    },
    isStopped: () => stop.signal.aborted,
  };
}

/** Headers that describe compression and length, which are set only here. */
const managedHeaders = new Set(['accept-encoding', 'content-length', 'transfer-encoding']);

async function sendOverAxios(
  { method, headers = {} }: HttpRequest,
  url: URL,
  { takesGzip }: RequestContext,
  { body, signal, onConnected: stands }: RequestMonitor,
): Promise<AxiosResponse<Readable>> {
  const sent: RawAxiosRequestHeaders = {
    Accept: '*/*',
    // Axios would add these headers, and a presigned URL does not accept additional ones.
    'Content-Type': null,
    'User-Agent': null,
    ...Object.fromEntries(
      Object.entries(headers).filter(([name]) => !managedHeaders.has(name.toLowerCase())),
    ),
    'Accept-Encoding': takesGzip ? 'gzip' : 'identity',
    ...(body.bytes === undefined ? {} : { 'Content-Length': String(body.bytes) }),
  };
  // Loaded with the first request, since loading it takes longer than the rest of the extension.
  const { default: axios } = await import('axios');
  return axios.request<Readable>({
    adapter: 'http',
    transport: createObservedTransport(url.protocol === 'https:', stands),
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

function toStreamingResponse(
  response: AxiosResponse<Readable>,
  place: string,
  watch: RequestMonitor,
): StreamingResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined && value !== null) headers[name.toLowerCase()] = String(value);
  const packing = parseContentEncoding(headers['content-encoding']);
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
  const body = createResponseBody(response.data, packing, { ...watch, place });
  return { status: response.status, headers, body };
}

/** Source: Node's documentation, "Node.js error codes". */
const isUnsendable = (error: unknown): boolean =>
  hasErrorCode(error, 'ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_UNESCAPED_CHARACTERS');
