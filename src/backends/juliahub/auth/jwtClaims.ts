import * as z from 'zod/mini';
import { parseJson } from '../../../lib/json.js';

/** Claims of a token. They are not verified: use them only for display and to renew early. */
export interface JwtClaims {
  readonly expires?: Date;
  readonly userName?: string;
}

const JwtClaimsShape = z.object({
  exp: z.catch(z.optional(z.number()), undefined),
  preferred_username: z.catch(z.optional(z.string()), undefined),
});

/** The claims of a token; empty if it is not a JWT. Source: docs/protocols/juliahub.md, 1.2 (claims seen). */
export function parseJwtClaims(token: string): JwtClaims {
  const read = JwtClaimsShape.safeParse(parseJwtPayload(token));
  if (!read.success) return {};
  const { exp, preferred_username: userName } = read.data;
  const expires = exp === undefined ? undefined : secondsToDate(exp);
  return { ...(expires ? { expires } : {}), ...(userName ? { userName } : {}) };
}

/** A time in seconds since 1970; undefined if it is outside a date's range. */
export function secondsToDate(seconds: number): Date | undefined {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** True if the text consists only of characters that are allowed in a header, as all tokens do. */
export const isTokenText = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

function parseJwtPayload(token: string): unknown {
  const [, payload] = token.split('.');
  return parseJson(Buffer.from(payload ?? '', 'base64url').toString('utf8'));
}
