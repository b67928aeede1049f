import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { exchange } from './exchange.js';
import { letGo, type Answer, type Call, type Http, type Incoming } from './http.js';
import { isSafe } from './loopback.js';
import { notSecure } from './reasons.js';
import { tried } from './tries.js';

/** Options of the client. */
export interface HttpOptions {
  readonly clock: Clock;
  /** True: allows plain HTTP to this machine. All other requests must use HTTPS. */
  readonly plainLoopback?: boolean;
  /**
   * Maximum length of a text from {@link Http.ask} if the request specifies none, in decompressed bytes;
   * undefined: 4 MiB.
   */
  readonly longestText?: number;
}

/** Parsing a longer text at once takes 50 ms, so such texts are read incrementally. */
const usualLongestText = 4_194_304;

/** Maximum size that is read of a failed response, in bytes: only its message is used. */
const maxFailureBytes = 262_144;

/** Maximum duration of a read with all its attempts, in milliseconds. */
const longestAskMs = 600_000;

/**
 * HTTP by axios on Node's own modules, which VS Code patches with the user's proxy and certificates, so no
 * proxy is configured here.
 *
 * In addition to the errors of {@link Http}: `offline` for a URL without TLS, `invalid` for a request that
 * HTTP cannot send, `badAnswer` for a text that is too long or cannot be decompressed. The cause of `offline`
 * specifies whether the request may have arrived.
 */
export function axiosHttp(options: HttpOptions): Http {
  const { clock, plainLoopback = false, longestText = usualLongestText } = options;

  /** Sends a request once, or, if it only reads, with retries. */
  const times = <T extends Answer | Incoming>(
    call: Call,
    untilMs: number,
    signal: AbortSignal,
    ask: () => Promise<T>,
  ): Promise<T> => (call.reads ? tried(ask, drop, { clock, untilMs }, signal) : ask());

  return {
    open: async (call, signal) => {
      demandSafe(call.url, plainLoopback);
      const how = { clock, takesGzip: false, untilMs: Infinity };
      return times(call, Infinity, signal, () => exchange(call, how, signal));
    },
    ask: async (call, signal) => {
      const host = demandSafe(call.url, plainLoopback);
      // A request with a body can take long; and the response from a presigned URL may not be compressed.
      const untilMs = call.reads ? clock.now().getTime() + longestAskMs : Infinity;
      const how = { clock, takesGzip: call.reads === true, untilMs };
      return times(call, untilMs, signal, async () =>
        whole(await exchange(call, how, signal), call.maxBytes ?? longestText, host),
      );
    },
  };
}

function drop(answer: Answer | Incoming): void {
  if ('body' in answer) letGo(answer);
}

/** The host of a URL, for messages. @throws {@link JobError} of kind `offline` if the URL is insecure. */
function demandSafe(address: string, plainLoopback: boolean): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url) throw new JobError({ kind: 'invalid', why: 'Invalid URL.' });
  if (!isSafe(url, plainLoopback)) throw notSecure(url.host);
  return url.host;
}

async function whole(incoming: Incoming, most: number, place: string): Promise<Answer> {
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
      letGo(incoming);
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
