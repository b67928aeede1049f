import { parse, stringify } from 'smol-toml';
import * as z from 'zod/mini';
import { parseJwtClaims, secondsToDate, isTokenText } from './jwtClaims.js';

/** The keys and values of an `auth.toml`, including unknown keys. */
export type AuthValues = Readonly<Record<string, unknown>>;

/** The sign-in stored in an `auth.toml`. Source: docs/protocols/juliahub.md, 1.2. */
export interface StoredSignIn {
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
const renewalMarginMs = 10 * 60_000;

const optionalText = z.catch(z.optional(z.string()), undefined);
const optionalNumber = z.catch(z.optional(z.number()), undefined);

const AuthFileShape = z.object({
  id_token: z.string(),
  refresh_token: optionalText,
  refresh_url: optionalText,
  expires: optionalNumber,
  expires_at: optionalNumber,
  expires_in: optionalNumber,
  user_name: optionalText,
});

const AuthValuesShape = z.record(z.string(), z.unknown());

/** Parses the text of an `auth.toml`; undefined if it is not valid TOML. */
export function parseAuthFile(toml: string): AuthValues | undefined {
  try {
    return parse(toml, { integersAsBigInt: 'asNeeded' });
  } catch {
    // The parser's message quotes the text, which contains tokens, so it must not be shown or logged.
    return undefined;
  }
}

/** Formats values as the text of an `auth.toml`. */
export const formatAuthFile = (values: AuthValues): string => `${stringify(values).trimEnd()}\n`;

/** Converts a value parsed from JSON to values of an `auth.toml`; undefined if it is not an object. */
export function toAuthValues(outside: unknown): AuthValues | undefined {
  const read = AuthValuesShape.safeParse(outside);
  if (!read.success || Array.isArray(outside)) return undefined;
  // TOML has no null, and no nested values are known.
  return Object.fromEntries(Object.entries(read.data).filter(([, value]) => isPlainValue(value)));
}

const isPlainValue = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** The sign-in in values written at this time; undefined if they contain no id token. */
export function toStoredSignIn(values: AuthValues, written: Date): StoredSignIn | undefined {
  const read = AuthFileShape.safeParse(values);
  if (!read.success || !isTokenText(read.data.id_token)) return undefined;
  const { id_token: token, refresh_token: renewal, refresh_url: url, expires_in: seconds } = read.data;
  const lifeMs = seconds !== undefined && seconds > 0 ? seconds * 1000 : undefined;
  const ends = [
    read.data.expires === undefined ? undefined : secondsToDate(read.data.expires),
    read.data.expires_at === undefined ? undefined : secondsToDate(read.data.expires_at),
    seconds === undefined ? undefined : secondsToDate(written.getTime() / 1000 + seconds),
  ].flatMap((end) => (end ? [end.getTime()] : []));
  return {
    token,
    expires: ends.length > 0 ? new Date(Math.min(...ends)) : undefined,
    lifeMs,
    refresh: renewal && isTokenText(renewal) && url ? { token: renewal, url } : undefined,
    userName: read.data.user_name ?? parseJwtClaims(token).userName,
    values,
  };
}

/**
 * Remaining life of a token: `good`; `due`: valid, but should be renewed; `over`: expired, or expiration
 * unknown.
 */
export type TokenStatus = 'good' | 'due' | 'over';

/** The remaining life of a token at this time. */
export function getTokenStatus(
  { expires, lifeMs }: Pick<StoredSignIn, 'expires' | 'lifeMs'>,
  now: Date,
): TokenStatus {
  const leftMs = expires ? expires.getTime() - now.getTime() : 0;
  if (leftMs <= 0) return 'over';
  // Otherwise a token that lives only minutes would be renewed at each use.
  return leftMs > Math.min(renewalMarginMs, (lifeMs ?? Infinity) / 2) ? 'good' : 'due';
}

/**
 * Returns the values with an expiration computed by the local clock, as Pkg does, since the server's clock
 * can be wrong.
 *
 * Source: docs/protocols/juliahub.md, 1.2 (clock skew).
 */
export function addExpiry(values: AuthValues, now: Date): AuthValues {
  const seconds = values['expires_in'];
  if (typeof seconds !== 'number') return values;
  const end = Math.floor(now.getTime() / 1000 + seconds);
  return { ...values, expires: end, expires_at: end };
}
