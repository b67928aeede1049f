import assert from 'node:assert/strict';
import { offerSignIn, signIn, signOut } from '../../../src/commands/signIn.js';
import type { SignIn, SignInForm } from '../../../src/core/domain/account.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { ada, scriptedAccount } from '../../fakes/account.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf } from '../../fakes/jobs.js';
import { answers, leaves, picks, presses, scriptedUi, stops, types, type Expected } from '../../fakes/ui.js';

const page = 'https://hub.example.org/device?user_code=ABCD-EFGH';
const inBrowser = 'Sign In with Browser';
const withToken = 'Paste a Token…';

/** A place with an account, called so; nobody is signed in. */
function hub(title = 'Hub', id = 'juliahub-2', identity?: typeof ada) {
  const account = scriptedAccount(identity);
  const connection = { id, kind: 'juliahub', title, settings: {} };
  return { account, backend: backendOf({ connection, account: account.account }) };
}

/** A sign-in that shows its page and takes a while. */
const showing =
  (code?: string) =>
  async (how: SignIn): Promise<typeof ada> => {
    if (how.by === 'browser') await how.open(page, code);
    return ada;
  };

function ports(backends: readonly Backend[], ...script: readonly Expected[]) {
  const { ui, seen } = scriptedUi(...script);
  return { ui, seen, ports: portsOf({ ui, backends }) };
}

