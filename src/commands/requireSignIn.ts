import type { Backend } from '../core/domain/backend.js';
import { JobError } from '../core/domain/problem.js';
import type { CommandDeps } from './commandDeps.js';
import { signInToBackend } from './signIn.js';
import type { PickItem } from './ui.js';

type RequireSignInDeps = Pick<CommandDeps, 'ui' | 'jobs'>;

/** `other`: the user wants to choose another connection. `left`: dismissed. */
export type SignInOutcome = 'signedIn' | 'other' | 'left';

/**
 * Offers to sign in to a connection that needs it, before anything else is asked. `title`: of the
 * submission. A connection that does not respond counts as signed in: the submission itself reports that.
 */
export async function requireSignIn(
  backend: Backend,
  title: string,
  canChooseOther: boolean,
  ports: RequireSignInDeps,
): Promise<SignInOutcome> {
  const { ui } = ports;
  const { account, connection } = backend;
  for (;;) {
    if (!account || (await isSignedIn(account, ports))) return 'signedIn';
    const items: PickItem<'signIn' | 'other'>[] = [
      {
        value: 'signIn',
        label: `Sign In to ${connection.title}`,
        icon: 'sign-in',
        detail: `You are not signed in to ${connection.title}. The submission continues after signing in.`,
      },
      ...(canChooseOther
        ? [{ value: 'other' as const, label: 'Choose Another Connection…', icon: 'server' }]
        : []),
    ];
    const answer = await ui.pick({ title: `${title} to ${connection.title}: Sign In` }, items);
    if (answer.kind !== 'value') return 'left';
    if (answer.value === 'other') return 'other';
    await signInToBackend({ ...backend, account }, ports);
  }
}

async function isSignedIn(
  account: NonNullable<Backend['account']>,
  { ui }: RequireSignInDeps,
): Promise<boolean> {
  try {
    return (await ui.progress('Checking sign-in', (signal) => account.getIdentity(signal))) !== undefined;
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return error.problem.kind !== 'signedOut';
  }
}
