/** True for an address of this machine: `127.0.0.0/8`, `::1`, `localhost`. `host` as in `URL.hostname`. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** True if secrets can be sent to this URL: over TLS, or to this machine if allowed. */
export function isSecureUrl(url: URL, plainLoopback: boolean): boolean {
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  return secure || (plainLoopback && isLoopback(url.hostname) && ['http:', 'ws:'].includes(url.protocol));
}
