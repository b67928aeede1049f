import type { AccountIdentity, SignInRequest, SignInMethod } from '../core/domain/account.js';
import type { Backend } from '../core/domain/backend.js';
import { JobError } from '../core/domain/problem.js';
import { assertNever } from '../lib/assertNever.js';
import { pickConnection, type ConnectionQuery } from './pickConnection.js';
import type { CommandDeps } from './commandDeps.js';
import type { PickItem, UserInterface } from './ui.js';

type SignInDeps = Pick<CommandDeps, 'ui' | 'backends' | 'jobs'>;

type SignInPorts = Pick<SignInDeps, 'ui' | 'jobs'>;

type AccountBackend = Backend & { readonly account: NonNullable<Backend['account']> };

const hasAccount = (backend: Backend): backend is AccountBackend => backend.account !== undefined;

/** Signs in to the connection of a row, the connection with this title, or one that the user selects. */
export async function signIn(about: readonly string[], ports: SignInDeps): Promise<void> {
  const { ui, backends } = ports;
  const backend = await pickConnection(about, createAccountQuery('Sign In'), backends(), ui);
  if (backend) await signInToBackend(backend, ports);
}

/** Signs in to a connection with the method that the user selects. */
export async function signInToBackend(backend: AccountBackend, ports: SignInPorts): Promise<void> {
  const form = await pickSignInMethod(ports.ui, backend);
  if (form) await signInWithMethod(form, backend, ports);
}

/** Signs out of a connection after confirmation. */
export async function signOut(about: readonly string[], ports: SignInDeps): Promise<void> {
  const { ui, jobs, backends } = ports;
  const backend = await pickConnection(about, createAccountQuery('Sign Out'), backends(), ui);
  if (!backend) return;
  const { title, id } = backend.connection;
  const identity = await ui.progress('Checking sign-in', (signal) =>
    backend.account.getIdentity(signal).catch((error: unknown): AccountIdentity | undefined => {
      // Signing out works locally even if the server does not respond.
      if (!(error instanceof JobError)) throw error;
      return { name: 'Current user', storage: title };
    }),
  );
  if (!identity) {
    await ui.showMessage('info', `Not signed in to ${title}.`, []);
    return;
  }
  const leave = 'Sign Out';
  const detail = `Removes the credentials of ${identity.name} from this machine (${identity.storage}). Jobs keep running.`;
  if ((await ui.confirm(`Sign out of ${title}?`, detail, [leave])) !== leave) return;
  await ui.progress(`Signing out of ${title}`, (signal) => backend.account.signOut(signal));
  await jobs.refresh(id);
}

/** Reports that a sign-in has expired, and offers to sign in again. */
export async function offerSignIn(backend: Backend, ports: SignInDeps): Promise<void> {
  const { ui } = ports;
  const sign = 'Sign In';
  const text = `Your sign-in to ${backend.connection.title} has expired.`;
  if ((await ui.showMessage('warning', text, [sign])) === sign) await signIn([backend.connection.id], ports);
}

const createAccountQuery = (title: string): ConnectionQuery<AccountBackend> => ({
  title,
  isAble: hasAccount,
  none: 'No connection requires sign-in.',
});

