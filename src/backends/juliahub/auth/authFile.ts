import { parse, stringify } from 'smol-toml';
import * as z from 'zod/mini';
import { claimsOf, dateOf, isTokenText } from './claims.js';

/** The keys and values of an `auth.toml`, including unknown keys. */
export type AuthValues = Readonly<Record<string, unknown>>;

/** The sign-in stored in an `auth.toml`. Source: docs/protocols/juliahub.md, 1.2. */
export interface KeptSignIn {
  /** The bearer token of all requests. */
  readonly token: string;
  /** When the token expires; undefined if unknown. */
  readonly expires: Date | undefined;
  /** Lifetime of the token when it was issued, in milliseconds; undefined if unknown. */
  readonly lifeMs: number | undefined;
  /** How to renew the token; undefined if it cannot be renewed. */
  readonly refresh: { readonly token: string; readonly url: string } | undefined;
  /** The name of the user, used if the server does not return one. */
  readonly userName: string | undefined;
  readonly values: AuthValues;
}

/**
 * How long before its expiration Pkg renews a token, in milliseconds. Source: docs/protocols/juliahub.md,
 * 1.2.
 */
const marginMs = 10 * 60_000;

const text = z.catch(z.optional(z.string()), undefined);
const number = z.catch(z.optional(z.number()), undefined);

const AuthShape = z.object({
  id_token: z.string(),
  refresh_token: text,
  refresh_url: text,
  expires: number,
  expires_at: number,
  expires_in: number,
  user_name: text,
});

const ValuesShape = z.record(z.string(), z.unknown());

/** Parses the text of an `auth.toml`; undefined if it is not valid TOML. */
export function parseAuth(toml: string): AuthValues | undefined {
  try {
    return parse(toml, { integersAsBigInt: 'asNeeded' });
  } catch {
    // The parser's message quotes the text, which contains tokens, so it must not be shown or logged.
    return undefined;
  }
}

/** Formats values as the text of an `auth.toml`. */
export const writeAuth = (values: AuthValues): string => `${stringify(values).trimEnd()}\n`;

/** Converts a value parsed from JSON to values of an `auth.toml`; undefined if it is not an object. */
export function asValues(outside: unknown): AuthValues | undefined {
  const read = ValuesShape.safeParse(outside);
  if (!read.success || Array.isArray(outside)) return undefined;
  // TOML has no null, and no nested values are known.
  return Object.fromEntries(Object.entries(read.data).filter(([, value]) => isPlain(value)));
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** The sign-in in values written at this time; undefined if they contain no id token. */
export function signInOf(values: AuthValues, written: Date): KeptSignIn | undefined {
  const read = AuthShape.safeParse(values);
  if (!read.success || !isTokenText(read.data.id_token)) return undefined;
  const { id_token: token, refresh_token: renewal, refresh_url: url, expires_in: seconds } = read.data;
  const lifeMs = seconds !== undefined && seconds > 0 ? seconds * 1000 : undefined;
  const ends = [
    read.data.expires === undefined ? undefined : dateOf(read.data.expires),
    read.data.expires_at === undefined ? undefined : dateOf(read.data.expires_at),
    seconds === undefined ? undefined : dateOf(written.getTime() / 1000 + seconds),
  ].flatMap((end) => (end ? [end.getTime()] : []));
  return {
    token,
    expires: ends.length > 0 ? new Date(Math.min(...ends)) : undefined,
    lifeMs,
    refresh: renewal && isTokenText(renewal) && url ? { token: renewal, url } : undefined,
    userName: read.data.user_name ?? claimsOf(token).userName,
    values,
  };
}

/**
 * Remaining life of a token: `good`; `due`: valid, but should be renewed; `over`: expired, or expiration
 * unknown.
 */
export type Life = 'good' | 'due' | 'over';

/** The remaining life of a token at this time. */
export function lifeOf({ expires, lifeMs }: Pick<KeptSignIn, 'expires' | 'lifeMs'>, now: Date): Life {
  const leftMs = expires ? expires.getTime() - now.getTime() : 0;
  if (leftMs <= 0) return 'over';
  // Otherwise a token that lives only minutes would be renewed at each use.
  return leftMs > Math.min(marginMs, (lifeMs ?? Infinity) / 2) ? 'good' : 'due';
}

/**
 * Returns the values with an expiration computed by the local clock, as Pkg does, since the server's clock
 * can be wrong.
 *
 * Source: docs/protocols/juliahub.md, 1.2 (clock skew).
 */
export function withEnd(values: AuthValues, now: Date): AuthValues {
  const seconds = values['expires_in'];
  if (typeof seconds !== 'number') return values;
  const end = Math.floor(now.getTime() / 1000 + seconds);
  return { ...values, expires: end, expires_at: end };
}