describe('signIn in the browser', () => {
  it('opens the page, says who is signed in, and looks for the jobs', async () => {
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
    it(`says what to approve ${code === undefined ? 'where there is no code' : 'by which code'}`, async () => {
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

  it('offers the address where the browser does not open, and goes on meanwhile', async () => {
    const { account, backend } = hub();
    account.answer = showing();
    const {
      ui,
      seen,
      ports: all,
    } = ports([backend], picks(/Sign In/, inBrowser), presses(/browser could not be opened/, 'Copy Address'));
    await signIn([], { ...all, ui: { ...ui, browse: () => Promise.resolve(false) } });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen.copied, [page]);
    assert.ok(seen.told.some(({ text }) => text === 'Signed in to Hub as ada.'));
  });

  it('does not wait for the user to take the address', async () => {
    const { account, backend } = hub();
    account.answer = showing();
    const { ui, ports: all } = ports([backend], picks(/Sign In/, inBrowser));
    const unanswered: typeof ui.tell = (weight, text, buttons = []) =>
      buttons.length > 0 ? new Promise(() => undefined) : ui.tell(weight, text, buttons);
    await signIn([], { ...all, ui: { ...ui, browse: () => Promise.resolve(false), tell: unanswered } });
    assert.deepEqual(all.deeds.done, ['refresh juliahub-2']);
  });

  it('ends when it is stopped, without a word and without asking again', async () => {
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

  it('passes on that it was denied', async () => {
    const { account, backend } = hub();
    const problem = { kind: 'refused', place: 'Hub', words: 'access denied' } as const;
    account.answer = () => Promise.reject(new JobError(problem));
    const { seen, ports: all } = ports([backend], picks(/Sign In/, inBrowser));
    await assert.rejects(signIn([], all), { problem });
    assert.deepEqual(seen.told, []);
  });
});

describe('signIn by other forms', () => {
  const only = (form: SignInForm) => {
    const account = scriptedAccount(undefined, [form]);
    const connection = { id: 'farm-2', kind: 'farm', title: 'Farm', settings: {} };
    return { account, backend: backendOf({ connection, account: account.account }) };
  };

  it('takes an API key unseen where that is the only form, without asking for the form', async () => {
    const { account, backend } = only({ by: 'apiKey', prompt: 'From the page of your profile' });
    const { seen, ports: all } = ports([backend], types('Sign In to Farm: API Key', ' ', ' k-1 '));
    await signIn([], all);
    assert.deepEqual(account.asked, ['key k-1']);
    assert.deepEqual(seen.complaints, ['Paste an API key.']);
    assert.equal(seen.steps[0]?.field?.secret, true);
    assert.equal(seen.steps[0].field.prompt, 'From the page of your profile');
    assert.deepEqual(all.deeds.done, ['refresh farm-2']);
  });

  it('asks for a user name and, unseen, for a password, whose spaces are kept', async () => {
    const { account, backend } = only({ by: 'password' });
    const { seen, ports: all } = ports(
      [backend],
      types('Sign In to Farm: User Name', '', ' ada '),
      types('Sign In to Farm: Password', '', ' secret '),
    );
    await signIn([], all);
    assert.deepEqual(account.asked, ['user ada password  secret ']);
    assert.deepEqual(seen.complaints, ['Type a user name.', 'Type a password.']);
    assert.deepEqual(
      seen.steps.map(({ field }) => field?.secret === true),
      [false, true],
    );
    const everywhere = JSON.stringify([seen.told, [...all.deeds.facts], all.deeds.logged, all.deeds.done]);
    assert.ok(!everywhere.includes('secret '));
  });

  it('signs nobody in where the user leaves in the middle', async () => {
    const { account, backend } = only({ by: 'password' });
    const { ports: all } = ports([backend], types(/User Name$/, 'ada'), leaves(/Password$/));
    await signIn([], all);
    assert.deepEqual(account.asked, []);
  });

  it('opens the page of a device code and says which code to type there', async () => {
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
    assert.deepEqual(texts, ['Type the code ABCD-EFGH in the browser.']);
  });

  it('shows each form that a place has, with what it is good for', async () => {
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
  it('takes it unseen, without the blanks around it', async () => {
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

  it('shows, logs and remembers it nowhere', async () => {
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

  it('asks nothing of the place where it is left', async () => {
    const { account, backend } = hub();
    await signIn([], ports([backend], leaves(/Sign In/)).ports);
    await signIn([], ports([backend], picks(/Sign In/, withToken), leaves(/Token$/)).ports);
    assert.deepEqual(account.asked, []);
  });
});

describe('the place to sign in to', () => {
  const two = () => [hub('Hub', 'juliahub-2'), hub('Other Hub', 'juliahub-3')] as const;

  it('is picked where there are several', async () => {
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
    ['that a failure names by its title', 'Other Hub'],
    ['of a row below it', 'juliahub-3/j1'],
  ] as const) {
    it(`is the one ${how}`, async () => {
      const [one, other] = two();
      const { ports: all } = ports([one.backend, other.backend], picks('Sign In to Other Hub', inBrowser));
      await signIn([name], all);
      assert.deepEqual([one.account.asked, other.account.asked], [[], ['browser']]);
    });
  }

  it('is none where no place has an account', async () => {
    const { seen, ports: all } = ports([backendOf()]);
    await signIn([], all);
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['No connection requires sign-in.'],
    );
  });

  it('is none where the choice is left', async () => {
    const [one, other] = two();
    await signIn([], ports([one.backend, other.backend], leaves('Sign In')).ports);
    assert.deepEqual([one.account.asked, other.account.asked], [[], []]);
  });
});

describe('signOut', () => {
  it('asks first, naming the user and where the sign-in is kept', async () => {
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

  it('forgets nothing where the question is dismissed', async () => {
    const { account, backend } = hub('Hub', 'juliahub-2', ada);
    const { ports: all } = ports([backend], answers('Sign out of Hub?', undefined));
    await signOut([], all);
    assert.deepEqual([account.asked, all.deeds.done], [['who'], []]);
  });

  it('says that nobody is signed in', async () => {
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
  it('says that the sign-in is no longer accepted, and leaves it there', async () => {
    const { account, backend } = hub();
    const { seen, ports: all } = ports([backend]);
    await offerSignIn(backend, all);
    assert.deepEqual(seen.told, [
      { weight: 'warning', text: 'Your sign-in to Hub has expired.', buttons: ['Sign In'] },
    ]);
    assert.deepEqual(account.asked, []);
  });

  it('leads to the sign-in of just this place', async () => {
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
