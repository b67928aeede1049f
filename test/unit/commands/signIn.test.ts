import assert from 'node:assert/strict';
import { offerSignIn, signIn, signOut } from '../../../src/commands/signIn.js';
import type { SignInRequest, SignInMethod } from '../../../src/core/domain/account.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { ada, scriptedAccount } from '../../fakes/account.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf } from '../../fakes/jobs.js';
import { answers, leaves, picks, presses, scriptedUi, stops, types, type Expected } from '../../fakes/ui.js';

const page = 'https://hub.example.org/device?user_code=ABCD-EFGH';
const inBrowser = 'Sign In with Browser';
const withToken = 'Paste a Token…';

/** A backend with an account of this name; no user is signed in. */
function hub(title = 'Hub', id = 'juliahub-2', identity?: typeof ada) {
  const account = scriptedAccount(identity);
  const connection = { id, kind: 'juliahub', title, settings: {} };
  return { account, backend: backendOf({ connection, account: account.account }) };
}

/** A sign-in that shows its page and takes a while. */
const showing =
  (code?: string) =>
  async (how: SignInRequest): Promise<typeof ada> => {
    if (how.by === 'browser') await how.open(page, code);
    return ada;
  };

function ports(backends: readonly Backend[], ...script: readonly Expected[]) {
  const { ui, seen } = scriptedUi(...script);
  return { ui, seen, ports: portsOf({ ui, backends }) };
}

describe('signIn in the browser', () => {
  it('opens the page, shows the user name, and refreshes the jobs', async () => {
    const { account, backend } = hub();
    account.answer = showing('ABCD-EFGH');
    const { seen, ports: all } = ports([backend], picks('Sign In to Hub', inBrowser));
    await signIn([], all);
    assert.deepEqual(account.asked, ['browser']);
    assert.deepEqual(seen.browsed, [page]);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['Signed in to Hub as ada.'],
    );
    assert.deepEqual(all.deeds.done, ['refresh juliahub-2']);
  });

  for (const [code, words] of [
    ['ABCD-EFGH', /shows the code ABCD-EFGH/],
    [undefined, /^Approve it in the browser\.$/],
  ] as const) {
    it(`shows what to approve ${code === undefined ? 'without a code' : 'with the code'}`, async () => {
      const { account, backend } = hub();
      account.answer = showing(code);
      const texts: (string | undefined)[] = [];
      const { ui, ports: all } = ports([backend], picks(/Sign In/, inBrowser));
      const progress: typeof ui.progress = (_title, run) =>
        run(new AbortController().signal, (_part, text) => texts.push(text));
      await signIn([], { ...all, ui: { ...ui, progress } });
      assert.equal(texts.length, 1);
      assert.match(texts[0] ?? '', words);
    });
  }

  it('offers the address if the browser does not open, and continues', async () => {
    const { account, backend } = hub();
    account.answer = showing();
    const {
      ui,
      seen,
      ports: all,
    } = ports([backend], picks(/Sign In/, inBrowser), presses(/browser could not be opened/, 'Copy Address'));
    await signIn([], { ...all, ui: { ...ui, openUrl: () => Promise.resolve(false) } });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen.copied, [page]);
    assert.ok(seen.told.some(({ text }) => text === 'Signed in to Hub as ada.'));
  });

  it('does not wait for the user to use the address', async () => {
    const { account, backend } = hub();
    account.answer = showing();
    const { ui, ports: all } = ports([backend], picks(/Sign In/, inBrowser));
    const unanswered: typeof ui.showMessage = (weight, text, buttons = []) =>
      buttons.length > 0 ? new Promise(() => undefined) : ui.showMessage(weight, text, buttons);
    await signIn([], {
      ...all,
      ui: { ...ui, openUrl: () => Promise.resolve(false), showMessage: unanswered },
    });
    assert.deepEqual(all.deeds.done, ['refresh juliahub-2']);
  });

  it('returns without a message or another prompt when it is cancelled', async () => {
    const { account, backend } = hub();
    account.answer = (_how, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
      });
    const { seen, ports: all } = ports([backend], picks(/Sign In/, inBrowser), stops('Signing in to Hub'));
    await assert.rejects(signIn([], all), { name: 'AbortError' });
    assert.deepEqual([seen.told, all.deeds.done], [[], []]);
    assert.deepEqual(account.asked, ['browser']);
  });

  it('forwards that it was denied', async () => {
    const { account, backend } = hub();
    const problem = { kind: 'refused', place: 'Hub', words: 'access denied' } as const;
    account.answer = () => Promise.reject(new JobError(problem));
    const { seen, ports: all } = ports([backend], picks(/Sign In/, inBrowser));
    await assert.rejects(signIn([], all), { problem });
    assert.deepEqual(seen.told, []);
  });
});

