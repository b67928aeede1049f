import type { Identity, SignIn, SignInForm } from '../core/domain/account.js';
import type { Backend } from '../core/domain/backend.js';
import { JobError } from '../core/domain/problem.js';
import { unreachable } from '../lib/unreachable.js';
import { placeFor, type Wanted } from './place.js';
import type { Ports } from './ports.js';
import type { Item, Ui } from './ui.js';

/** What it needs of the editor and of the jobs. */
type SignInDeps = Pick<Ports, 'ui' | 'backends' | 'jobs'>;

type WithAccount = Backend & { readonly account: NonNullable<Backend['account']> };

const hasAccount = (backend: Backend): backend is WithAccount => backend.account !== undefined;

/** Signs in to the place of a row (or one called so, or one the user picks), in the browser or with a token. */
export async function signIn(about: readonly string[], ports: SignInDeps): Promise<void> {
  const { ui, backends } = ports;
  const backend = await placeFor(about, account('Sign In'), backends(), ui);
  if (!backend) return;
  const form = await askForm(ui, backend);
  if (form) await signInBy(form, backend, ports);
}

/** Forgets the sign-in of a place, after a question. */
export async function signOut(about: readonly string[], ports: SignInDeps): Promise<void> {
  const { ui, jobs, backends } = ports;
  const backend = await placeFor(about, account('Sign Out'), backends(), ui);
  if (!backend) return;
  const { title, id } = backend.connection;
  const identity = await ui.progress('Checking sign-in', (signal) =>
    backend.account.who(signal).catch((error: unknown): Identity | undefined => {
      // Whom a server does not answer can still be forgotten here.
      if (!(error instanceof JobError)) throw error;
      return { name: 'Current user', kept: title };
    }),
  );
  if (!identity) {
    await ui.tell('info', `Not signed in to ${title}.`, []);
    return;
  }
  const leave = 'Sign Out';
  const detail = `Removes the credentials of ${identity.name} from this machine (${identity.kept}). Jobs keep running.`;
  if ((await ui.ask(`Sign out of ${title}?`, detail, [leave])) !== leave) return;
  await ui.progress(`Signing out of ${title}`, (signal) => backend.account.signOut(signal));
  await jobs.refresh(id);
}

/** Says once that a place no longer accepts the sign-in, and offers to sign in again. */
export async function offerSignIn(backend: Backend, ports: SignInDeps): Promise<void> {
  const { ui } = ports;
  const sign = 'Sign In';
  const text = `Your sign-in to ${backend.connection.title} has expired.`;
  if ((await ui.tell('warning', text, [sign])) === sign) await signIn([backend.connection.id], ports);
}

const account = (title: string): Wanted<WithAccount> => ({
  title,
  isAble: hasAccount,
  none: 'No connection requires sign-in.',
});

/** The only form, or the one that the user picks; undefined: they left. */
async function askForm(
  ui: Ui,
  { connection, account: { forms } }: WithAccount,
): Promise<SignInForm | undefined> {
  if (forms.length === 1) return forms[0];
  const items = forms.map((form): Item<SignInForm> => {
    const [label, icon] = formLabel(form.by);
    return {
      value: form,
      label,
      icon,
      ...(form.description === undefined ? {} : { description: form.description }),
    };
  });
  const answer = await ui.pick({ title: `Sign In to ${connection.title}` }, items);
  return answer.kind === 'value' ? answer.value : undefined;
}

function formLabel(by: SignIn['by']): readonly [label: string, icon: string] {
  switch (by) {
    case 'browser':
      return ['Sign In with Browser', 'globe'];
    case 'deviceCode':
      return ['Sign In with a Code', 'device-mobile'];
    case 'token':
      return ['Paste a Token…', 'key'];
    case 'apiKey':
      return ['Paste an API Key…', 'key'];
    case 'password':
      return ['User Name and Password…', 'person'];
    default:
      return unreachable(by);
  }
}

