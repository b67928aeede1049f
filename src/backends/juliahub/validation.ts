import { parse } from 'smol-toml';
import type { ScriptEnvironment } from '../../core/domain/jobSpec.js';
import { toProjectFiles } from './projectFiles.js';
import { JobError } from '../../core/domain/problem.js';

// The checks that the server's own client makes before sending. Source: docs/protocols/juliahub.md, 3.5.

/**
 * Validates a port to expose; returns the message, or undefined if it is valid. Empty: no port is exposed.
 */
export function validatePort(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : NaN;
  const isIn = (from: number, to: number): boolean => port >= from && port <= to;
  if (isIn(1025, 9008) || isIn(9010, 23_399) || isIn(23_500, 32_767)) return undefined;
  return 'Enter a port from 1025 to 32767, except 9009 and 23400–23499.';
}

/** Parses a number of nodes, or a range of minimum and maximum; undefined if it is neither. */
export function parseNodeCount(text: string): { readonly least?: number; readonly most: number } | undefined {
  const [, first = '', second] = /^\s*(\d{1,4})\s*(?:[-–]\s*(\d{1,4})\s*)?$/.exec(text) ?? [];
  const from = Number(first);
  if (first === '' || from < 1) return undefined;
  if (second === undefined) return { most: from };
  return from < Number(second) ? { least: from, most: Number(second) } : undefined;
}

/** Validates a number of nodes; returns the message, or undefined if it is valid. */
export function validateNodeCount(text: string, isElastic: boolean): string | undefined {
  const count = parseNodeCount(text);
  if (!count) return 'Enter a number such as 4, or a range such as 2-8.';
  return isElastic && count.least !== undefined ? 'Elastic jobs require a single number.' : undefined;
}

/** Validates the password of a port; returns the message, or undefined if it is valid. */
export const validatePassword = (text: string): string | undefined =>
  text.length >= 8 && text.length <= 32 && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)
    ? undefined
    : 'Use 8 to 32 characters with a lowercase letter, an uppercase letter, and a digit.';

/**
 * Validates the fixed name in a port's address; returns the message, or undefined if it is valid. Empty: a
 * random name.
 */
export const validatePrefix = (text: string): string | undefined =>
  text === '' || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
    ? undefined
    : 'Use up to 63 lowercase letters, digits, and hyphens; no hyphen at either end.';

/** Validates a project id; returns the message, or undefined if it is valid. Empty: no project. */
export const validateProject = (text: string): string | undefined =>
  text === '' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? undefined
    : 'Enter a project ID such as 01234567-89ab-cdef-0123-456789abcdef.';

/** @throws {@link JobError} of kind `invalid` where an environment's file is no TOML: the job could only fail. */
export function validateEnvironment(environment: ScriptEnvironment): void {
  const { project, manifest, artifacts } = toProjectFiles(environment);
  const files = [
    ['Project.toml', project],
    ['Manifest.toml', manifest],
    ['Artifacts.toml', artifacts],
  ] as const;
  for (const [name, text] of files) {
    try {
      if (text !== undefined) parse(text);
    } catch (error) {
      const [why = ''] = error instanceof Error ? error.message.split('\n') : [];
      throw new JobError({ kind: 'invalid', why: `${name} cannot be read: ${why}` }, { cause: error });
    }
  }
}
