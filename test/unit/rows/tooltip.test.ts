import assert from 'node:assert/strict';
import type { Job } from '../../../src/core/job.js';
import { plainSay } from '../../../src/core/say.js';
import { readRowId } from '../../../src/core/rowIds.js';
import { plainInMarkdown, tooltipOf } from '../../../src/core/tooltip.js';
import { backendOf, before, failed, jobOf, noon } from '../../fakes/jobs.js';

const tooltip = (job: Partial<Omit<Job, 'id'>> & { readonly id?: string }, title = 'Local'): string =>
  tooltipOf(
    backendOf({ connection: { id: 'local', kind: 'local', title, settings: {} } }),
    jobOf(job),
    true,
    noon,
    plainSay,
  );

/** What is left of Markdown once everything that shows itself alone is taken out: only ours may remain. */
function active(markdown: string): string {
  return markdown
    .replace(/\\[!-/:-@[-`{-~]/g, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\[\$\(copy\)\]\(command:batchJobs\.copyId\?[\w%.-]+ "Copy Job ID"\)/g, '')
    .replace(/\$\(warning\)/g, '')
    .replace(/^\*\*(.*)\*\*(?: {2})?$/m, '$1');
}

const hostile: readonly (readonly [string, string])[] = [
  ['a command link', '](command:workbench.action.quit)'],
  ['a whole command link', '[click me](command:workbench.action.quit)'],
  ['an image', '![x](https://example.org/spy.png)'],
  ['an automatic link', '<https://example.org> https://example.org www.example.org a@example.org'],
  ['HTML', '<img src=x onerror=alert(1)> <a href="command:x">y</a> &lt;'],
  ['backticks', '` `` ``` ~~~'],
  ['a heading and a rule', '# a\n---\n===\n> b'],
  ['a paragraph that begins anew', 'a\n\n[b](command:c)\n\n- d\n1. e'],
  ['a table', '|a|b|\n|-|-|'],
  ['emphasis', '**a** __b__ ~~c~~'],
  ['backslashes', '\\](command:x) \\\\[a](command:y)'],
  ['a reference', '[a]: command:x\n[a]'],
  ['an icon', '$(trash) $(sync~spin)'],
];

describe('tooltipOf', () => {
  for (const [name, text] of hostile) {
    it(`shows ${name} and does nothing with it, wherever it stands`, () => {
      const places: readonly (Partial<Omit<Job, 'id'>> & { readonly id?: string })[] = [
        { name: text },
        { id: text },
        { reason: text },
        { state: { kind: 'unknown', word: text } },
        { resources: [{ label: text, value: text }] },
        { command: text },
        { results: text },
        { exit: { signal: text } },
      ];
      for (const place of places) {
        const rest = active(tooltip(place, text));
        assert.doesNotMatch(
          rest,
          /[[\]`*_<>~|!#@\\]|\$\(|:\/\/|www\.|command:/,
          `${JSON.stringify(place)} gives ${rest}`,
        );
        const links = tooltip(place, text)
          .replace(/`[^`\n]*`/g, '')
          .match(/\]\(/g);
        assert.equal(links?.length, 1);
      }
    });
  }

  it('has one link, which copies the id of just this job, whatever the id is', () => {
    for (const id of ['j1', 'a)b(c', 'x\'y"z', '](command:x', 'ü%20 q', '`']) {
      const [, argument = ''] = /\(command:batchJobs\.copyId\?([^\s)]*) "/.exec(tooltip({ id })) ?? [];
      const [row] = JSON.parse(decodeURIComponent(argument)) as readonly string[];
      assert.deepEqual(readRowId(row ?? ''), { connection: 'local', job: id });
    }
  });

  it('ends code only where the text ends', () => {
    const text = tooltip({ id: 'a`b', command: 'echo `date`', results: '``' });
    assert.deepEqual(text.match(/`[^`]*`/g), ["`a'b`", "`echo 'date'`", "`''`"]);
    assert.equal(text.match(/`/g)?.length, 6);
  });

  it('keeps icons out of code, so that a shell command is shown as it is', () => {
    assert.match(tooltip({ command: 'run.sh $(date)' }), /`run\.sh \$\u2060\(date\)`/);
  });

  it('tells state and reason, times, limit and what is left of it', () => {
    const text = tooltip({
      reason: 'on node 3',
      submitted: before(700_000),
      started: before(600_000),
      limitMs: 3_600_000,
    }).replaceAll('\\', '');
    assert.match(text, /Running \(on node 3\)/);
    assert.match(text, /Submitted: .* \(11 min ago\)/);
    assert.match(text, /Waited: 1 min 40 s|Waited: 100 s/);
    assert.match(text, /Ran: 10 min/);
    assert.match(text, /Time limit: 1 h \(50 min left\)/);
  });

  it("tells the engine's own word beside ours, the exit code and the signal", () => {
    const text = tooltip({
      state: { ...failed, word: 'OUT_OF_MEMORY' },
      exit: { code: 137, signal: 'SIGKILL' },
    }).replaceAll('\\', '');
    assert.match(text, /Failed · OUT_OF_MEMORY/);
    assert.match(text, /Exit code: 137/);
    assert.match(text, /Signal: SIGKILL/);
  });

  it('cuts a long command and a long result', () => {
    const text = tooltip({ command: 'c'.repeat(5000), results: 'r'.repeat(5000) });
    assert.ok(text.length < 1500);
  });
});

describe('plainInMarkdown', () => {
  it('keeps the name of an icon from becoming its picture', () => {
    // Markdown takes one backslash away; the one that is left tells the editor to draw no icon.
    assert.equal(plainInMarkdown('$(trash) $(date +%s)'), '\\\\$\\(trash\\) $\\(date \\+%s\\)');
  });

  it('leaves letters, digits, blanks and other scripts as they are', () => {
    assert.equal(plainInMarkdown('Node m6 · 実験 ½'), 'Node m6 · 実験 ½');
  });
});