describe('signIn with other methods', () => {
  const only = (form: SignInMethod) => {
    const account = scriptedAccount(undefined, [form]);
    const connection = { id: 'farm-2', kind: 'farm', title: 'Farm', settings: {} };
    return { account, backend: backendOf({ connection, account: account.account }) };
  };

  it('accepts an API key in a masked field if that is the only method, without a method prompt', async () => {
    const { account, backend } = only({ by: 'apiKey', prompt: 'From the page of your profile' });
    const { seen, ports: all } = ports([backend], types('Sign In to Farm: API Key', ' ', ' k-1 '));
    await signIn([], all);
    assert.deepEqual(account.asked, ['key k-1']);
    assert.deepEqual(seen.complaints, ['Paste an API key.']);
    assert.equal(seen.steps[0]?.field?.secret, true);
    assert.equal(seen.steps[0].field.prompt, 'From the page of your profile');
    assert.deepEqual(all.deeds.done, ['refresh farm-2']);
  });

  it('prompts for a user name and, masked, a password, whose spaces are kept', async () => {
    const { account, backend } = only({ by: 'password' });
    const { seen, ports: all } = ports(
      [backend],
      types('Sign In to Farm: User Name', '', ' ada '),
      types('Sign In to Farm: Password', '', ' secret '),
    );
    await signIn([], all);
    assert.deepEqual(account.asked, ['user ada password  secret ']);
    assert.deepEqual(seen.complaints, ['Enter a user name.', 'Enter a password.']);
    assert.deepEqual(
      seen.steps.map(({ field }) => field?.secret === true),
      [false, true],
    );
    const everywhere = JSON.stringify([seen.told, [...all.deeds.facts], all.deeds.logged, all.deeds.done]);
    assert.ok(!everywhere.includes('secret '));
  });

  it('does not sign in if the user dismisses a prompt', async () => {
    const { account, backend } = only({ by: 'password' });
    const { ports: all } = ports([backend], types(/User Name$/, 'ada'), leaves(/Password$/));
    await signIn([], all);
    assert.deepEqual(account.asked, []);
  });

  it('opens the page of a device code and shows the code to enter', async () => {
    const { account, backend } = only({ by: 'deviceCode' });
    account.answer = async (how) => {
      if (how.by === 'deviceCode') await how.show(page, 'ABCD-EFGH');
      return ada;
    };
    const texts: (string | undefined)[] = [];
    const { ui, seen, ports: all } = ports([backend]);
    const progress: typeof ui.progress = (_title, run) =>
      run(new AbortController().signal, (_part, text) => texts.push(text));
    await signIn([], { ...all, ui: { ...ui, progress } });
    assert.deepEqual([account.asked, seen.browsed], [['deviceCode'], [page]]);
    assert.deepEqual(texts, ['Enter the code ABCD-EFGH in the browser.']);
  });

  it('shows each method of a connection with its purpose', async () => {
    const account = scriptedAccount(undefined, [
      { by: 'password', description: 'of your site' },
      { by: 'deviceCode' },
      { by: 'apiKey' },
    ]);
    const backend = backendOf({ account: account.account });
    const { seen, ports: all } = ports([backend], leaves(/Sign In/));
    await signIn([], all);
    assert.deepEqual(seen.steps[0]?.labels, [
      'User Name and Password…',
      'Sign In with a Code',
      'Paste an API Key…',
    ]);
    assert.deepEqual(account.asked, []);
  });
});

describe('signIn with a token', () => {
  it('accepts it in a masked field, and trims whitespace', async () => {
    const { account, backend } = hub();
    const { seen, ports: all } = ports(
      [backend],
      picks(/Sign In/, withToken),
      types('Sign In to Hub: Token', '  ', ' abc.def.ghi\n'),
    );
    await signIn([], all);
    assert.deepEqual(account.asked, ['token abc.def.ghi']);
    assert.equal(seen.steps.at(-1)?.field?.secret, true);
    assert.deepEqual(seen.complaints, ['Paste a token.']);
    assert.deepEqual(all.deeds.done, ['refresh juliahub-2']);
  });

  it('never shows, logs or stores it', async () => {
    const { backend } = hub();
    const { seen, ports: all } = ports(
      [backend],
      picks(/Sign In/, withToken),
      types(/Token$/, 'abc.def.ghi'),
    );
    await signIn([], all);
    const everywhere = JSON.stringify([seen, [...all.deeds.facts], all.deeds.logged, all.deeds.done]);
    assert.ok(!everywhere.includes('abc.def.ghi'));
  });

  it('makes no request if it is dismissed', async () => {
    const { account, backend } = hub();
    await signIn([], ports([backend], leaves(/Sign In/)).ports);
    await signIn([], ports([backend], picks(/Sign In/, withToken), leaves(/Token$/)).ports);
    assert.deepEqual(account.asked, []);
  });
});

