import { JobError } from '../core/domain/problem.js';

/**
 * Whether a retry can help: `often` if a connection failed, `once` after a timeout, which has already taken
 * its time, `never` if the result would be the same.
 */
export type RetryPolicy = 'often' | 'once' | 'never';

/** The underlying error, without the request, whose headers and URL can contain secrets. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';

  constructor(
    error: unknown,
    /** False: no connection was established, so no part of the request can have arrived. */
    readonly mayHaveArrived: boolean,
    readonly retryPolicy: RetryPolicy = 'never',
  ) {
    super(listErrorCodes(error).join(', ') || (error instanceof Error ? error.name : 'failed'));
  }
}

/** An error whose code {@link getFailureReason} recognizes. */
export const createCodedError = (code: 'SILENT' | 'NOT_SECURE'): Error =>
  Object.assign(new Error(code), { code });

/** The `offline` problem for a request without a response, with {@link NoResponseError} as its cause. */
export function createNoResponseError(error: unknown, place: string, mayHaveArrived: boolean): JobError {
  const { why, again } = getFailureReason(error);
  const cause = new NoResponseError(error, mayHaveArrived, again);
  return new JobError({ kind: 'offline', place, why }, { cause });
}

/** The `offline` problem for an insecure URL; nothing was sent. */
export const createNotSecureError = (place: string): JobError =>
  createNoResponseError(createCodedError('NOT_SECURE'), place, false);

/** Why no response arrived, as a phrase (`connection refused`) that contains nothing of the request. */
function getFailureReason(error: unknown): { readonly why: string; readonly again: RetryPolicy } {
  const codes = listErrorCodes(error);
  for (const code of codes) {
    const known = getTransientReason(code) ?? getPermanentReason(code);
    if (known) return known;
  }
  return { why: codes[0] ?? 'no response', again: 'never' };
}

/** Source: Node's documentation, "Common system errors" of `errors`. */
function getTransientReason(code: string): { readonly why: string; readonly again: RetryPolicy } | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return { why: 'connection refused', again: 'often' };
    case 'ENOTFOUND':
      return { why: 'host not found', again: 'often' };
    case 'EAI_AGAIN':
      return { why: 'DNS lookup failed', again: 'often' };
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return { why: 'host unreachable', again: 'often' };
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return { why: 'no network connection', again: 'often' };
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return { why: 'connection closed', again: 'often' };
    case 'SILENT':
    case 'ETIMEDOUT':
      return { why: 'timed out', again: 'once' };
    default:
      return undefined;
  }
}

/** Source: Node's documentation, "X509 certificate error codes" of `tls`. */
const untrustedCertificateCodes = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'INVALID_CA',
]);

function getPermanentReason(code: string): { readonly why: string; readonly again: RetryPolicy } | undefined {
  const lasting = (why: string): { readonly why: string; readonly again: RetryPolicy } => ({
    why,
    again: 'never',
  });
  if (untrustedCertificateCodes.has(code)) return lasting('certificate not trusted by this machine');
  if (code === 'CERT_HAS_EXPIRED') return lasting('certificate expired');
  if (code === 'CERT_NOT_YET_VALID') return lasting('certificate not valid yet');
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return lasting('certificate does not match host');
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return lasting('not a TLS server');
  if (code.startsWith('HPE_')) return lasting('not an HTTP server');
  if (code.startsWith('WS_ERR_')) return lasting('WebSocket protocol error');
  if (code === 'NOT_SECURE') return lasting('HTTPS required');
  return undefined;
}

function listErrorCodes(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const below = 'cause' in error ? listErrorCodes(error.cause) : [];
  const several =
    'errors' in error && Array.isArray(error.errors)
      ? error.errors.flatMap((one: unknown) => listErrorCodes(one))
      : [];
  // The underlying codes are more specific than the library's own.
  return [...new Set([...below, ...several, ...own])];
}
