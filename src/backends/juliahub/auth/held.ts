import * as z from 'zod/mini';
import type { Log, Secrets } from '../../../core/domain/ports.js';
import type { AuthValues } from './authFile.js';
import { parseJsonAs } from '../../../lib/json.js';

/** How the user has signed in here, where it is not (only) in Julia's depot. */
export type Held =
  /** In the browser, where the depot could not be written. `writtenMs` stands for the time of the file. */
  | {
      readonly kind: 'tokens';
      readonly values: AuthValues;
      readonly writtenMs: number;
      readonly isFirst: boolean;
    }
  | { readonly kind: 'pasted'; readonly token: string; readonly isFirst: boolean }
  | { readonly kind: 'extension'; readonly isFirst: boolean }
  /** Signed out, though the depot still holds a sign-in that could not be removed. */
  | { readonly kind: 'out' };

/** The part of the editor's secret storage that belongs to one server, shared by all windows. */
export interface HeldSignIn {
  /** Its key, as {@link Secrets.changed} tells it. */
  readonly key: string;
  /** Undefined: there is none. */
  readonly read: () => Promise<Held | undefined>;
  readonly keep: (held: Held) => Promise<void>;
  readonly drop: () => Promise<void>;
}

// `isFirst`: it goes before what the depot holds, since the user chose it while that was there.
const HeldShape = z.discriminatedUnion('kind', [
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

/** What the editor holds of a sign-in to a server. */
export function heldSignIn(secrets: Secrets, server: string, log: Log): HeldSignIn {
  const key = `juliahub.signIn:${server}`;
  return {
    key,
    read: async () => {
      const text = await secrets.get(key).catch((error: unknown) => {
        // A machine without a key ring still has Julia's depot.
        log.warn(
          `the editor's secret storage cannot be read (${error instanceof Error ? error.name : 'unknown'}).`,
        );
        return undefined;
      });
      return text === undefined ? undefined : readHeld(text);
    },
    keep: (held) => secrets.set(key, JSON.stringify(held)),
    drop: () => secrets.delete(key),
  };
}

/** What another version has written and this one does not know counts as nothing. */
const readHeld = (text: string): Held | undefined => parseJsonAs(text, HeldShape);
