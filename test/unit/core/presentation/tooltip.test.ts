import assert from 'node:assert/strict';
import { marked as newest } from 'marked';
import { marked as oldest } from 'marked14';
import type { Job } from '../../../../src/core/domain/job.js';
import type { StoredFailure } from '../../../../src/core/domain/jobMetadata.js';
import { parseRowId } from '../../../../src/core/presentation/rowIds.js';
import { escapeMarkdown, createTooltip } from '../../../../src/core/presentation/tooltip.js';
import { backendOf, before, failed, jobOf, noon, running } from '../../../fakes/jobs.js';

const tooltip = (job: Partial<Omit<Job, 'id'>> & { readonly id?: string }, title = 'Local'): string =>
  createTooltip(
    backendOf({ connection: { id: 'local', kind: 'local', title, settings: {} } }),
    jobOf(job),
    true,
    noon,
  );

/** Markdown as rendered by the parser of VS Code 1.100, and by the newest one. */
const parsers = [
  ['marked 14', (text: string) => oldest.parse(text, { async: false })],
  ['marked 14 with breaks', (text: string) => oldest.parse(text, { async: false, breaks: true })],
  ['the newest marked', (text: string) => newest.parse(text, { async: false })],
] as const;

/**
 * The HTML of a tooltip's Markdown without our own elements: paragraphs, breaks, bold, code and the link that
 * copies.
 */
const foreignHtml = (html: string): string =>
  html
    .replace(/<a href="command:batchJobs\.copyId\?[\w%.-]+" title="Copy Job ID">\$\(copy\)<\/a>/, '')
    .replace(/<\/?(?:p|br|strong|code)>/g, '');

/** The text that HTML shows. */
const shownText = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\\(?=\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\))/g, '');

/** Markdown without character references, for searching text. */
const plain = (markdown: string): string => shownText(markdown);

/** Fragments of malicious texts. */
const pieces = (
  '`|``|$(|$(copy)|[|](|)|!|\\|<|>|*|_|**|~|https://e.x|www.e.x|command:x| |a|"|&|#|a@b.c|[x](https://e.x)|' +
  '![x](https://e.x)|[x]: https://e.x|---|===|1.|- |</a>|<img src=x>|]|(|{|}|\n|\t|:|;|&#60;|&lt;'
).split('|');

/** Pseudorandom numbers from 0, the same each time. Source: the generator mulberry32. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const hostile: readonly (readonly [string, string])[] = [
  ['a command link', '](command:workbench.action.quit)'],
  ['a whole command link', '[click me](command:workbench.action.quit)'],
  ['an image', '![x](https://example.org/spy.png)'],
  ['an automatic link', '<https://example.org> https://example.org www.example.org a@example.org'],
  ['HTML', '<img src=x onerror=alert(1)> <a href="command:x">y</a> &lt;'],
  ['backticks', '` `` ``` ~~~'],
  ['a heading and a rule', '# a\n---\n===\n> b'],
  ['a new paragraph', 'a\n\n[b](command:c)\n\n- d\n1. e'],
  ['a table', '|a|b|\n|-|-|'],
  ['emphasis', '**a** __b__ ~~c~~'],
  ['backslashes', '\\](command:x) \\\\[a](command:y)'],
  ['a reference', '[a]: command:x\n[a]'],
  ['an icon', '$(trash) $(sync~spin)'],
];

/** A job in which all texts are this one. */
const everywhere = (text: string): Partial<Omit<Job, 'id'>> & { readonly id?: string } => ({
  name: text,
  id: text,
  reason: text,
  state: { kind: 'unknown', word: text },
  cost: text,
  endpoint: text,
  resources: [{ label: text, value: text }],
  command: text,
  results: text,
  exit: { signal: text },
});

