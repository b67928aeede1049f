import type { JobMetadata, JsonValue, StoredRequest } from '../../core/domain/jobMetadata.js';
import { hasSecret, isSecretName, omitSecretValues } from '../../lib/secretValues.js';

/** A value without its secrets, and the names of what was left out. */
export interface ScrubbedValue<T> {
  readonly value: T;
  readonly omitted: readonly string[];
}

/** Metadata without what looks like a secret. Facts are a backend's own and stay as they are. */
export function removeSecrets(metadata: JobMetadata): ScrubbedValue<JobMetadata> {
  const omitted: string[] = [];
  const kept = Object.entries(metadata).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || name === 'facts' || name === 'noteMs') return [[name, value] as const];
    if (name === 'request') {
      // SAFETY: `request` has this type.
      const request = scrubRequest(value as StoredRequest);
      omitted.push(...request.omitted);
      return [[name, request.value] as const];
    }
    // SAFETY: all other fields are JSON values.
    const scrubbed = scrubValue(name, value as JsonValue);
    omitted.push(...scrubbed.omitted);
    return scrubbed.value === undefined ? [] : [[name, scrubbed.value] as const];
  });
  // SAFETY: only members were taken out, all of which may be absent.
  return { value: Object.fromEntries(kept), omitted: [...new Set(omitted)] };
}

function scrubRequest(request: StoredRequest): ScrubbedValue<StoredRequest> {
  const { args, env, omitted } = omitSecretValues(request.args, request.env);
  const options = scrubOptions(request.options);
  const all = [...new Set([...omitted, ...options.omitted, ...(request.omitted ?? [])])];
  const value = { ...request, args, env, options: options.value };
  return { value: all.length > 0 ? { ...value, omitted: all } : value, omitted: all };
}

/** The answers without those that hold a secret. */
export function scrubOptions(
  options: Readonly<Record<string, string>>,
): ScrubbedValue<Readonly<Record<string, string>>> {
  const pairs = Object.entries(options);
  const isSecret = ([name, value]: readonly [string, string]): boolean =>
    value !== '' && (isSecretName(name) || hasSecret(value));
  return {
    value: Object.fromEntries(pairs.filter((pair) => !isSecret(pair))),
    omitted: pairs.filter(isSecret).map(([name]) => name),
  };
}

/** Undefined: all of it is a secret. */
function scrubValue(name: string, value: JsonValue): ScrubbedValue<JsonValue | undefined> {
  if (typeof value === 'string') {
    const isSecret = value !== '' && (isSecretName(name) || hasSecret(value));
    return isSecret ? { value: undefined, omitted: [name] } : { value, omitted: [] };
  }
  if (typeof value !== 'object' || value === null) return { value, omitted: [] };
  const omitted: string[] = [];
  const scrubMember = (member: string, one: JsonValue): readonly JsonValue[] => {
    const scrubbed = scrubValue(member, one);
    omitted.push(...scrubbed.omitted);
    return scrubbed.value === undefined ? [] : [scrubbed.value];
  };
  if (isList(value)) return { value: value.flatMap((one) => scrubMember(name, one)), omitted };
  const members = Object.entries(value).flatMap(([member, one]) =>
    scrubMember(member, one).map((kept) => [member, kept] as const),
  );
  return { value: Object.fromEntries(members), omitted };
}

const isList = (value: object): value is readonly JsonValue[] => Array.isArray(value);
