import { assertNever } from '../../lib/assertNever.js';
import { isSecureUrl } from '../../http/secureUrl.js';

/** The public server, used if no other is configured. Source: docs/protocols/juliahub.md, 1.1 and 11.2. */
export const publicServer = 'https://juliahub.com';

/** Whether a server on this machine can be used without TLS. For tests. */
export interface AddressRules {
  readonly allowHttpLoopback: boolean;
}

/** Why a text is not a valid server address. */
export type InvalidServerReason =
  'empty' | 'notAnAddress' | 'scheme' | 'plainHttp' | 'userInfo' | 'query' | 'fragment';

/**
 * Parses the address of a server as entered by a user: `juliahub.com`, `https://example.org:8443/prefix`, or
 * the short name of a company (`acme` for `acme.juliahub.com`). `url` has a scheme and no trailing slash; a
 * port and a path are retained.
 *
 * Source: docs/protocols/juliahub.md, 1.1.
 */
export function parseServer(
  text: string,
  rules: AddressRules,
): { readonly url: string } | { readonly wrong: InvalidServerReason } {
  const typed = text.trim();
  if (typed === '') return { wrong: 'empty' };
  if (typed.includes('#')) return { wrong: 'fragment' };
  if (typed.includes('?')) return { wrong: 'query' };
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${toFullServerName(typed)}`;
  // A URL parser silently drops these or treats them as slashes.
  if (/[\s\\]/.test(whole) || !URL.canParse(whole)) return { wrong: 'notAnAddress' };
  const url = new URL(whole);
  if (getUrlAuthority(whole).includes('@')) return { wrong: 'userInfo' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { wrong: 'scheme' };
  if (url.hostname === '') return { wrong: 'notAnAddress' };
  if (!isSafeServerUrl(url.href, rules)) return { wrong: 'plainHttp' };
  return { url: url.origin + url.pathname.replace(/(?<!\/)\/+$/, '') };
}

/** Validates the address of a server for input boxes; returns the message, or undefined if it is valid. */
export function validateServer(text: string, rules: AddressRules): string | undefined {
  const read = parseServer(text, rules);
  if ('url' in read) return undefined;
  switch (read.wrong) {
    case 'empty':
      return 'Enter juliahub.com or the address of your own server.';
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
      return assertNever(read.wrong);
  }
}

/**
 * The name of a server's folder below `servers/` in a Julia depot: its host and, if not the default, its
 * port.
 *
 * Source: docs/protocols/juliahub.md, 1.2; Pkg.jl `src/PlatformEngines.jl`, `get_server_dir`.
 */
export const getServerDirectory = (url: string): string => new URL(url).host.replace(/[:<>"/\\|?*]/g, '_');

/**
 * The default server for a new connection: the Julia extension's setting, else `JULIA_PKG_SERVER`, else the
 * public server. Skips package servers that are not JuliaHub servers.
 *
 * Source: docs/protocols/juliahub.md, 1.1 and 11.2.
 */
export function getDefaultServer(env: NodeJS.ProcessEnv, packageServer: string | undefined): string {
  for (const text of [packageServer, env['JULIA_PKG_SERVER']]) {
    const read = parseServer(text ?? '', { allowHttpLoopback: false });
    // Pkg's own default, including its mirrors.
    if ('url' in read && !/(^|\.)pkg\.julialang\.org$/.test(new URL(read.url).hostname)) return read.url;
  }
  return publicServer;
}

/** True if a secret can be sent to a URL, or a browser opened with it: TLS, or this machine if allowed. */
export function isSafeServerUrl(text: string, { allowHttpLoopback }: AddressRules): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && isSecureUrl(url, allowHttpLoopback);
}

const getUrlAuthority = (url: string): string => /^[^:]*:\/\/([^/]*)/.exec(url)?.[1] ?? '';

/**
 * A name without a dot is a company's server. Source: docs/protocols/juliahub.md, 1.1 (`jh`,
 * `normalizeServer`).
 */
function toFullServerName(typed: string): string {
  const [, host, path] = /^([a-z0-9-]+)(\/.*)?$/i.exec(typed) ?? [];
  if (host === undefined || host.toLowerCase() === 'localhost') return typed;
  const domain = host.toLowerCase() === 'juliahub' ? 'juliahub.com' : `${host}.juliahub.com`;
  return domain + (path ?? '');
}
