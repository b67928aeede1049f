import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { ensureChromium } from '../../../scripts/chromium.mjs';
import { Workbench } from './workbench.js';

/** How a window is opened. */
export interface WindowOptions {
  /** In pixels; 1280 by 800 where not given. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Device pixels for each pixel; 1 where not given. Only for pictures that people look at. */
  readonly scale?: number;
  /** Opens it as another tab of this window's browser profile, so that both share secrets and window state. */
  readonly beside?: Workbench;
}

/** Starts a browser without a display; `EDITOR_HEADED=1` shows it. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    headless: process.env['EDITOR_HEADED'] === undefined,
    args: [
      '--no-sandbox', // Chromium refuses its sandbox to root
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

/** Opens a window at an address of a server and waits until it is drawn. */
export async function openWindow(
  browser: Browser,
  url: string,
  options: WindowOptions = {},
): Promise<Workbench> {
  const context = options.beside?.page.context() ?? (await newProfile(browser, options));
  const page = await context.newPage();
  if (options.size) await page.setViewportSize(options.size);
  page.setDefaultTimeout(15_000);
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
