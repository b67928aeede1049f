import assert from 'node:assert/strict';
import type * as papers from '../../../src/editor/readonlyDocuments.js';
import { calls, useFakeVscode } from '../../fakes/vscode.js';

describe('read-only documents', () => {
  let ReadonlyDocuments: (typeof papers)['ReadonlyDocuments'];
  before(async () => {
    useFakeVscode();
    ({ ReadonlyDocuments } = await import('../../../src/editor/readonlyDocuments.js'));
  });
  beforeEach(() => {
    calls.length = 0;
  });
  const notKept = /is no longer available/;
  const opened = () => {
    const shown = new ReadonlyDocuments();
    // SAFETY: only the path is read.
    const text = (title: string, query = ''): string =>
      shown.provideTextDocumentContent({ path: `/${title}`, query } as never);
    return { shown, text };
  };

  it('notify VS Code of each change of their text', async () => {
    const { shown, text } = opened();
    for (const content of ['first', 'second', 'second']) {
      await shown.show({ title: 'Bundle of a.txt', text: content });
      assert.equal(text('Bundle of a.txt'), content);
    }
    assert.equal(calls.filter(({ member }) => member === 'changed').length, 3);
  });

  it('are different for different subjects, regardless of their title', async () => {
    const { shown, text } = opened();
    for (const about of ['/a/project', '/b/project'])
      await shown.show({ title: 'Bundle of project.txt', about, text: `of ${about}` });
    await shown.show({ title: 'Raw data of fit.sh (1).json', about: 'local/1', text: 'here' });
    await shown.show({ title: 'Raw data of fit.sh (1).json', about: 'cluster/1\ud800', text: 'there' });
    assert.equal(text('Bundle of project.txt', '/a/project'), 'of /a/project');
    assert.equal(text('Bundle of project.txt', '/b/project'), 'of /b/project');
    assert.equal(text('Raw data of fit.sh (1).json', 'local/1'), 'here');
    assert.equal(text('Raw data of fit.sh (1).json', 'cluster/1\ufffd'), 'there');
  });

  it('are kept while they are few and small', async () => {
    const { shown, text } = opened();
    for (let index = 0; index < 60; index++) await shown.show({ title: `${index}`, text: `text ${index}` });
    assert.match(text('9'), notKept);
    assert.equal(text('10'), 'text 10');
    assert.equal(text('59'), 'text 59');
  });

  it('are limited in memory, and the last shown one is always kept', async () => {
    const { shown, text } = opened();
    for (let index = 0; index < 9; index++)
      await shown.show({ title: `${index}`, text: String(index).repeat(6_000_000) });
    const kept = Array.from({ length: 9 }, (_, index) => text(`${index}`)).filter(
      (one) => !notKept.test(one),
    );
    assert.ok(kept.reduce((sum, { length }) => sum + length, 0) <= 20_000_000);
    const last = text('8');
    assert.ok(last.startsWith('888'), last.slice(0, 10));
    assert.ok(last.endsWith('8\n── 1,000,000 more characters omitted ──\n'), last.slice(-80));
    assert.ok(calls.some(({ values }) => String(values[0]).includes('the first 4.8 MiB are shown')));
  });

  it('can have any title', async () => {
    const { shown } = opened();
    await shown.show({ title: 'a/b\\c\u202e\ud800.txt', text: 'x' });
    assert.equal(
      String(calls.find(({ member }) => member === 'changed')?.values[0]),
      '/a_b_c\u2423\ufffd.txt',
    );
  });
});
