import assert from 'node:assert/strict';
import { parseApplications, type ApplicationLists } from '../../../../src/backends/juliahub/applications.js';
import { defaultApps, ownApps, packageApps, registries } from '../../../doubles/juliahub/catalog.js';

const none: ApplicationLists = { packages: [], repositories: [], defaults: [], registries: [] };
const read = (lists: Partial<ApplicationLists>) => parseApplications({ ...none, ...lists });

// Source: docs/protocols/juliahub.md, 8; the cases of 10.2.
describe('the applications of a JuliaHub server', () => {
  it('lists its own except those for batch jobs, then packages, then those of the user', () => {
    const { applications, malformed } = read({
      packages: packageApps,
      repositories: ownApps,
      defaults: defaultApps,
      registries,
    });
    assert.equal(malformed, 0);
    assert.deepEqual(
      applications.map(({ kind, title, detail }) => [kind, title, detail]),
      [
        ['default', 'Standard Interactive', 'from the server'],
        ['default', 'Linux Desktop', 'from the server'],
        ['default', 'Julia IDE', 'from the server'],
        ['default', 'Pluto', 'from the server'],
        ['default', 'Windows Workstation', 'from the server'],
        ['package', 'RegisteredPackageApp', 'package from registry General'],
        ['package', 'CustomDashboardApp', 'package from registry JuliaComputingRegistry'],
        ['repository', 'ExampleApp.jl', 'https://github.example/ada/ExampleApp.jl'],
      ],
    );
    assert.equal(new Set(applications.map(({ id }) => id)).size, applications.length);
  });

  it('uses a registry in which the package is active, with string or number ids', () => {
    const app = (registrymap: unknown) => ({ name: 'A', uuid: 'u', registrymap });
    const registryOf = (...packages: unknown[]): string | undefined =>
      read({ packages, registries }).applications[0]?.registry;
    assert.equal(registryOf(app([{ id: '266', status: true }])), 'JuliaComputingRegistry');
    assert.equal(registryOf(app([{ id: 1 }])), 'General');
    assert.equal(registryOf(app([{ id: '1', status: false }])), undefined);
    assert.equal(registryOf(app([{ id: '9', status: true }])), undefined);
    assert.equal(registryOf({ name: 'A', uuid: 'u' }), undefined);
  });

  it('omits and counts malformed entries', () => {
    const { applications, malformed } = read({
      packages: [{ broken: true }, packageApps[0]],
      repositories: [null, ...ownApps],
      defaults: [{ name: 'No type' }, 7, ...defaultApps],
      registries: [{ id: {} }, ...registries],
    });
    assert.equal(malformed, 5);
    assert.deepEqual(
      applications.filter(({ kind }) => kind !== 'default').map(({ registry }) => registry),
      ['General', undefined],
    );
  });

  it('accepts empty lists', () => {
    assert.deepEqual(read({}), { applications: [], malformed: 0 });
  });
});
