import assert from 'node:assert/strict';
import { calls, returned, useFakeVscode } from '../../fakes/vscode.js';
import { membersUsed } from './windowUse.js';
import type * as editorWindow from '../../../src/editor/window.js';

type Window = typeof editorWindow;

const hostile =
  'a [b](command:workbench.action.quit) ![c](https://e.x/c.png) [d](file:///etc/passwd "t") $(trash) $(sync~spin) \u202e\ud800';

/** Every string in a value, except in functions. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

/**
 * Texts that VS Code would turn into a link or an icon. Sources: VS Code `linkedText.ts`, `iconLabels.ts`.
 */
const active = /\[[^\]]+\]\((?:https?:\/\/|command:|file:)|\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)|[\u202e\ud800]/;

/** A VS Code object that the fake does not read. */
// SAFETY: see its documentation.
const anything = {} as never;

/** One call of each function that shows texts, with hostile text in every possible place. */
const cases: readonly (readonly [name: string, show: (window: Window) => unknown])[] = [
  ['showMessage info', (window) => window.showMessage('info', hostile, [hostile])],
  ['showMessage warning', (window) => window.showMessage('warning', hostile, [hostile])],
  ['showMessage error', (window) => window.showMessage('error', hostile, [hostile])],
  [
    'showMessage modal',
    (window) => window.showMessage('warning', hostile, [], { modal: true, detail: hostile }),
  ],
  [
    'showProgress',
    (window) =>
      window.showProgress(hostile, (report) => {
        report({ message: hostile, increment: 1 });
        return Promise.resolve();
      }),
  ],
  [
    'createPick',
    (window) =>
      window.createPick({ title: hostile, placeholder: hostile, canGoBack: true }, [
        { label: hostile, description: hostile, detail: hostile },
      ]),
  ],
  [
    'createField',
    (window) => {
      window.createField({ title: hostile, placeholder: hostile, prompt: hostile }).complain(hostile);
    },
  ],
  ['showInput', (window) => window.showInput({ title: hostile, prompt: hostile }, anything)],
  ['showSaveDialog', (window) => window.showSaveDialog({ title: hostile, saveLabel: hostile })],
  ['showOpenDialog', (window) => window.showOpenDialog({ title: hostile, openLabel: hostile })],
  ['pickWorkspaceFolder', (window) => window.pickWorkspaceFolder(hostile)],
  [
    'createTree',
    (window) => {
      window.createTree('id', anything).setBadge(1, hostile);
    },
  ],
  [
    'createStatusEntry',
    (window) => {
      const entry = window.createStatusEntry('id', hostile, 'command');
      entry.show({
        icon: 'clock',
        text: hostile,
        ariaLabel: hostile,
        tooltip: 'made by core/presentation/tooltip.ts',
      });
    },
  ],
  ['createChannel', (window) => window.createChannel(hostile)],
  ['createLogChannel', (window) => window.createLogChannel(hostile)],
  ['createTerminal', (window) => window.createTerminal(hostile, anything, anything)],
];

describe('the window', () => {
  let window: Window;
  before(async () => {
    useFakeVscode();
    window = await import('../../../src/editor/window.js');
  });
  beforeEach(() => {
    calls.length = 0;
    returned.clear();
  });

  for (const [name, show] of cases)
    it(`${name} passes VS Code no text that it would turn into a link or an icon`, async () => {
      await show(window);
      const texts = calls.flatMap(({ values }) => values.flatMap(stringsIn));
      assert.ok(
        texts.some((text) => text.replaceAll('\u2060', '').includes('workbench.action.quit')),
        'the text is shown',
      );
      for (const text of texts) assert.doesNotMatch(text.replace(/^\$\(clock\) /, ''), active);
    });

  it('is tested here with each member of VS Code that it uses', async () => {
    for (const [, show] of cases) await show(window);
    const seen = new Set(calls.map(({ member }) => member));
    const used = membersUsed().filter(({ path }) => path === 'editor/window.ts');
    assert.deepEqual(
      used.map(({ member }) => member).filter((member) => !seen.has(member) && !member.startsWith('new ')),
      [],
    );
    assert.ok(used.length > 10);
  });

  it('shows the question of a dialog on one line of limited length, for any name in it', async () => {
    const questions = [
      'Delete fit\n\nNothing is lost.?',
      `Delete ${'x'.repeat(50_000)}?`,
      'Delete a\u2028b?',
    ];
    for (const question of questions) {
      calls.length = 0;
      await window.showMessage('warning', question, [], { modal: true, detail: 'First.\n\nSecond.' });
      const [text = '', options] = calls[0]?.values ?? [];
      assert.match(String(text), /^Delete [^\n\r\u2028]+$/);
      assert.ok(String(text).length <= 1_000, String(text).length.toString());
      assert.deepEqual(options, { modal: true, detail: 'First.\n\nSecond.' });
    }
  });

  it('passes the texts of tree rows unchanged, on one line each, as strings', () => {
    const item = window.createTreeItem(
      { label: hostile, description: hostile, ariaLabel: hostile },
      anything,
    );
    const texts = stringsIn(item);
    assert.equal(texts.length, 3);
    for (const text of texts) {
      assert.ok(text.startsWith('a [b](command:workbench.action.quit)'));
      assert.doesNotMatch(text, /[\u202e\ud800\n]/);
    }
  });

  it('lets tooltips run only the given commands, and shows no HTML', () => {
    const plain = window.createMarkdownTooltip('a', []);
    assert.deepEqual([plain.isTrusted, plain.supportHtml], [false, false]);
    assert.deepEqual(window.createMarkdownTooltip('a', ['x']).isTrusted, { enabledCommands: ['x'] });
  });

  it('returns the button by its own text, regardless of what was shown', async () => {
    const buttons = ['[a](command:b)', 'Cancel'];
    for (const [index, button] of buttons.entries()) {
      const pressed = new Promise<string | undefined>((resolve) => {
        // VS Code returns the same item that it received.
        returned.set('showWarningMessage', {
          then: (next: (value: unknown) => void) => {
            next(calls.at(-1)?.values[2 + index]);
          },
        });
        void window.showMessage('warning', 'text', buttons).then(resolve);
      });
      assert.equal(await pressed, button);
    }
    returned.clear();
    assert.equal(await window.showMessage('warning', 'text', buttons), undefined);
  });

  it('puts an icon before the label of a line, and keeps the other members of the line', () => {
    const line = { label: '$(x)', icon: 'edit', item: { value: {} } };
    const [shown] = window.createPick({ title: 't' }, [line]).items;
    assert.ok(shown);
    assert.equal(shown.label, '$(edit) $\u2060(x)');
    assert.equal(shown.item, line.item);
  });

  it('removes the badge if the count is zero', () => {
    window.createTree('id', anything).setBadge(0, 'x');
    assert.deepEqual(calls.at(-1), { member: 'createTreeView.badge=', values: [undefined] });
  });
});
