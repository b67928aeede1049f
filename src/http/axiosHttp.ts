import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { sendHttpRequest } from './httpRequest.js';
import {
  discardBody,
  type HttpResponse,
  type HttpRequest,
  type HttpClient,
  type StreamingResponse,
} from './http.js';
import { isSecureUrl } from './secureUrl.js';
import { createNotSecureError } from './networkErrors.js';
import { retry } from './retry.js';

/** Options of the client. */
export interface HttpOptions {
  readonly clock: Clock;
  /** True: allows plain HTTP to this machine. All other requests must use HTTPS. */
  readonly plainLoopback?: boolean;
  /**
   * Maximum length of a text from {@link HttpClient.ask} if the request specifies none, in decompressed bytes;
   * undefined: 4 MiB.
   */
  readonly maxTextBytes?: number;
}

/** Parsing a longer text at once takes 50 ms, so such texts are read incrementally. */
const defaultMaxTextBytes = 4_194_304;

/** Maximum size that is read of a failed response, in bytes: only its message is used. */
const maxFailureBytes = 262_144;

/** Maximum duration of a read with all its attempts, in milliseconds. */
const maxRequestMs = 600_000;

/**
 * HTTP by axios on Node's own modules, which VS Code patches with the user's proxy and certificates, so no
 * proxy is configured here.
 *
 * In addition to the errors of {@link HttpClient}: `offline` for a URL without TLS, `invalid` for a request that
 * HTTP cannot send, `badAnswer` for a text that is too long or cannot be decompressed. The cause of `offline`
 * specifies whether the request may have arrived.
 */
export function createAxiosHttp(options: HttpOptions): HttpClient {
  const { clock, plainLoopback = false, maxTextBytes: longestText = defaultMaxTextBytes } = options;

  /** Sends a request once, or, if it only reads, with retries. */
  const times = <T extends HttpResponse | StreamingResponse>(
    call: HttpRequest,
    untilMs: number,
    signal: AbortSignal,
    ask: () => Promise<T>,
  ): Promise<T> => (call.reads ? retry(ask, discardResponse, { clock, untilMs }, signal) : ask());

  return {
    open: async (call, signal) => {
      requireSecureUrl(call.url, plainLoopback);
      const how = { clock, takesGzip: false, untilMs: Infinity };
      return times(call, Infinity, signal, () => sendHttpRequest(call, how, signal));
    },
    ask: async (call, signal) => {
      const host = requireSecureUrl(call.url, plainLoopback);
      // A request with a body can take long; and the response from a presigned URL may not be compressed.
      const untilMs = call.reads ? clock.now().getTime() + maxRequestMs : Infinity;
      const how = { clock, takesGzip: call.reads === true, untilMs };
      return times(call, untilMs, signal, async () =>
        readResponse(await sendHttpRequest(call, how, signal), call.maxBytes ?? longestText, host),
      );
    },
  };
}

function discardResponse(answer: HttpResponse | StreamingResponse): void {
  if ('body' in answer) discardBody(answer);
}

/** The host of a URL, for messages. @throws {@link JobError} of kind `offline` if the URL is insecure. */
function requireSecureUrl(address: string, plainLoopback: boolean): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url) throw new JobError({ kind: 'invalid', why: 'Invalid URL.' });
  if (!isSecureUrl(url, plainLoopback)) throw createNotSecureError(url.host);
  return url.host;
}

async function readResponse(incoming: StreamingResponse, most: number, place: string): Promise<HttpResponse> {
  const { status, headers, body } = incoming;
  const isSuccess = status >= 200 && status < 300;
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (isSuccess && bytes > most)
      throw new JobError({ kind: 'badAnswer', place, what: `more than ${String(most)} bytes` });
    pieces.push(decoder.decode(part, { stream: true }));
    if (!isSuccess && bytes > maxFailureBytes) {
      discardBody(incoming);
      break;
    }
  }
  pieces.push(decoder.decode());
  // Joined only when read, since joining a long text takes time.
  return {
    status,
    headers,
    pieces,
    get text() {
      return pieces.join('');
    },
  };
}
