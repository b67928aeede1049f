import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { ensureChromium } from '../../../scripts/chromium.mjs';
import { patienceMs } from './wait.js';
import { Workbench } from './workbench.js';

/** Options for opening a window. */
export interface WindowOptions {
  /** In pixels; default: 1280 by 800. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Device pixels per pixel; default: 1. Only for published pictures. */
  readonly scale?: number;
  /**
   * Opens it as another tab of this window's browser profile, so that both share secrets and window state.
   */
  readonly beside?: Workbench;
}

/** Starts a headless browser; `EDITOR_HEADED=1` shows it. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    headless: process.env['EDITOR_HEADED'] === undefined,
    args: [
      '--no-sandbox', // Chromium's sandbox does not work as root
      '--disable-dev-shm-usage', // /dev/shm is small in containers
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-quic',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** Opens a window at a server's address and waits until it is drawn. */
export async function openWindow(
  browser: Browser,
  url: string,
  options: WindowOptions = {},
): Promise<Workbench> {
  const context = options.beside?.page.context() ?? (await newProfile(browser, options));
  const page = await context.newPage();
  if (options.size) await page.setViewportSize(options.size);
  page.setDefaultTimeout(patienceMs);
  const window = new Workbench(page);
  await page.goto(url);
  await window.drawn();
  return window;
}

const newProfile = (browser: Browser, { size, scale }: WindowOptions): Promise<BrowserContext> =>
  browser.newContext({
    viewport: size ?? { width: 1280, height: 800 },
    deviceScaleFactor: scale ?? 1,
    permissions: ['clipboard-read', 'clipboard-write'],
    locale: 'en-GB',
  });
