import type { EditorServer } from './server.js';
import { eventually } from './wait.js';
import { themes, type Theme, type Workbench } from './workbench.js';

/**
 * Merges into the user settings by editing them in a window, and saves. A change outside the window is not
 * noticed: the window does not watch its settings file. The extension is notified slightly later, so wait for
 * its reaction.
 */
export async function changeSettings(
  server: EditorServer,
  window: Workbench,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const known = JSON.parse(server.settingsText()) as Record<string, unknown>;
  const text = JSON.stringify({ ...known, ...settings });
  await window.command('Preferences: Open User Settings (JSON)');
  await window.editors.active('settings.json');
  await window.editors.holds('settings.json');
  await window.editors.replaceText(text);
  await window.editors.save();
  await eventually(
    () => server.settingsText() === text,
    () => `the user settings were not saved as ${text} but are ${server.settingsText()}`,
  );
  await window.editors.close('settings.json');
}

/** Sets a window's theme, and waits until it shows. */
export async function useTheme(server: EditorServer, window: Workbench, theme: Theme): Promise<void> {
  await changeSettings(server, window, { 'workbench.colorTheme': themes[theme].id });
  await window.themed(theme);
}
