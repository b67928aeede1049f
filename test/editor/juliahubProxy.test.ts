import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startJuliaHub, type Double } from '../doubles/juliahub/double.js';
import { container, jobsView } from './harness/batchJobs.js';
import { ownDepot } from './harness/hub.js';
import { editorStage, type Stage } from './harness/stage.js';
import { guarded, proxy, type Guarded, type Proxy } from './harness/tls.js';
import { chosenServer } from './setup.mjs';

describe('JuliaHub behind a proxy, with a certificate of the company', () => {
  const depot = ownDepot();
  let double: Double;
  let behind: Guarded;
  let between: Proxy;

  before(async () => {
    double = await startJuliaHub();
    behind = await guarded(double.url);
    between = await proxy();
  });
  after(async () => {
    between.end();
    behind.end();
    await double.end();
  });

  /**
   * A window with a connection and a sign-in from the start. Its parts are requested once the servers exist.
   */
  const stageWith = (
    settings: () => Readonly<Record<string, unknown>>,
    env: () => Readonly<Record<string, string>>,
  ): Stage =>
    editorStage({
      get settings() {
        return settings();
      },
      get env() {
        return { JULIA_DEPOT_PATH: depot, JULIA_PKG_SERVER: undefined, ...env() };
      },
      seed: ({ dir }) => {
        const folder = join(depot, 'servers', new URL(behind.url).host.replace(':', '_'));
        mkdirSync(folder, { recursive: true });
        const toml = double.authToml().replaceAll(double.url, behind.url);
        writeFileSync(join(folder, 'auth.toml'), toml, { mode: 0o600 });
        const connection = { id: 'hub', kind: 'juliahub', title: 'Hub', settings: { server: behind.url } };
        mkdirSync(join(dir.user, 'Machine'), { recursive: true });
        writeFileSync(
          join(dir.user, 'Machine', 'settings.json'),
          JSON.stringify({ 'batchJobs.connections': [connection] }),
        );
      },
    });

  // With Node 20, on which VS Code 1.100 runs, the system's certificates replace NODE_EXTRA_CA_CERTS.
  const ownOnly = chosenServer() === 'server-oldest' ? { 'http.systemCertificates': false } : {};
  const trusted = (): Readonly<Record<string, string>> => ({ NODE_EXTRA_CA_CERTS: behind.authority });
  const spoken = async ({ window }: Stage): Promise<void> => {
    await window.views.open(container);
    await window.views.rowSays(jobsView, 'Hub', /refreshed/);
    assert.ok(between.asked.includes(new URL(behind.url).host), between.asked.join());
    between.asked.length = 0;
    assert.deepEqual(double.violations, []);
  };

  describe('of the settings', () => {
    const stage = stageWith(() => ({ ...ownOnly, 'http.proxy': between.url }), trusted);

    it('is used', () => spoken(stage));
  });

  describe('of the environment', () => {
    const stage = stageWith(
      () => ownOnly,
      () => ({ ...trusted(), HTTPS_PROXY: between.url }),
    );

    it('is used', () => spoken(stage));
  });

  describe('with an untrusted certificate', () => {
    const stage = stageWith(
      () => ({}),
      () => ({ HTTPS_PROXY: between.url }),
    );

    it('reports the certificate as the reason', async () => {
      const { window } = stage;
      await window.views.open(container);
      await window.views.rowSays(jobsView, 'Hub', /certificate not trusted/);
    });
  });
});