/** Asks what the form needs, and signs in with it. */
async function signInBy(form: SignInForm, backend: WithAccount, ports: SignInDeps): Promise<void> {
  switch (form.by) {
    case 'browser':
    case 'deviceCode':
      return signInOnPage(form.by, backend, ports);
    case 'token': {
      const token = await askSecret(form, backend, ports, tokenWords());
      return token === undefined ? undefined : send({ by: 'token', token }, backend, ports);
    }
    case 'apiKey': {
      const key = await askSecret(form, backend, ports, keyWords());
      return key === undefined ? undefined : send({ by: 'apiKey', key }, backend, ports);
    }
    case 'password':
      return signInByPassword(form, backend, ports);
    default:
      return unreachable(form.by);
  }
}

/** With a page that is approved in a browser. */
async function signInOnPage(
  by: 'browser' | 'deviceCode',
  { connection, account }: WithAccount,
  ports: SignInDeps,
): Promise<void> {
  const { ui } = ports;
  const identity = await ui.progress(`Signing in to ${connection.title}`, (signal, progress) => {
    const show = async (url: string, code: string | undefined): Promise<void> => {
      progress(undefined, pageText(by, code));
      if (!(await ui.browse(url))) void copyInstead(url, ui);
    };
    return account.signIn(by === 'browser' ? { by, open: show } : { by, show }, signal);
  });
  await welcome(identity.name, connection.title, connection.id, ports);
}

function pageText(by: SignIn['by'], code: string | undefined): string {
  if (code === undefined) return 'Approve it in the browser.';
  return by === 'deviceCode'
    ? `Type the code ${code} in the browser.`
    : `Approve it in the browser; the page shows the code ${code}.`;
}

/** The browser did not open: the address can be taken anywhere else. */
async function copyInstead(url: string, ui: Ui): Promise<void> {
  const copy = 'Copy Address';
  const text = 'The browser could not be opened. Copy the address and open it to continue.';
  if ((await ui.tell('info', text, [copy])) === copy) await ui.copy(url);
}

interface SecretWords {
  /** Of the step: `Token`. */
  readonly title: string;
  readonly prompt: string;
  /** Said where nothing was typed. */
  readonly missing: string;
}

const tokenWords = (): SecretWords => ({
  title: 'Token',
  prompt: 'The token of your account',
  missing: 'Paste a token.',
});

const keyWords = (): SecretWords => ({
  title: 'API Key',
  prompt: 'The API key of your account',
  missing: 'Paste an API key.',
});

/** Types a secret unseen; undefined: the user left. */
async function askSecret(
  { prompt }: SignInForm,
  { connection }: WithAccount,
  { ui }: SignInDeps,
  words: SecretWords,
): Promise<string | undefined> {
  const answer = await ui.type(
    { title: `Sign In to ${connection.title}: ${words.title}` },
    {
      initial: '',
      secret: true,
      prompt: prompt ?? words.prompt,
      check: (text) => (text.trim() === '' ? words.missing : undefined),
    },
  );
  return answer.kind === 'value' ? answer.value.trim() : undefined;
}

async function signInByPassword(form: SignInForm, backend: WithAccount, ports: SignInDeps): Promise<void> {
  const { ui } = ports;
  const { title } = backend.connection;
  const user = await ui.type(
    { title: `Sign In to ${title}: User Name` },
    {
      initial: '',
      prompt: 'The name of your account',
      check: (text) => (text.trim() === '' ? 'Type a user name.' : undefined),
    },
  );
  if (user.kind !== 'value') return;
  const password = await ui.type(
    { title: `Sign In to ${title}: Password` },
    {
      initial: '',
      secret: true,
      prompt: form.prompt ?? 'The password of your account',
      check: (text) => (text === '' ? 'Type a password.' : undefined),
    },
  );
  if (password.kind !== 'value') return;
  // Spaces at its ends may belong to a password.
  await send({ by: 'password', user: user.value.trim(), password: password.value }, backend, ports);
}

async function send(how: SignIn, { connection, account }: WithAccount, ports: SignInDeps): Promise<void> {
  const { ui } = ports;
  const identity = await ui.progress(`Signing in to ${connection.title}`, (signal) =>
    account.signIn(how, signal),
  );
  await welcome(identity.name, connection.title, connection.id, ports);
}

async function welcome(name: string, title: string, id: string, { ui, jobs }: SignInDeps): Promise<void> {
  void ui.tell('info', `Signed in to ${title} as ${name}.`, []);
  await jobs.refresh(id);
}
