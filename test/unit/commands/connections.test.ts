import assert from 'node:assert/strict';
import {
  addConnection,
  editConnection,
  removeConnection,
  type ConnectionStore,
} from '../../../src/commands/connections.js';
import type { Connection } from '../../../src/core/domain/connection.js';
import type { BackendProvider } from '../../../src/core/domain/provider.js';
import { backendOf } from '../../fakes/jobs.js';
import { answers, goesBack, keeps, leaves, picks, scriptedUi, types } from '../../fakes/ui.js';

/** The manifest entries of a provider, which commands do not read. */
const described = { keywords: [], settings: [], hasSignIn: false };

const localKind: BackendProvider = {
  ...described,
  icon: 'server',
  kind: 'local',
  title: 'Local',
  detail: 'Another queue on this machine',
  questions: [
    {
      id: 'maxRunning',
      title: 'Max Concurrent Jobs',
      prompt: 'How many may run at once',
      initial: '1',
      validate: (value) => (/^\d+$/.test(value) ? undefined : 'A number.'),
    },
  ],
  create: (connection) => Promise.resolve(backendOf({ connection })),
};

const connectionsOf = (...first: readonly Connection[]) => {
  let all = first;
  const connections: ConnectionStore = {
    providers: [localKind],
    read: () => all,
    write: (next) => {
      all = next;
      return Promise.resolve();
    },
  };
  return { connections, all: () => all };
};

const gpu: Connection = { id: 'local-2', kind: 'local', title: 'GPU', settings: { maxRunning: '1' } };

describe('addConnection', () => {
  it('prompts for the kind, its settings and the title, and adds the connection', async () => {
    const { connections, all } = connectionsOf();
    const { ui } = scriptedUi(
      picks('Add Connection', 'Local'),
      types('Add Local Connection: Max Concurrent Jobs', 'many', '2'),
      types('Add Local Connection: Title', ' GPU '),
    );
    await addConnection(ui, connections);
    assert.deepEqual(all(), [{ id: 'local-2', kind: 'local', title: 'GPU', settings: { maxRunning: '2' } }]);
  });

  it('assigns an id that no other connection has', async () => {
    const { connections, all } = connectionsOf(gpu);
    const { ui } = scriptedUi(
      picks('Add Connection', 'Local'),
      keeps(/Max Concurrent Jobs$/),
      types(/Title$/, 'Big'),
    );
    await addConnection(ui, connections);
    assert.deepEqual(
      all().map(({ id }) => id),
      ['local-2', 'local-3'],
    );
  });

  it('rejects an empty title and the title of another connection', async () => {
    const { connections } = connectionsOf(gpu);
    const { ui, seen } = scriptedUi(
      picks('Add Connection', 'Local'),
      keeps(/Max Concurrent Jobs$/),
      types(/Title$/, '  ', 'gpu', ' LOCAL', 'Big'),
    );
    await addConnection(ui, connections);
    assert.deepEqual(seen.complaints, [
      'A connection needs a title.',
      'Another connection already has this title.',
      'Another connection already has this title.',
    ]);
  });

  it('keeps the input when the user goes back', async () => {
    const { connections, all } = connectionsOf();
    const { ui, seen } = scriptedUi(
      picks('Add Connection', 'Local'),
      types(/Max Concurrent Jobs$/, '3'),
      goesBack(/Title$/),
      keeps(/Max Concurrent Jobs$/),
      types(/Title$/, 'GPU'),
    );
    await addConnection(ui, connections);
    assert.deepEqual(
      all().map(({ title, settings }) => [title, settings]),
      [['GPU', { maxRunning: '3' }]],
    );
    assert.deepEqual(
      seen.steps.slice(1).map(({ step, of, canGoBack }) => [step, of, canGoBack]),
      [
        [1, 2, false],
        [2, 2, true],
        [1, 2, false],
        [2, 2, true],
      ],
    );
  });

  it('shows only visible questions, with their choices, and stores no answers to others', async () => {
    const { connections, all } = connectionsOf();
    const cluster: BackendProvider = {
      ...described,
      icon: 'server',
      kind: 'slurm',
      title: 'Slurm',
      detail: 'A cluster',
      questions: [
        {
          id: 'where',
          title: 'Where',
          prompt: 'Where its commands run',
          choices: () =>
            Promise.resolve([
              { value: 'here', label: 'This Machine' },
              { value: 'ssh', label: 'Over SSH' },
            ]),
        },
        {
          id: 'host',
          title: 'Host',
          prompt: 'As ssh knows it',
          allowCustom: true,
          isVisible: ({ where }) => where === 'ssh',
          choices: () => Promise.resolve([{ value: 'alpha', label: 'alpha' }]),
        },
      ],
      getTitle: ({ host = 'here' }) => `Slurm on ${host}`,
      create: (connection) => Promise.resolve(backendOf({ connection })),
    };
    const { ui, seen } = scriptedUi(
      picks('Add Connection', 'Slurm'),
      picks(/: Where$/, 'Over SSH'),
      picks(/: Host$/, 'Other…'),
      types(/: Host$/, 'beta'),
      goesBack(/: Title$/),
      goesBack(/: Host$/),
      picks(/: Where$/, 'This Machine'),
      keeps(/: Title$/),
    );
    await addConnection(ui, { ...connections, providers: [cluster] });
    assert.deepEqual(seen.left(), []);
    assert.deepEqual(
      seen.steps.slice(1, 3).map(({ step, of }) => [step, of]),
      [
        [1, 2],
        [2, 3],
      ],
    );
    assert.deepEqual(all(), [
      { id: 'slurm-2', kind: 'slurm', title: 'Slurm on here', settings: { where: 'here' } },
    ]);
  });

  it('suggests a title derived from the answers', async () => {
    const { connections, all } = connectionsOf();
    const titled: BackendProvider = {
      ...localKind,
      getTitle: ({ maxRunning = '' }) => `${maxRunning} at once`,
    };
    const { ui } = scriptedUi(
      picks('Add Connection', 'Local'),
      types(/Max Concurrent Jobs$/, '4'),
      keeps(/Title$/),
    );
    await addConnection(ui, { ...connections, providers: [titled] });
    assert.equal(all()[0]?.title, '4 at once');
  });

  for (const at of [
    'Add Connection',
    'Add Local Connection: Max Concurrent Jobs',
    'Add Local Connection: Title',
  ]) {
    it(`adds nothing if it is dismissed at "${at}"`, async () => {
      const { connections, all } = connectionsOf();
      const script = [
        picks('Add Connection', 'Local'),
        keeps('Add Local Connection: Max Concurrent Jobs'),
        types('Add Local Connection: Title', 'GPU'),
      ];
      const { ui } = scriptedUi(
        ...script.slice(
          0,
          script.findIndex(({ title }) => title === at),
        ),
        leaves(at),
      );
      await addConnection(ui, connections);
      assert.deepEqual(all(), []);
    });
  }
});

