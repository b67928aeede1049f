import assert from 'node:assert/strict';
import { formatAddition, formatBundleListing } from '../../../src/core/presentation/bundleListing.js';
import type { BundleAddition, PackPlan } from '../../../src/core/domain/ports.js';

const file = (path: string, bytes: number): PackPlan['decisions'][number] => ({
  path,
  type: 'file',
  bytes,
  included: true,
});

describe('the listing of a bundle with external files', () => {
  it('starts with the files from outside the folder, and their origin', () => {
    const plan: PackPlan = {
      folder: '/home/ada/fit',
      decisions: [file('.bundle/dev/Shared/src/Shared.jl', 2048), file('Manifest.toml', 100)],
      files: 2,
      bytes: 2148,
      warnings: [],
      added: [
        { path: '.bundle/dev/Shared', from: '/home/ada/Shared', files: 1, bytes: 2048, why: 'dev' },
        { path: 'Manifest.toml', files: 1, bytes: 100, why: 'rewritten' },
      ],
    };
    assert.equal(
      formatBundleListing(plan),
      [
        'Bundle of /home/ada/fit',
        '2 files, 2.1 KiB',
        '',
        'Added outside the folder',
        '  .bundle/dev/Shared from /home/ada/Shared · 1 file, 2.0 KiB',
        '  Manifest.toml rewritten (bundle only)',
        '',
        'Included, largest first',
        '  .bundle/dev/Shared/src/  1 file, 2.0 KiB',
        '       2.0 KiB  .bundle/dev/Shared/src/Shared.jl',
        '  ./  1 file, 100 B',
        '         100 B  Manifest.toml',
        '',
        'Excluded',
        '  nothing',
        '',
      ].join('\n'),
    );
  });

  it('shows the bytes of names that are not UTF-8, and supports any number of paths', () => {
    const choices = Array.from({ length: 200_000 }, (_, index) => ({
      ...file(`d/caf\uefe9${String(index)}`, 1),
      included: false,
    }));
    const text = formatBundleListing({ folder: '/f', decisions: choices, files: 0, bytes: 0, warnings: [] });
    assert.ok(text.includes('  d/caf\\xe9199999 '));
  });

  const texts: readonly (readonly [Partial<BundleAddition>, string])[] = [
    [{ why: 'created', path: 'Project.toml' }, 'Project.toml created (bundle only)'],
    [{ why: 'resolved', by: 'Julia' }, 'Manifest.toml resolved by Julia (bundle only)'],
    [{ why: 'package', from: '/depot/A', files: 2 }, 'Manifest.toml from /depot/A · 2 files, 6 B'],
    [{ why: 'artifact' }, 'Manifest.toml · 1 file, 6 B'],
    [{ path: 'a\nb', why: 'created' }, 'a␣b created (bundle only)'],
  ];
  for (const [added, text] of texts)
    it(`contains: ${text}`, () => {
      const one: BundleAddition = { path: 'Manifest.toml', files: 1, bytes: 6, why: 'rewritten', ...added };
      assert.equal(formatAddition(one), text);
    });
});
