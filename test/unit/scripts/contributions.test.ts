import assert from 'node:assert/strict';
import manifest from '../../../package.json' with { type: 'json' };
import texts from '../../../package.nls.json' with { type: 'json' };
import { providers, withContributions } from '../../../scripts/contributions.js';
import type { BackendProvider } from '../../../src/core/domain/provider.js';

const advice =
  'package.json and package.nls.json do not follow from the backend providers. Run "npm run contributions".';

const grid: BackendProvider = {
  kind: 'grid',
  title: 'Grid',
  detail: 'A grid of computers',
  icon: 'server',
  keywords: ['grid'],
  settings: [
    {
      name: 'keepDays',
      description: 'For how many days.',
      schema: { type: 'integer', default: 3, minimum: 1 },
    },
  ],
  hasSignIn: true,
  questions: [],
  create: () => Promise.reject(new Error('it is only described')),
};

describe('the manifest entries of the backend providers', () => {
  it('follow from the providers', () => {
    const made = withContributions(providers(), manifest, texts);
    assert.deepEqual(made.manifest, manifest, advice);
    assert.deepEqual(made.texts, texts, advice);
  });

  const added = withContributions([...providers(), grid], manifest, texts);

  it('contain the kind of a new provider', () => {
    const { kind } =
      added.manifest.contributes.configuration.properties['batchJobs.connections'].items.properties;
    assert.deepEqual(kind.enum, ['local', 'juliahub', 'slurm', 'grid']);
    assert.equal(kind.enumDescriptions.at(-1), '%kind.grid%');
    assert.equal(added.texts['kind.grid'], 'Grid: A grid of computers.');
  });

  it('contain its settings with machine scope, between the general ones', () => {
    const properties: Readonly<Record<string, unknown>> = added.manifest.contributes.configuration.properties;
    assert.deepEqual(properties['batchJobs.grid.keepDays'], {
      type: 'integer',
      default: 3,
      minimum: 1,
      scope: 'machine',
      order: 19,
      markdownDescription: '%setting.grid.keepDays%',
    });
    assert.deepEqual(Object.keys(properties).slice(-3), [
      'batchJobs.grid.keepDays',
      'batchJobs.bundle.temporaryFolder',
      'batchJobs.connections',
    ]);
    assert.equal(added.texts['setting.grid.keepDays'], 'For how many days.');
  });

  it('contain its sign-in, its keywords, and its line in the walkthrough', () => {
    assert.deepEqual(added.manifest.contributes.authentication.at(-1), {
      id: 'batchJobs.grid',
      label: '%authentication.grid%',
    });
    assert.equal(added.texts['authentication.grid'], 'Grid');
    assert.equal(added.manifest.keywords.at(-1), 'grid');
    assert.match(added.texts['walk.connect'] ?? '', /^\*\*Grid\*\*: A grid of computers\.$/m);
  });

  it('contain no setting and no sign-in that its provider no longer has', () => {
    const [local, ...others] = providers();
    assert.ok(local);
    const plain = others.map((provider) => ({ ...provider, settings: [], hasSignIn: false }));
    const made = withContributions([local, ...plain], manifest, texts);
    const ids = Object.keys(made.manifest.contributes.configuration.properties);
    assert.deepEqual(
      ids.filter((id) => /juliahub|slurm/.test(id)),
      [],
    );
    assert.deepEqual(made.manifest.contributes.authentication, []);
    assert.deepEqual(
      Object.keys(made.texts).filter((key) => /^(setting\.(juliahub|slurm)|authentication)/.test(key)),
      [],
    );
  });

  it('leave everything else unchanged', () => {
    const rest = ({ keywords: _, contributes, ...others }: typeof manifest): unknown => {
      const { configuration: __, authentication: ___, ...more } = contributes;
      return { ...others, more };
    };
    assert.deepEqual(rest(added.manifest), rest(manifest));
    assert.equal(added.texts['setting.notify'], texts['setting.notify']);
  });
});
