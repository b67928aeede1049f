import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The numbers of the sections of a document in `docs/protocols`: `3`, `3.4`. */
const sectionsOf = (name: string): ReadonlySet<string> => {
  const text = readFileSync(join(root, 'docs/protocols', `${name}.md`), 'utf8');
  return new Set([...text.matchAll(/^#+ (\d+(?:\.\d+)?)[. ]/gm)].map(([, number = '']) => number));
};

/** `docs/protocols/slurm.md, 4.1 and 9` as `slurm 4.1`, `slurm 9`. */
function citationsIn(text: string): readonly string[] {
  const joined = text.replaceAll(/\n\s*(?:\*|\/\/) ?/g, ' ');
  return [
    ...joined.matchAll(
      /docs\/protocols\/(\w+)\.md,? (\d+(?:\.\d+)?)(?: \(\d+\))?(?:(?:,| and) (\d+(?:\.\d+)?))?/g,
    ),
  ].flatMap(([, name = '', first = '', second]) =>
    [first, ...(second === undefined ? [] : [second])].map((one) => `${name} ${one}`),
  );
}

describe('protocol documents', () => {
  const files = ['src', 'test', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|mjs)$/.test(path) && !/node_modules|fixtures|artifacts/.test(path))
      .map((path) => join(folder, path)),
  );
  const cited = files.flatMap((file) =>
    citationsIn(readFileSync(join(root, file), 'utf8')).map((citation) => ({ file, citation })),
  );

  it('contain every section that a comment cites', () => {
    assert.ok(cited.length > 100, `${String(cited.length)} citations were found`);
    const known = new Map(['slurm', 'juliahub'].map((name) => [name, sectionsOf(name)]));
    const missing = cited.filter(({ citation }) => {
      const [name = '', section = ''] = citation.split(' ');
      return known.get(name)?.has(section) !== true;
    });
    assert.deepEqual(missing, []);
  });

  it('are found if a citation spans two lines, or names two sections', () => {
    assert.deepEqual(citationsIn(' * See docs/protocols/slurm.md, 4.1 and\n * 9.'), ['slurm 4.1', 'slurm 9']);
    assert.deepEqual(citationsIn('// docs/protocols/juliahub.md, 0 (9).'), ['juliahub 0']);
  });
});