describe('the connection to sign in to', () => {
  const two = () => [hub('Hub', 'juliahub-2'), hub('Other Hub', 'juliahub-3')] as const;

  it('is selected if there are several', async () => {
    const [one, other] = two();
    const { seen, ports: all } = ports(
      [backendOf(), one.backend, other.backend],
      picks('Sign In', 'Other Hub'),
      picks('Sign In to Other Hub', inBrowser),
    );
    await signIn([], all);
    assert.deepEqual(seen.steps[0]?.labels, ['Hub', 'Other Hub']);
    assert.deepEqual([one.account.asked, other.account.asked], [[], ['browser']]);
  });

  for (const [how, name] of [
    ['of the row', 'juliahub-3'],
    ['whose title a failure names', 'Other Hub'],
    ['of a row below it', 'juliahub-3/j1'],
  ] as const) {
    it(`is the one ${how}`, async () => {
      const [one, other] = two();
      const { ports: all } = ports([one.backend, other.backend], picks('Sign In to Other Hub', inBrowser));
      await signIn([name], all);
      assert.deepEqual([one.account.asked, other.account.asked], [[], ['browser']]);
    });
  }

  it('is missing if no connection has an account', async () => {
    const { seen, ports: all } = ports([backendOf()]);
    await signIn([], all);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['No connection requires sign-in.'],
    );
  });

  it('is missing if the prompt is dismissed', async () => {
    const [one, other] = two();
    await signIn([], ports([one.backend, other.backend], leaves('Sign In')).ports);
    assert.deepEqual([one.account.asked, other.account.asked], [[], []]);
  });
});

describe('signOut', () => {
  it('prompts first, with the user name and where the sign-in is stored', async () => {
    const { account, backend } = hub('Hub', 'juliahub-2', ada);
    const { seen, ports: all } = ports([backend], answers('Sign out of Hub?', 'Sign Out'));
    await signOut(['juliahub-2'], all);
    assert.equal(
      seen.questions[0]?.detail,
      "Removes the credentials of ada from this machine (Julia's depot (~/.julia)). Jobs keep running.",
    );
    assert.deepEqual(account.asked, ['who', 'out']);
    assert.deepEqual(all.deeds.done, ['refresh juliahub-2']);
  });

  it('deletes nothing if the prompt is dismissed', async () => {
    const { account, backend } = hub('Hub', 'juliahub-2', ada);
    const { ports: all } = ports([backend], answers('Sign out of Hub?', undefined));
    await signOut([], all);
    assert.deepEqual([account.asked, all.deeds.done], [['who'], []]);
  });

  it('reports that no user is signed in', async () => {
    const { account, backend } = hub();
    const { seen, ports: all } = ports([backend]);
    await signOut([], all);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['Not signed in to Hub.'],
    );
    assert.deepEqual(account.asked, ['who']);
  });
});

describe('offerSignIn', () => {
  it('reports that the sign-in has expired, and does nothing else', async () => {
    const { account, backend } = hub();
    const { seen, ports: all } = ports([backend]);
    await offerSignIn(backend, all);
    assert.deepEqual(seen.told, [
      { weight: 'warning', text: 'Your sign-in to Hub has expired.', buttons: ['Sign In'] },
    ]);
    assert.deepEqual(account.asked, []);
  });

  it('starts the sign-in of this connection', async () => {
    const one = hub('Hub', 'juliahub-2');
    const other = hub('Other Hub', 'juliahub-3');
    const { ports: all } = ports(
      [one.backend, other.backend],
      presses(/sign-in to Other Hub/, 'Sign In'),
      picks('Sign In to Other Hub', inBrowser),
    );
    await offerSignIn(other.backend, all);
    assert.deepEqual([one.account.asked, other.account.asked], [[], ['browser']]);
  });
});
