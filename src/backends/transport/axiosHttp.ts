import { Readable } from 'node:stream';
import axios, { type AxiosResponse, type RawAxiosRequestHeaders } from 'axios';
import type { Clock } from '../../core/ports.js';
import { isAbort, JobError } from '../../core/problem.js';
import type { Answer, Call, Http, Incoming } from './http.js';
import { isSafe } from './loopback.js';
import { reasonOf, Unanswered } from './reasons.js';

/** What the client is made with. */
export interface HttpOptions {
  readonly clock: Clock;
  /** True: plain HTTP is allowed to this machine. Everything else has to be HTTPS. */
  readonly plainLoopback?: boolean;
  /** The longest text that {@link Http.ask} takes, in bytes. */
  readonly longestText?: number;
}

/** A page of a log has up to 10 000 entries. */
const usualLongestText = 67_108_864;
const usualSilenceMs = 30_000;

/** How often a read is tried, and the wait after the first failure, which is doubled each time. */
const tries = 4;
const firstWaitMs = 500;
/** A server that asks for more patience than this is not waited for, in milliseconds. */
const longestWaitMs = 60_000;

/** Statuses that pass by themselves. */
const passing = new Set([429, 502, 503, 504]);

/**
 * HTTP by axios on Node's own modules, which VS Code patches with the user's proxy and certificates: so no proxy is
 * looked for here.
 */
export function axiosHttp(options: HttpOptions): Http {
  const { clock, plainLoopback = false, longestText = usualLongestText } = options;

  const once = async (call: Call, signal: AbortSignal): Promise<Dropped> => {
    signal.throwIfAborted();
    const url = new URL(call.url);
    if (!isSafe(url, plainLoopback))
      throw new JobError({ kind: 'offline', place: url.host, why: 'only HTTPS is spoken' });
    const guard = new Silence(call.silenceMs ?? usualSilenceMs, clock, signal);
    try {
      const response = await send(call, guard);
      return incoming(response, url.host, guard, signal);
    } catch (error) {
      guard.end();
      throw failure(error, url.host, guard, signal);
    }
  };

  const open = async (call: Call, signal: AbortSignal): Promise<Incoming> => {
    for (let attempt = 1; ; attempt++) {
      const last = !call.reads || attempt === tries;
      let waitMs = firstWaitMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
      try {
        const answer = await once(call, signal);
        if (last || !passing.has(answer.status)) return answer;
        const asked = retryAfterMs(answer.headers['retry-after'], clock.now());
        if (asked !== undefined && asked > longestWaitMs) return answer;
        answer.drop();
        waitMs = asked ?? waitMs;
      } catch (error) {
        if (last || !(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
      }
      await clock.sleep(waitMs, signal);
    }
  };

  return {
    open,
    ask: async (call, signal) => {
      for (let attempt = 1; ; attempt++) {
        const answer = await open(call, signal);
        try {
          return await whole(answer, longestText, new URL(call.url).host);
        } catch (error) {
          const isCut = error instanceof JobError && error.problem.kind === 'offline';
          if (!call.reads || attempt === tries || !isCut) throw error;
          await clock.sleep(firstWaitMs * 2 ** (attempt - 1), signal);
        }
      }
    },
  };
}

/** An answer that can be let go without reading it. */
interface Dropped extends Incoming {
  readonly drop: () => void;
}

/** Stops a request after a time without a sign of life, or when its caller does. */
class Silence {
  readonly #stop = new AbortController();
  #rest = new AbortController();
  isOver = false;

  constructor(
    private readonly ms: number,
    private readonly clock: Clock,
    private readonly outer: AbortSignal,
  ) {
    outer.addEventListener('abort', this.#abort, { once: true });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Something came or went: the time begins anew. */
  heard(): void {
    this.#rest.abort();
    const rest = new AbortController();
    this.#rest = rest;
    this.clock.sleep(this.ms, rest.signal).then(
      () => {
        this.isOver = true;
        this.#stop.abort();
      },
      () => undefined,
    );
  }

  end(): void {
    this.#rest.abort();
    this.outer.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => {
    this.#stop.abort();
  };
}

async function send(call: Call, guard: Silence): Promise<AxiosResponse<Readable>> {
  const { method, url, headers = {}, body } = call;
  const isStream = body !== undefined && !(body instanceof Uint8Array);
  const bytes = body instanceof Uint8Array ? body.byteLength : body?.bytes;
  const sent: RawAxiosRequestHeaders = {
    // Nothing that axios would add by itself.
    Accept: '*/*',
    'Accept-Encoding': 'identity',
    'Content-Type': null,
    'User-Agent': null,
    ...headers,
    ...(bytes === undefined ? {} : { 'Content-Length': String(bytes) }),
  };
  return axios.request<Readable>({
    adapter: 'http',
    method,
    url,
    headers: sent,
    ...(body === undefined
      ? {}
      : { data: isStream ? Readable.from(heard(body.read(), guard)) : Buffer.from(body) }),
    responseType: 'stream',
    decompress: false,
    maxRedirects: 0,
    maxBodyLength: Infinity,
    maxContentLength: Infinity,
    proxy: false,
    signal: guard.signal,
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
  });
}

async function* heard(parts: AsyncIterable<Uint8Array>, guard: Silence): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    yield part;
    guard.heard();
  }
}

function incoming(
  response: AxiosResponse<Readable>,
  host: string,
  guard: Silence,
  signal: AbortSignal,
): Dropped {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined && value !== null) headers[name.toLowerCase()] = String(value);
  const { data } = response;
  const announced = Number(headers['content-length'] ?? NaN);
  async function* read(): AsyncGenerator<Uint8Array> {
    let got = 0;
    try {
      for await (const part of data) {
        guard.heard();
        got += (part as Buffer).byteLength; // SAFETY: a stream without encoding gives buffers.
        yield part as Buffer;
        // Whoever reads may take their time.
        guard.heard();
      }
      if (Number.isFinite(announced) && got < announced)
        throw new JobError({ kind: 'offline', place: host, why: 'the connection was cut' });
    } catch (error) {
      throw failure(error, host, guard, signal);
    } finally {
      guard.end();
      data.destroy();
    }
  }
  // An answer nobody reads fails by itself when its time is over; that is nobody's failure.
  data.on('error', () => undefined);
  const drop = (): void => {
    guard.end();
    data.destroy();
  };
  return { status: response.status, headers, body: read(), drop };
}

function failure(error: unknown, host: string, guard: Silence, signal: AbortSignal): unknown {
  if (signal.aborted) return new DOMException('This operation was aborted', 'AbortError');
  if (error instanceof JobError || (isAbort(error) && !guard.isOver)) return error;
  const why = guard.isOver ? 'no answer in time' : reasonOf(error);
  return new JobError({ kind: 'offline', place: host, why }, { cause: new Unanswered(error) });
}

async function whole({ status, headers, body }: Incoming, most: number, host: string): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > most)
      throw new JobError({ kind: 'badAnswer', place: host, what: `more than ${String(most)} bytes` });
    parts.push(part);
  }
  return { status, headers, text: new TextDecoder().decode(Buffer.concat(parts)) };
}

/** Milliseconds that a server asks to wait, told in seconds or as a date. Source: RFC 9110, 10.2.3. */
function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
