import type { Identity, SignIn } from '../core/domain/account.js';
import type { Backend } from '../core/domain/backend.js';
import { JobError } from '../core/domain/problem.js';
import { placeFor, type Wanted } from './place.js';
import type { Ports } from './ports.js';
import type { Item, Ui } from './ui.js';

type WithAccount = Backend & { readonly account: NonNullable<Backend['account']> };

const hasAccount = (backend: Backend): backend is WithAccount => backend.account !== undefined;

/** Signs in to the place of a row (or one called so, or one the user picks), in the browser or with a token. */
export async function signIn(about: readonly string[], ports: Ports): Promise<void> {
  const { ui, backends } = ports;
  const backend = await placeFor(about, account(ui, ui.say('Sign In')), backends(), ui);
  if (!backend) return;
  const way = await askWay(ui, backend);
  if (way === 'browser') await signInByBrowser(backend, ports);
  else if (way === 'token') await signInByToken(backend, ports);
}

/** Forgets the sign-in of a place, after a question. */
export async function signOut(about: readonly string[], ports: Ports): Promise<void> {
  const { ui, jobs, backends } = ports;
  const { say } = ui;
  const backend = await placeFor(about, account(ui, say('Sign Out')), backends(), ui);
  if (!backend) return;
  const { title, id } = backend.connection;
  const identity = await ui.progress(say('Looking at the sign-in'), (signal) =>
    backend.account.who(signal).catch((error: unknown): Identity | undefined => {
      // Whom a server does not answer can still be forgotten here.
      if (!(error instanceof JobError)) throw error;
      return { name: say('Whoever is signed in'), kept: title };
    }),
  );
  if (!identity) {
    await ui.tell('info', say('Nobody is signed in to {0}.', title), []);
    return;
  }
  const leave = say('Sign Out');
  const detail = say('{0} is forgotten on this machine: {1}. Jobs go on.', identity.name, identity.kept);
  if ((await ui.ask(say('Sign out of {0}?', title), detail, [leave])) !== leave) return;
  await ui.progress(say('Signing out of {0}', title), (signal) => backend.account.signOut(signal));
  await jobs.refresh(id);
}

/** Says once that a place no longer accepts the sign-in, and offers to sign in again. */
export async function offerSignIn(backend: Backend, ports: Ports): Promise<void> {
  const { ui } = ports;
  const sign = ui.say('Sign In');
  const text = ui.say('{0} no longer accepts your sign-in.', backend.connection.title);
  if ((await ui.tell('warning', text, [sign])) === sign) await signIn([backend.connection.id], ports);
}

const account = ({ say }: Ui, title: string): Wanted<WithAccount> => ({
  title,
  isAble: hasAccount,
  none: say('No connection needs a sign-in. Add one of JuliaHub first.'),
});

async function askWay(ui: Ui, { connection }: Backend): Promise<SignIn['by'] | undefined> {
  const { say } = ui;
  const items: readonly Item<SignIn['by']>[] = [
    {
      value: 'browser',
      label: say('Sign In in the Browser'),
      icon: 'globe',
      description: say('shared with Julia on this machine'),
    },
    {
      value: 'token',
      label: say('Paste a Token…'),
      icon: 'key',
      description: say("kept in the editor's secret storage"),
    },
  ];
  const answer = await ui.pick({ title: say('Sign In to {0}', connection.title) }, items);
  return answer.kind === 'value' ? answer.value : undefined;
}

async function signInByBrowser({ connection, account }: WithAccount, ports: Ports): Promise<void> {
  const { ui } = ports;
  const { say } = ui;
  const identity = await ui.progress(say('Signing in to {0}', connection.title), (signal, progress) => {
    const open = async (url: string, code: string | undefined): Promise<void> => {
      progress(
        undefined,
        code === undefined
          ? say('Approve it in the browser.')
          : say('Approve it in the browser; the page shows the code {0}.', code),
      );
      if (!(await ui.browse(url))) void copyInstead(url, ui);
    };
    return account.signIn({ by: 'browser', open }, signal);
  });
  await welcome(identity.name, connection.title, connection.id, ports);
}

/** The browser did not open: the address can be taken anywhere else. */
async function copyInstead(url: string, ui: Ui): Promise<void> {
  const copy = ui.say('Copy Address');
  const text = ui.say('The sign-in goes on in a browser. Open its page there yourself.');
  if ((await ui.tell('info', text, [copy])) === copy) await ui.copy(url);
}

async function signInByToken({ connection, account }: WithAccount, ports: Ports): Promise<void> {
  const { ui } = ports;
  const { say } = ui;
  const answer = await ui.type(
    { title: say('Sign In to {0}: Token', connection.title) },
    {
      initial: '',
      secret: true,
      prompt: say("The id token of your account; it is kept in the editor's secret storage"),
      check: (text) => (text.trim() === '' ? say('Paste a token.') : undefined),
    },
  );
  if (answer.kind !== 'value') return;
  const token = answer.value.trim();
  const identity = await ui.progress(say('Signing in to {0}', connection.title), (signal) =>
    account.signIn({ by: 'token', token }, signal),
  );
  await welcome(identity.name, connection.title, connection.id, ports);
}

async function welcome(name: string, title: string, id: string, { ui, jobs }: Ports): Promise<void> {
  void ui.tell('info', ui.say('Signed in to {0} as {1}.', title, name), []);
  await jobs.refresh(id);
}
