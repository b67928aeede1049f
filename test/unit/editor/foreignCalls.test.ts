import assert from 'node:assert/strict';
import type { Account } from '../../../src/core/domain/account.js';
import type * as table from '../../../src/editor/commandTable.js';
import type * as origin from '../../../src/editor/foreignArguments.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, queued, running, type FakeMembers } from '../../fakes/jobs.js';
import { scriptedUi } from '../../fakes/ui.js';
import { returned, useFakeVscode } from '../../fakes/vscode.js';

/** Jobs of all states; each supports some action. */
const jobs = [
  jobOf({ id: 'q', state: queued }),
  jobOf({ id: 'h', state: queued, isHeld: true }),
  jobOf({ id: 'r', state: running, limitMs: 3_600_000, endpoint: 'https://e.x/', page: 'https://e.x/' }),
  jobOf({ id: 'e', state: completed, mayRequeue: true, files: [{ name: 'a.txt', kind: 'result' }] }),
];

/** The effects of a command called with these arguments for a user who dismisses every prompt. */
async function doneBy(
  commandTable: (typeof table)['createCommandTable'],
  id: string,
  args: readonly unknown[],
) {
  const acts: string[] = [];
  const act = (name: string) => () => {
    acts.push(name);
    return Promise.reject(new Error(`${name} was called`));
  };
  const account = {
    methods: [{ by: 'token' }],
    onDidChange: () => ({ dispose: () => undefined }),
    getIdentity: () => Promise.resolve({ name: 'ada', storage: 'x' }),
    signIn: act('signIn'),
    signOut: act('signOut'),
    getToken: act('token'),
  };
  const names = [
    'cancel',
    'hold',
    'release',
    'requeue',
    'delete',
    'again',
    'extend',
    'request',
    'send',
    'read',
  ];
  // SAFETY: no member returns its declared type, since none may be called.
  const acting = Object.fromEntries(names.map((name) => [name, act(name)])) as FakeMembers;
  const backend = backendOf({
    jobs,
    account: account as unknown as Account,
    files: (job) => Promise.resolve(jobs.find(({ id: one }) => one === job)?.files ?? []),
    capabilities: { kinds: ['script', 'bundle', 'application'] },
    ...acting,
  });
  const { ui } = scriptedUi();
  const left = { kind: 'left' } as const;
  const dismissing = {
    ...ui,
    pick: () => Promise.resolve(left),
    pickMany: () => Promise.resolve(left),
    pickManyWithText: () => Promise.resolve(left),
    input: () => Promise.resolve(left),
    confirm: () => Promise.resolve(undefined),
    showMessage: () => Promise.resolve(undefined),
    saveAs: () => Promise.resolve(undefined),
    chooseFolder: () => Promise.resolve(undefined),
    openUrl: act('browse'),
    openFile: act('openFile'),
  };
  const script = () => Promise.resolve(openScript('fit.jl', '1'));
  const ports = portsOf({
    ui: dismissing,
    jobs: jobs.map((job) => ({ backend, job })),
    desk: { getScript: script },
    disk: { save: act('save'), getPreviewFolder: act('scratch'), unpack: act('unpack') },
  });
  const connections = {
    providers: [],
    read: () => [{ id: 'local', kind: 'local', title: 'Local', settings: {} }],
    write: act('write'),
  };
  const tree = { isNode: () => false, filter: { states: [], text: '' } };
  const search = { start: () => undefined, stop: () => undefined };
  const parts = { tree, search, loadMore: () => Promise.resolve(), connections, showOwnLog: () => undefined };
  await commandTable(ports, parts as unknown as table.CommandTableDeps).get(id)?.(...args);
  return acts;
}

describe('a call by a link or another extension', () => {
  let commandTable: (typeof table)['createCommandTable'];
  let isForeignFile: (typeof origin)['isForeignFile'];
  let Uri: new (path: string) => unknown;
  before(async () => {
    useFakeVscode();
    ({ createCommandTable: commandTable } = await import('../../../src/editor/commandTable.js'));
    ({ isForeignFile } = await import('../../../src/editor/foreignArguments.js'));
    ({ Uri } = (globalThis as unknown as { fakeVscode: { Uri: typeof Uri } }).fakeVscode);
  });
  afterEach(() => {
    returned.clear();
  });

  it('does nothing on its own, for any command and any job', async () => {
    const { ui } = scriptedUi();
    // SAFETY: only the ids are used.
    const ids = [...commandTable(portsOf({ ui }), { tree: {} } as unknown as table.CommandTableDeps).keys()];
    assert.ok(ids.length > 30);
    for (const id of ids)
      for (const row of ['local/q', 'local/h', 'local/r', 'local/e', 'local/e/result/a.txt', 'local'])
        for (const args of [
          [row],
          [{ rowId: row }],
          [undefined, [row]],
          [{ rowId: row }, 'file'],
          [row, [row, row]],
        ]) {
          const acts = await doneBy(commandTable, id, args).catch((error: unknown) => [String(error)]);
          assert.deepEqual(acts, [], `${id} ${JSON.stringify(args)}`);
        }
  });

  it('is distinguished from menus of the editor and of the Explorer', () => {
    const [open, other, outside] = ['/workspace/a.jl', '/workspace/b.jl', '/tmp/c.jl'].map(
      (path) => new Uri(path),
    );
    returned.set('visibleTextEditors', [{ document: { uri: open } }]);
    const own: readonly (readonly unknown[])[] = [
      [],
      [undefined],
      [open],
      [open, { groupId: 0 }],
      [other, [other]],
      [other, [open, other]],
    ];
    for (const args of own) assert.equal(isForeignFile(args), false, String(args));
    const foreign: readonly (readonly unknown[])[] = [
      [other],
      [other, []],
      [other, [open]],
      [other, { groupId: 0 }],
      [outside],
      [outside, [outside]],
      ['/workspace/a.jl'],
      [{ path: '/workspace/a.jl', scheme: 'file' }],
    ];
    for (const args of foreign) assert.equal(isForeignFile(args), true, String(args));
  });
});