describe('editConnection', () => {
  const other: Connection = { ...gpu, id: 'local-3', title: 'Big' };
  const extra: Connection = { ...gpu, settings: { maxRunning: 1, note: 'kept' } };

  it('asks the same questions with the present answers, and keeps the id, other settings and connections', async () => {
    const { connections, all } = connectionsOf(other, extra);
    const { ui } = scriptedUi(
      keeps('Edit GPU: Max Concurrent Jobs'),
      types('Edit GPU: Title', 'big', 'GPU 2'),
    );
    assert.equal(await editConnection('local-2', ui, connections), 'local-2');
    assert.deepEqual(all(), [other, { ...gpu, title: 'GPU 2', settings: { maxRunning: '1', note: 'kept' } }]);
  });

  it('accepts its own title', async () => {
    const { connections, all } = connectionsOf(gpu);
    const { ui } = scriptedUi(types(/Max Concurrent Jobs$/, '3'), keeps(/Title$/));
    await editConnection('local-2', ui, connections);
    assert.deepEqual(all(), [{ ...gpu, settings: { maxRunning: '3' } }]);
  });

  it('changes nothing if it is dismissed', async () => {
    const { connections, all } = connectionsOf(gpu);
    const { ui } = scriptedUi(types(/Max Concurrent Jobs$/, '3'), leaves(/Title$/));
    assert.equal(await editConnection('local-2', ui, connections), undefined);
    assert.deepEqual(all(), [gpu]);
  });

  it('prompts for a connection without a row, and reports that there is none', async () => {
    const { connections } = connectionsOf(gpu, other);
    const { ui } = scriptedUi(picks('Edit Connection', 'Big'), leaves(/^Edit Big/));
    await editConnection(undefined, ui, connections);
    const empty = scriptedUi();
    await editConnection(undefined, empty.ui, connectionsOf().connections);
    assert.match(empty.seen.told[0]?.text ?? '', /no connection to edit/);
  });
});

describe('removeConnection', () => {
  const other: Connection = { ...gpu, id: 'local-3', title: 'Big' };

  it('removes the connection of the row after a confirmation, and states that its jobs continue', async () => {
    const { connections, all } = connectionsOf(gpu, other);
    const { ui, seen } = scriptedUi(answers('Remove GPU?', 'Remove Connection'));
    await removeConnection('local-2', ui, connections);
    assert.deepEqual(all(), [other]);
    assert.match(seen.questions[0]?.detail ?? '', /Running jobs continue/);
  });

  it('removes nothing if the prompt is dismissed', async () => {
    const { connections, all } = connectionsOf(gpu);
    await removeConnection('local-2', scriptedUi(answers('Remove GPU?', undefined)).ui, connections);
    assert.deepEqual(all(), [gpu]);
  });

  it('prompts for a connection without a row', async () => {
    const { connections, all } = connectionsOf(gpu, other);
    const { ui } = scriptedUi(picks('Remove Connection', 'Big'), answers('Remove Big?', 'Remove Connection'));
    await removeConnection(undefined, ui, connections);
    assert.deepEqual(all(), [gpu]);
  });

  it('reports that there is none to remove', async () => {
    const { connections } = connectionsOf();
    const { ui, seen } = scriptedUi();
    await removeConnection(undefined, ui, connections);
    assert.match(seen.told[0]?.text ?? '', /no connection to remove/);
  });
});