describe('tooltipOf', () => {
  for (const [name, text] of hostile)
    for (const [parser, parse] of parsers)
      it(`shows ${name} literally, rendered by ${parser}`, () => {
        for (const [field, value] of [['all', text], ...Object.entries(everywhere(text))]) {
          const job = field === 'all' ? everywhere(text) : { [field]: value };
          const html = parse(tooltip(job, text));
          assert.doesNotMatch(
            foreignHtml(html),
            /<|(?<!\\)\$\((?!warning\))(?=[A-Za-z0-9-]+(?:~[A-Za-z]+)?\))/,
            html,
          );
          assert.equal(html.match(/<a /g)?.length, 1, html);
        }
      });

  it('creates no link, image or tag from any text, regardless of the other fields', () => {
    const next = numbers(32);
    const text = (): string =>
      Array.from({ length: 1 + next(6) }, () => pieces[next(pieces.length)] ?? '').join('');
    for (let round = 0; round < 4000; round++) {
      const job = {
        ...everywhere(text()),
        name: text(),
        id: text(),
        reason: text(),
        command: text(),
        results: text(),
        endpoint: text(),
        resources: [
          { label: text(), value: text() },
          { label: text(), value: text() },
        ],
      };
      const markdown = tooltip(job, text());
      for (const [parser, parse] of parsers) {
        const html = parse(markdown);
        assert.doesNotMatch(
          foreignHtml(html),
          /<|(?<!\\)\$\((?!warning\))(?=[A-Za-z0-9-]+(?:~[A-Za-z]+)?\))/,
          `${parser}: ${JSON.stringify(job)}\n${html}`,
        );
      }
    }
  });

  it('shows a name and an ID that hide the end of a code span in marked 14', () => {
    const html = oldest.parse(tooltip({ name: '<', id: '>**[x](https://e.x)![y](https://e.x)' }), {
      async: false,
    });
    assert.doesNotMatch(html, /https:\/\/e\.x"|<img/);
    assert.ok(shownText(html).includes('>**[x](https://e.x)![y](https://e.x)'), html);
  });

  it('shows an ID with an unpaired surrogate, and still copies it', () => {
    const markdown = tooltip({ id: 'a\ud800b', name: '\udc00' });
    assert.match(markdown, /a\ufffdb/);
    const [, argument = ''] = /\(command:batchJobs\.copyId\?([^\s)]*) "/.exec(markdown) ?? [];
    assert.deepEqual(JSON.parse(decodeURIComponent(argument)), ['local/a\ud800b']);
  });

  it('has one link, which copies the id of exactly this job, for any id', () => {
    for (const id of ['j1', 'a)b(c', 'x\'y"z', '](command:x', 'ü%20 q', '`']) {
      const [, argument = ''] = /\(command:batchJobs\.copyId\?([^\s)]*) "/.exec(tooltip({ id })) ?? [];
      const [row] = JSON.parse(decodeURIComponent(argument)) as readonly string[];
      assert.deepEqual(parseRowId(row ?? ''), { connection: 'local', job: id });
    }
  });

  it('shows a command as code if nothing in it can end the code, and as text otherwise', () => {
    assert.match(
      tooltip({ command: 'julia fit.jl --n=10 my_data.csv' }),
      /`julia fit\.jl --n=10 my_data\.csv`/,
    );
    for (const command of ['echo `date`', 'run.sh $(date)', 'a[1] < b', '``', 'x \\']) {
      const markdown = tooltip({ command });
      assert.equal(markdown.match(/`/g)?.length, 2, 'only that of the ID');
      for (const [, parse] of parsers) assert.ok(shownText(parse(markdown)).includes(command), markdown);
    }
  });

  it('shows state and reason, times, limit and remaining time', () => {
    const markdown = tooltip({
      reason: 'on node 3',
      submitted: before(700_000),
      started: before(600_000),
      limitMs: 3_600_000,
    });
    const text = plain(markdown);
    assert.match(text, /Running \(on node 3\)/);
    assert.match(text, /Submitted: .* \(11 min ago\)/);
    assert.match(text, /Waited: 1 min 40 s|Waited: 100 s/);
    assert.match(text, /Ran: 10 min/);
    assert.match(text, /Time limit: 1 h \(50 min left\)/);
  });

  it("shows the engine's own word, the exit code and the signal", () => {
    const markdown = tooltip({
      state: { ...failed, word: 'OUT_OF_MEMORY' },
      exit: { code: 137, signal: 'SIGKILL' },
    });
    const text = plain(markdown);
    assert.match(text, /Failed · OUT_OF_MEMORY/);
    assert.match(text, /Exit code: 137/);
    assert.match(text, /Signal: SIGKILL/);
  });

  it('truncates a long command and a long result', () => {
    const text = tooltip({ command: 'c'.repeat(5000), results: 'r'.repeat(5000) });
    assert.ok(text.length < 1500);
  });
});

describe('the failure and the log in a tooltip', () => {
  const details = (
    job: Partial<Omit<Job, 'id'>>,
    failure: StoredFailure | undefined,
    lines: readonly string[] = [],
  ): string => createTooltip(backendOf(), jobOf(job), false, noon, failure ? { failure } : {}, lines);

  it('are the error with its place, the exit code, and the last lines', () => {
    const failure = { text: "KeyError: 'lr'", file: '/jobs/j1/train.py', line: 41 };
    const job = { state: failed, reason: 'exit code 1', exit: { code: 1 } };
    const text = plain(details(job, failure, ['loading', '  step(opts["lr"])']));
    assert.match(text, /Failed \(exit code 1\)/);
    assert.match(text, /\$\(error\) KeyError: 'lr' \(train\.py:41\)/);
    assert.match(text, /Log: {2}\nloading {2}\nstep\(opts\["lr"\]\)|Log: {2}\n`loading` {2}\n/);
    assert.doesNotMatch(plain(details({ ...job, state: running }, failure)), /KeyError/);
  });

  it('contain the suspicion that memory ran out', () => {
    const job = { state: failed, reason: 'signal SIGKILL', exit: { signal: 'SIGKILL' } };
    assert.match(plain(details(job, undefined)), /\$\(error\) killed \(out of memory\?\)/);
  });

  it('contain the environment without secrets', () => {
    const text = plain(details({ inputs: { n: '1000', API_TOKEN: 'abc' } }, undefined));
    assert.match(text, /Environment: n=1000 API_TOKEN=•••/);
  });

  for (const [name, text] of hostile)
    it(`show ${name} literally`, () => {
      const job = { state: failed, inputs: { [text]: text } };
      const markdown = details(job, { text, file: text, line: 1 }, [text, text]);
      for (const [, parse] of parsers) {
        const html = parse(markdown);
        assert.doesNotMatch(
          foreignHtml(html),
          /<|(?<!\\)\$\((?!error\))(?=[A-Za-z0-9-]+(?:~[A-Za-z]+)?\))/,
          html,
        );
        assert.equal(html.match(/<a /g)?.length, 1, html);
      }
    });
});

describe('plainInMarkdown', () => {
  it('prevents the name of an icon from being rendered as the icon', () => {
    for (const text of [
      '$(trash)',
      '$(sync~spin)',
      '\\$(zap)',
      '$($(zap))',
      '$(date +%s)',
      '[$(a-b)](command:c)',
    ])
      for (const [, parse] of parsers) {
        const html = parse(escapeMarkdown(text));
        assert.doesNotMatch(html, /(?<!\\)\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/);
        assert.equal(shownText(html).trim(), text);
      }
  });

  it('keeps letters, digits, spaces and other scripts unchanged', () => {
    assert.equal(escapeMarkdown('Node m6 · 実験 ½'), 'Node m6 · 実験 ½');
  });

  it('truncates text that is too long for a tooltip, and marks it', () => {
    const text = escapeMarkdown('x'.repeat(100_000));
    assert.ok(text.length <= 500);
    assert.ok(text.endsWith('…'));
  });
});