/** The only sign-in method, or the one that the user selects; undefined: dismissed. */
async function pickSignInMethod(
  ui: UserInterface,
  { connection, account: { methods: forms } }: AccountBackend,
): Promise<SignInMethod | undefined> {
  if (forms.length === 1) return forms[0];
  const items = forms.map((form): PickItem<SignInMethod> => {
    const [label, icon] = getMethodLabel(form.by);
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

function getMethodLabel(by: SignInRequest['by']): readonly [label: string, icon: string] {
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
      return assertNever(by);
  }
}

/** Prompts for the method's input, and signs in. */
async function signInWithMethod(
  form: SignInMethod,
  backend: AccountBackend,
  ports: SignInPorts,
): Promise<void> {
  switch (form.by) {
    case 'browser':
    case 'deviceCode':
      return signInInBrowser(form.by, backend, ports);
    case 'token': {
      const token = await askSecret(form, backend, ports, createTokenTexts());
      return token === undefined ? undefined : completeSignIn({ by: 'token', token }, backend, ports);
    }
    case 'apiKey': {
      const key = await askSecret(form, backend, ports, createApiKeyTexts());
      return key === undefined ? undefined : completeSignIn({ by: 'apiKey', key }, backend, ports);
    }
    case 'password':
      return signInWithPassword(form, backend, ports);
    default:
      return assertNever(form.by);
  }
}

/** Signs in with a page that the user approves in a browser. */
async function signInInBrowser(
  by: 'browser' | 'deviceCode',
  { connection, account }: AccountBackend,
  ports: SignInPorts,
): Promise<void> {
  const { ui } = ports;
  const identity = await ui.progress(`Signing in to ${connection.title}`, (signal, progress) => {
    const show = async (url: string, code: string | undefined): Promise<void> => {
      progress(undefined, formatPagePrompt(by, code));
      if (!(await ui.openUrl(url))) void offerUrlCopy(url, ui);
    };
    return account.signIn(by === 'browser' ? { by, open: show } : { by, show }, signal);
  });
  await showSignedIn(identity.name, connection.title, connection.id, ports);
}

function formatPagePrompt(by: SignInRequest['by'], code: string | undefined): string {
  if (code === undefined) return 'Approve it in the browser.';
  return by === 'deviceCode'
    ? `Enter the code ${code} in the browser.`
    : `Approve it in the browser; the page shows the code ${code}.`;
}

/** Offers to copy the address if the browser did not open. */
async function offerUrlCopy(url: string, ui: UserInterface): Promise<void> {
  const copy = 'Copy Address';
  const text = 'The browser could not be opened. Copy the address and open it to continue.';
  if ((await ui.showMessage('info', text, [copy])) === copy) await ui.copy(url);
}

interface SecretPromptTexts {
  /** Title of the step: `Token`. */
  readonly title: string;
  readonly prompt: string;
  /** Validation message for an empty input. */
  readonly missing: string;
}

const createTokenTexts = (): SecretPromptTexts => ({
  title: 'Token',
  prompt: 'Token of your account',
  missing: 'Paste a token.',
});

const createApiKeyTexts = (): SecretPromptTexts => ({
  title: 'API Key',
  prompt: 'API key of your account',
  missing: 'Paste an API key.',
});

/** Prompts for a secret; undefined: dismissed. */
async function askSecret(
  { prompt }: SignInMethod,
  { connection }: AccountBackend,
  { ui }: SignInPorts,
  words: SecretPromptTexts,
): Promise<string | undefined> {
  const answer = await ui.input(
    { title: `Sign In to ${connection.title}: ${words.title}` },
    {
      initial: '',
      secret: true,
      prompt: prompt ?? words.prompt,
      validate: (text) => (text.trim() === '' ? words.missing : undefined),
    },
  );
  return answer.kind === 'value' ? answer.value.trim() : undefined;
}

async function signInWithPassword(
  form: SignInMethod,
  backend: AccountBackend,
  ports: SignInPorts,
): Promise<void> {
  const { ui } = ports;
  const { title } = backend.connection;
  const user = await ui.input(
    { title: `Sign In to ${title}: User Name` },
    {
      initial: '',
      prompt: 'User name of your account',
      validate: (text) => (text.trim() === '' ? 'Enter a user name.' : undefined),
    },
  );
  if (user.kind !== 'value') return;
  const password = await ui.input(
    { title: `Sign In to ${title}: Password` },
    {
      initial: '',
      secret: true,
      prompt: form.prompt ?? 'Password of your account',
      validate: (text) => (text === '' ? 'Enter a password.' : undefined),
    },
  );
  if (password.kind !== 'value') return;
  // Leading and trailing spaces can be part of a password.
  await completeSignIn({ by: 'password', user: user.value.trim(), password: password.value }, backend, ports);
}

async function completeSignIn(
  how: SignInRequest,
  { connection, account }: AccountBackend,
  ports: SignInPorts,
): Promise<void> {
  const { ui } = ports;
  const identity = await ui.progress(`Signing in to ${connection.title}`, (signal) =>
    account.signIn(how, signal),
  );
  await showSignedIn(identity.name, connection.title, connection.id, ports);
}

async function showSignedIn(
  name: string,
  title: string,
  id: string,
  { ui, jobs }: SignInPorts,
): Promise<void> {
  void ui.showMessage('info', `Signed in to ${title} as ${name}.`, []);
  await jobs.refresh(id);
}
