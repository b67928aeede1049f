import { unreachable } from '../../lib/unreachable.js';
import { isSafe } from '../../http/loopback.js';

/** The public server, for when nothing names another. Source: docs/protocols/juliahub.md, 1.1 and 11.2. */
export const publicServer = 'https://juliahub.com';

/** What may not be plain: a server may be spoken to without TLS only on this machine, and only for tests. */
export interface AddressRules {
  readonly allowHttpLoopback: boolean;
}

/** Why a text is no address of a server. */
export type WrongServer =
  'empty' | 'notAnAddress' | 'scheme' | 'plainHttp' | 'userInfo' | 'query' | 'fragment';

/**
 * Reads the address of a server as a user types it: `juliahub.com`, `https://example.org:8443/prefix`, or the short name
 * of a company (`acme` for `acme.juliahub.com`). `url` has a scheme and no slash at its end; a port and a path are kept.
 *
 * Source: docs/protocols/juliahub.md, 1.1.
 */
export function readServer(
  text: string,
  rules: AddressRules,
): { readonly url: string } | { readonly wrong: WrongServer } {
  const typed = text.trim();
  if (typed === '') return { wrong: 'empty' };
  if (typed.includes('#')) return { wrong: 'fragment' };
  if (typed.includes('?')) return { wrong: 'query' };
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${longName(typed)}`;
  // A URL parser drops these silently, or reads them as slashes.
  if (/[\s\\]/.test(whole) || !URL.canParse(whole)) return { wrong: 'notAnAddress' };
  const url = new URL(whole);
  if (authorityOf(whole).includes('@')) return { wrong: 'userInfo' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { wrong: 'scheme' };
  if (url.hostname === '') return { wrong: 'notAnAddress' };
  if (!isSafeUrl(url.href, rules)) return { wrong: 'plainHttp' };
  return { url: url.origin + url.pathname.replace(/(?<!\/)\/+$/, '') };
}

/** What is wrong with the address of a server, as a sentence; undefined: nothing. For input boxes. */
export function wrongServer(text: string, rules: AddressRules): string | undefined {
  const read = readServer(text, rules);
  if ('url' in read) return undefined;
  switch (read.wrong) {
    case 'empty':
      return "Enter juliahub.com or your server's address.";
    case 'notAnAddress':
      return 'Not a valid server address.';
    case 'scheme':
    case 'plainHttp':
      return 'Use https:// or omit the scheme.';
    case 'userInfo':
      return 'The address must not contain credentials; you sign in later.';
    case 'query':
      return 'The address must not contain a question mark.';
    case 'fragment':
      return 'The address must not contain #.';
    default:
      return unreachable(read.wrong);
  }
}

/**
 * The name of a server's folder below `servers/` of a Julia depot: its host, and its port where it has one of its own.
 *
 * Source: docs/protocols/juliahub.md, 1.2; Pkg.jl `src/PlatformEngines.jl`, `get_server_dir`.
 */
export const serverDirectory = (url: string): string => new URL(url).host.replace(/[:<>"/\\|?*]/g, '_');

/**
 * The server to offer for a new connection: the Julia extension's setting, else `JULIA_PKG_SERVER`, else the public one.
 * A registry of packages that is no JuliaHub server is passed over.
 *
 * Source: docs/protocols/juliahub.md, 1.1 and 11.2.
 */
export function defaultServer(env: NodeJS.ProcessEnv, packageServer: string | undefined): string {
  for (const text of [packageServer, env['JULIA_PKG_SERVER']]) {
    const read = readServer(text ?? '', { allowHttpLoopback: false });
    // Pkg's own default, also by the names of its mirrors.
    if ('url' in read && !/(^|\.)pkg\.julialang\.org$/.test(new URL(read.url).hostname)) return read.url;
  }
  return publicServer;
}

/** True where a secret may be sent to an address, or a user's browser to it: TLS, or this machine where that is allowed. */
export function isSafeUrl(text: string, { allowHttpLoopback }: AddressRules): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && isSafe(url, allowHttpLoopback);
}

const authorityOf = (url: string): string => /^[^:]*:\/\/([^/]*)/.exec(url)?.[1] ?? '';

/** A name without a dot stands for a company's server. Source: docs/protocols/juliahub.md, 1.1 (`jh`, `normalizeServer`). */
function longName(typed: string): string {
  const [, host, path] = /^([a-z0-9-]+)(\/.*)?$/i.exec(typed) ?? [];
  if (host === undefined || host.toLowerCase() === 'localhost') return typed;
  const domain = host.toLowerCase() === 'juliahub' ? 'juliahub.com' : `${host}.juliahub.com`;
  return domain + (path ?? '');
}
