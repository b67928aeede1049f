import * as z from 'zod/mini';
import type { Log, SecretStore } from '../../../core/domain/ports.js';
import type { AuthValues } from './authFile.js';
import { parseJsonAs } from '../../../lib/json.js';

/** A sign-in made in the editor that is not (or not only) in Julia's depot. */
export type StoredCredential =
  /**
   * In the browser while the depot could not be written. `writtenMs` replaces the modification time of the
   * file.
   */
  | {
      readonly kind: 'tokens';
      readonly values: AuthValues;
      readonly writtenMs: number;
      readonly isFirst: boolean;
    }
  | { readonly kind: 'pasted'; readonly token: string; readonly isFirst: boolean }
  | { readonly kind: 'extension'; readonly isFirst: boolean }
  /** Signed out, although the depot still contains a sign-in that could not be removed. */
  | { readonly kind: 'out' };

/** One server's entry in the editor's secret storage, shared by all windows. */
export interface StoredCredentialSlot {
  /** Its key, as reported by {@link SecretStore.onDidChange}. */
  readonly key: string;
  /** Undefined if there is none. */
  readonly read: () => Promise<StoredCredential | undefined>;
  readonly write: (held: StoredCredential) => Promise<void>;
  readonly delete: () => Promise<void>;
}

// `isFirst`: takes precedence over the depot, since the user chose it while the depot contained a sign-in.
const StoredCredentialShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('tokens'),
    values: z.record(z.string(), z.unknown()),
    writtenMs: z.number(),
    isFirst: z.boolean(),
  }),
  z.object({ kind: z.literal('pasted'), token: z.string(), isFirst: z.boolean() }),
  z.object({ kind: z.literal('extension'), isFirst: z.boolean() }),
  z.object({ kind: z.literal('out') }),
]);

/** Creates the entry of a server in the editor's secret storage. */
export function createStoredCredentialSlot(
  secrets: SecretStore,
  server: string,
  log: Log,
): StoredCredentialSlot {
  const key = `juliahub.signIn:${server}`;
  return {
    key,
    read: async () => {
      const text = await secrets.get(key).catch((error: unknown) => {
        // Machines without a key ring can still use Julia's depot.
        log.warn(
          `VS Code's secret storage cannot be read (${error instanceof Error ? error.name : 'unknown'}).`,
        );
        return undefined;
      });
      return text === undefined ? undefined : parseStoredCredential(text);
    },
    write: (held) => secrets.set(key, JSON.stringify(held)),
    delete: () => secrets.delete(key),
  };
}

/** Values in an unknown format, written by another version, are ignored. */
const parseStoredCredential = (text: string): StoredCredential | undefined =>
  parseJsonAs(text, StoredCredentialShape);
