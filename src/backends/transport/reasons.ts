const phrases = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'the connection was cut'],
  ['EPIPE', 'the connection was cut'],
  ['ERR_BAD_RESPONSE', 'the connection was cut'],
  ['ECONNABORTED', 'no answer in time'],
  ['ETIMEDOUT', 'no answer in time'],
  ['ENOTFOUND', 'its name is not known'],
  ['EAI_AGAIN', 'names cannot be looked up'],
  ['EHOSTUNREACH', 'there is no way to it'],
  ['ENETUNREACH', 'there is no network'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted by this machine'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is not trusted by this machine'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is not trusted by this machine'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate is not trusted by this machine'],
  ['EPROTO', 'it does not speak TLS there'],
]);

/** Why no answer came, as a phrase: `connection refused`. Holds nothing of the request. */
export function reasonOf(error: unknown): string {
  for (const code of codesOf(error)) {
    const phrase = phrases.get(code);
    if (phrase !== undefined) return phrase;
  }
  const [code] = codesOf(error);
  return code ?? 'no answer';
}

/** Failures before anything of a request was sent. */
const before = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** What was met below, without the request it came from, whose headers and address may hold secrets. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  /** False: nothing of the request can have arrived. */
  readonly mayHaveArrived: boolean;

  constructor(error: unknown) {
    const codes = codesOf(error);
    super(codes.join(', ') || (error instanceof Error ? error.name : 'failed'));
    this.mayHaveArrived = !codes.some((code) => before.has(code) || code.includes('CERT'));
  }
}

function codesOf(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const below = 'cause' in error ? codesOf(error.cause) : [];
  const several =
    'errors' in error && Array.isArray(error.errors)
      ? error.errors.flatMap((one: unknown) => codesOf(one))
      : [];
  // What was met below says more than what the library made of it.
  return [...new Set([...below, ...several, ...own])];
}
