import { parse, stringify } from 'smol-toml';
import * as z from 'zod/mini';
import { claimsOf, dateOf, isTokenText } from './claims.js';

/** The keys of an `auth.toml` with their values, also those that nobody here knows. */
export type AuthValues = Readonly<Record<string, unknown>>;

/** A sign-in as an `auth.toml` has it. Source: docs/protocols/juliahub.md, 1.2. */
export interface KeptSignIn {
  /** The bearer token of all calls. */
  readonly token: string;
  /** When the token runs out; undefined: not told. */
  readonly expires: Date | undefined;
  /** How long it was good for when it was given, in milliseconds; undefined: not told. */
  readonly lifeMs: number | undefined;
  /** How it is renewed; undefined: it cannot be. */
  readonly refresh: { readonly token: string; readonly url: string } | undefined;
  /** What the user is called, for when the server does not tell. */
  readonly userName: string | undefined;
  readonly values: AuthValues;
}

/** Pkg renews a token so long before it runs out, in milliseconds. Source: docs/protocols/juliahub.md, 1.2. */
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

/** Reads the text of an `auth.toml`; undefined: it is none. */
export function parseAuth(toml: string): AuthValues | undefined {
  try {
    return parse(toml, { integersAsBigInt: 'asNeeded' });
  } catch {
    // What the parser says quotes the text, and so the tokens in it: nobody may read that.
    return undefined;
  }
}

/** The text of an `auth.toml`. */
export const writeAuth = (values: AuthValues): string => `${stringify(values).trimEnd()}\n`;

/** Reads what was made of JSON, as values of an `auth.toml`; undefined: it is no object. */
export function asValues(outside: unknown): AuthValues | undefined {
  const read = ValuesShape.safeParse(outside);
  if (!read.success || Array.isArray(outside)) return undefined;
  // TOML has nothing for null, and nothing nested is known.
  return Object.fromEntries(Object.entries(read.data).filter(([, value]) => isPlain(value)));
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** The sign-in that values hold, written at a time; undefined: there is none, as no id token is in them. */
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

/** What is left of a token: `good` for a while; `due`: good, but to be renewed; `over`: not good, or nobody knows. */
export type Life = 'good' | 'due' | 'over';

/** What is left of a token at a time. */
export function lifeOf({ expires, lifeMs }: Pick<KeptSignIn, 'expires' | 'lifeMs'>, now: Date): Life {
  const leftMs = expires ? expires.getTime() - now.getTime() : 0;
  if (leftMs <= 0) return 'over';
  // A token that lives for minutes only would else be renewed at each use.
  return leftMs > Math.min(marginMs, (lifeMs ?? Infinity) / 2) ? 'good' : 'due';
}

/**
 * The values with their end told by our own clock, as Pkg does: that of the server may be wrong.
 *
 * Source: docs/protocols/juliahub.md, 1.2 (clock skew).
 */
export function withEnd(values: AuthValues, now: Date): AuthValues {
  const seconds = values['expires_in'];
  if (typeof seconds !== 'number') return values;
  const end = Math.floor(now.getTime() / 1000 + seconds);
  return { ...values, expires: end, expires_at: end };
}
