import assert from 'node:assert/strict';
import type { Backend } from '../../../../src/core/domain/backend.js';
import {
  createConnectionRow,
  type ConnectionStatus,
} from '../../../../src/core/presentation/connectionRow.js';
import { scriptedAccount } from '../../../fakes/account.js';
import { backendOf, before, jobOf, noon, type FakeMembers } from '../../../fakes/jobs.js';

const { account } = scriptedAccount();
const hub = (members: FakeMembers = {}): Backend =>
  backendOf({
    connection: { id: 'juliahub-2', kind: 'juliahub', title: 'Hub', settings: {} },
    account,
    ...members,
  });
const rowOf = (backend: Backend, standing: ConnectionStatus = {}) =>
  createConnectionRow(backend, [jobOf()], standing, noon);
const words = (backend: Backend, standing: ConnectionStatus = {}): readonly string[] =>
  rowOf(backend, standing).context.split(' ');

describe('the row of a connection with an account', () => {
  it('shows that the user is signed out, instead of the last known state', () => {
    const row = rowOf(hub(), { isSignedOut: true, refreshedAt: before(300_000) });
    assert.equal(row.description, 'not signed in');
    assert.equal(row.ariaLabel, 'Hub, not signed in');
    assert.equal(row.icon, 'server');
    assert.equal(row.tooltip, undefined);
  });

  it('offers to sign in or out, and neither without an account', () => {
    assert.deepEqual(words(hub(), { isSignedOut: true }), [
      'connection',
      'juliahub',
      'removable',
      'signedOut',
    ]);
    assert.deepEqual(words(hub()), ['connection', 'juliahub', 'removable', 'signedIn']);
    assert.deepEqual(words(backendOf()), ['connection', 'local']);
  });

  it('still offers to sign out if the service is unreachable', () => {
    assert.deepEqual(words(hub(), { error: 'no response' }).slice(3), ['signedIn', 'trouble']);
  });

  it('offers applications only if they can be both listed and submitted', () => {
    const applications = () => Promise.resolve([]);
    const capabilities = { kinds: ['application'] as const };
    const send = () => Promise.reject(new Error('not to be asked'));
    assert.ok(words(hub({ applications, send, capabilities })).includes('applications'));
    assert.ok(!words(hub({ applications, send })).includes('applications'));
    assert.ok(!words(hub({ send, capabilities })).includes('applications'));
  });
});
