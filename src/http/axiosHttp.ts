import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { exchange } from './exchange.js';
import { letGo, type Answer, type Call, type Http, type Incoming } from './http.js';
import { isSafe } from './loopback.js';
import { notSecure } from './reasons.js';
import { tried } from './tries.js';

/** What the client is made with. */
export interface HttpOptions {
  readonly clock: Clock;
  /** True: plain HTTP is allowed to this machine. Everything else has to be HTTPS. */
  readonly plainLoopback?: boolean;
  /** The longest text that {@link Http.ask} takes where the call does not say, in bytes once unpacked; undefined: 4 MiB. */
  readonly longestText?: number;
}

/** What is longer is read by whoever can do so bit by bit: to parse so much at once takes 50 ms. */
const usualLongestText = 4_194_304;

/** So much is read of an answer that is no success, in bytes: nothing but its words is of use. */
const maxFailureBytes = 262_144;

/** A question that only reads is over after this time, with all its tries, in milliseconds. */
const longestAskMs = 600_000;

/**
 * HTTP by axios on Node's own modules, which VS Code patches with the user's proxy and certificates: so no proxy is
 * looked for here.
 *
 * Besides what {@link Http} says: an address without TLS is `offline` too, `invalid` means that HTTP cannot send this
 * request, `badAnswer` a text that is too long or cannot be unpacked. The cause of `offline` is an `Unanswered`.
 */
export function axiosHttp(options: HttpOptions): Http {
  const { clock, plainLoopback = false, longestText = usualLongestText } = options;

  /** Asks once, or, what only reads, as often as is worth it. */
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
      // What sends may be long under way; and a presigned address need not pack its answer.
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

/** The host of an address, for messages. @throws {@link JobError} of kind `offline` where all could listen. */
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
  // Put together only for whoever wants it whole: of a long text that takes a while.
  return {
    status,
    headers,
    pieces,
    get text() {
      return pieces.join('');
    },
  };
}
