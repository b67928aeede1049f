import * as z from 'zod/mini';
import { parseJson } from '../../../lib/json.js';

/** What a token says of itself; nothing of it is checked, so it may only be shown or serve to ask earlier. */
export interface Claims {
  readonly expires?: Date;
  readonly userName?: string;
}

const ClaimsShape = z.object({
  exp: z.catch(z.optional(z.number()), undefined),
  preferred_username: z.catch(z.optional(z.string()), undefined),
});

/** What a token says of itself; empty for one that is no JWT. Source: docs/protocols/juliahub.md, 1.2 (claims seen). */
export function claimsOf(token: string): Claims {
  const read = ClaimsShape.safeParse(payloadOf(token));
  if (!read.success) return {};
  const { exp, preferred_username: userName } = read.data;
  const expires = exp === undefined ? undefined : dateOf(exp);
  return { ...(expires ? { expires } : {}), ...(userName ? { userName } : {}) };
}

/** A time in seconds since 1970; undefined: it is none that a date can hold. */
export function dateOf(seconds: number): Date | undefined {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** True for what can stand in a header: no token has anything else, and nothing else may get there. */
export const isTokenText = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

function payloadOf(token: string): unknown {
  const [, payload] = token.split('.');
  return parseJson(Buffer.from(payload ?? '', 'base64url').toString('utf8'));
}
