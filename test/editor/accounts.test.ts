import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { container, jobsView } from './harness/batchJobs.js';
import { addHub, approve, hubSettings, ownDepot, standIn } from './harness/hub.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

/** The label of the account in the editor: the user, the connection, and the provider. */
const account = 'ada (Hub) (JuliaHub)';
const lost = 'Your sign-in to Hub has expired.';
const twoDaysMs = 172_800_000;

describe("JuliaHub in the editor's accounts", () => {
  const depot = ownDepot();
  /** The requests with the status of their responses. */
  const asked: string[] = [];
  const hub = standIn({ onRequest: (line) => asked.push(line) });
  const stage = editorStage({
    settings: { ...hubSettings },
    env: { JULIA_DEPOT_PATH: depot, JULIA_PKG_SERVER: undefined },
  });
  const authFile = (): string =>
    join(depot, 'servers', new URL(hub.double.url).host.replace(':', '_'), 'auth.toml');

  /**
   * Opens the accounts menu of the activity bar; false: VS Code opens none, as older versions do if it is
   * empty.
   */
  const openAccounts = async (): Promise<boolean> => {
    const { page, menus } = stage.window;
    const button = page.locator('.part.activitybar a.action-label[aria-label^="Accounts"]');
    const entry = menus.open.locator('.action-item').first();
    // A click can be lost.
    for (let click = 0; click < 3 && !(await entry.isVisible()); click++) {
      await button.click({ timeout: 2000 });
      await entry.waitFor({ timeout: 1000 }).catch(() => undefined);
    }
    return entry.isVisible();
  };

  /** The titles in that menu. */
  const accounts = async (): Promise<readonly string[]> => {
    const { page, menus } = stage.window;
    if (!(await openAccounts())) return [];
    const labels = await menus.open.locator('.action-label').all();
    const titles = await Promise.all(labels.map((label) => label.getAttribute('aria-label')));
    await page.keyboard.press('Escape');
    await menus.open.waitFor({ state: 'hidden' });
    return titles.filter((title) => title !== null);
  };

  const shows = (title: string, wanted: boolean): Promise<true> => {
    let last: readonly string[] = [];
    return eventually(
      async () => {
        last = await accounts();
        return last.includes(title) === wanted && true;
      },
      () => `the accounts are ${JSON.stringify(last)}`,
    );
  };

  /** Chooses an entry of an account's submenu, until that has an effect. */
  const choose = async (title: string, effect: Locator): Promise<void> => {
    const { page, menus } = stage.window;
    await eventually(
      async () => {
        if (await effect.isVisible()) return true;
        await openAccounts();
        await menus.entry(account).click({ timeout: 2000 });
        await menus.entry(title).waitFor({ timeout: 2000 });
        // A menu ignores a button released right after it has opened.
        await page.waitForTimeout(250);
        await menus.entry(title).click({ timeout: 2000 });
        return effect.waitFor({ timeout: 2000 }).then(() => true);
      },
      () => `the entry ${title} of ${account} cannot be chosen`,
    );
  };

  const lists = (): number => asked.filter((line) => line === 'GET /juliaruncloud/get_jobs 200').length;
  const renewals = (): number => hub.double.calls('GET /auth/renew/token.toml/device');
  const losses = async (): Promise<number> =>
    (await stage.window.messages.toasts()).filter((text) => text.includes(lost)).length;

  /** Makes the server invalidate the token, which is then renewed; returns the number of renewals. */
  const renew = async (): Promise<number> => {
    const [listed, renewed] = [lists(), renewals()];
    hub.double.invalidate();
    await stage.window.command('Batch Jobs: Refresh');
    await eventually(
      () => lists() > listed,
      () => 'the list is not refreshed',
    );
    return renewals() - renewed;
  };

  /** Refreshes the list until the lost sign-in is reported, and then some more. */
  const toldOnce = async (): Promise<void> => {
    const { window } = stage;
    await window.views.open(container);
    await window.command('Batch Jobs: Refresh');
    await window.messages.toast(lost).waitFor();
    await window.views.rowSays(jobsView, 'Hub', /not signed in/);
    const [before, renewed] = [asked.length, renewals()];
    for (let again = 0; again < 3; again++) await window.command('Batch Jobs: Refresh');
    await window.page.waitForTimeout(1000);
    assert.equal(await losses(), 1);
    assert.deepEqual(asked.slice(before), [], 'no request without a token');
    assert.equal(renewals(), renewed, 'and a rejected request is not retried');
  };

  const signInAgain = async (): Promise<void> => {
    const { window } = stage;
    await window.messages.answer(lost, 'Sign In');
    const page = await approve(window);
    await page.close();
    await window.views.rowSays(jobsView, 'Hub', /refreshed/);
    await window.views.row(jobsView, 'earlier').waitFor();
    assert.equal(await losses(), 0);
  };

  it('shows who has signed in with the command', async () => {
    const { window } = stage;
    hub.double.inject({ alias: 'earlier' });
    await window.views.open(container);
    await shows(account, false);
    await addHub(window, hub.double.url, 'Hub');
    const page = await approve(window);
    await page.close();
    await window.messages.toast('Signed in to Hub as ada.').waitFor();
    await window.views.row(jobsView, 'earlier').waitFor();
    await shows(account, true);
  });

  it('silently renews a sign-in that the server has invalidated', async () => {
    assert.equal(await renew(), 1);
    await stage.window.views.rowSays(jobsView, 'Hub', /refreshed/);
    assert.equal(await losses(), 0);
    await shows(account, true);
  });

  it('offers once to sign in again after the sign-in has expired, and the list comes back', async () => {
    // The server's clock advances by two days, and the refresh token is no longer valid.
    hub.double.invalidate(true, 'none');
    hub.double.controls.clockSkewMs += twoDaysMs;
    await toldOnce();
    await shows(account, false);
    await signInAgain();
    await shows(account, true);
  });

  it('offers it as well if the server returns its own error for an invalid token', async () => {
    const { window } = stage;
    hub.double.controls.invalidStatus = 500;
    // The renewed token is still unverified, so asking for the user sends a request to the server.
    assert.equal(await renew(), 1);
    hub.double.invalidate(true);
    const before = asked.length;
    await window.command('Batch Jobs: Sign Out…');
    await window.messages.toast('Not signed in to Hub.').waitFor();
    assert.ok(asked.slice(before).includes('GET /api/v1 500'), asked.slice(before).join());
    await toldOnce();
    await signInAgain();
    hub.double.controls.invalidStatus = 401;
  });

  it('signs out there, and offers nothing after signing out', async () => {
    const { window } = stage;
    await window.views.open(container);
    await choose('Sign Out', window.messages.dialog);
    await window.messages.answerDialog('Sign Out');
    await window.views.rowSays(jobsView, 'Hub', /not signed in/);
    await shows(account, false);
    assert.ok(!existsSync(authFile()), 'the sign-in is moved aside');
    await window.command('Batch Jobs: Refresh');
    await window.page.waitForTimeout(500);
    assert.equal(await losses(), 0);
  });

  it('shows who signs in again', async () => {
    const { window } = stage;
    await window.command('Batch Jobs: Sign In…');
    const page = await approve(window);
    await page.close();
    await window.views.row(jobsView, 'earlier').waitFor();
    await shows(account, true);
    assert.deepEqual(
      hub.double.violations.filter((violation) => !violation.includes('refresh token')),
      [],
    );
  });
});
