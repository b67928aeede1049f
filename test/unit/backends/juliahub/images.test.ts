import assert from 'node:assert/strict';
import {
  toImageKey,
  findImage,
  parseImageOptions,
  parseImages,
} from '../../../../src/backends/juliahub/images.js';
import { defaultApps, imageGroups, imageOptions } from '../../../doubles/juliahub/catalog.js';

const entry = (name: string, type: string, key: string, more: object = {}): object => ({
  display_name: name,
  type,
  image_key_name: key,
  ...more,
});
const product = (
  product_name: string,
  image_group: string,
  compute_type_name: string,
  more: object = {},
) => ({
  name: product_name,
  product_name,
  image_group,
  compute_type_name,
  input_type_name: 'userinput',
  ...more,
});
const standard = product('standard-batch', 'g', 'batch');

/** The images of one product with these entries. */
const read = (entries: readonly unknown[], apps: readonly unknown[] = [standard]) =>
  parseImages({ image_groups: { g: [...entries] } }, { defaultApps: [...apps] });

// Source: docs/protocols/juliahub.md, 3.2; the cases of 10.2.
describe('the images of a JuliaHub server', () => {
  it('are sorted with the standard product and its default first', () => {
    const { images, warnings } = parseImages(
      { image_groups: { ...imageGroups } as Record<string, unknown[]> },
      { defaultApps: [...defaultApps, { broken: true }, 7] },
    );
    assert.deepEqual(images.map(toImageKey), [
      'standard-batch/Stable',
      'standard-batch/Dev',
      'winworkstation-batch/Stable',
    ]);
    assert.equal(warnings.length, 1, 'one warning about the unknown type');
    assert.deepEqual(findImage(images, 'standard-batch/Stable'), {
      product: 'standard-batch',
      name: 'Stable',
      isBase: true,
      cpuKey: 'stable-cpu',
      gpuKey: 'stable-gpu',
      tag: 'v10.6.1',
      interactive: 'standard-interactive',
    });
    assert.equal(findImage(images, 'standard-batch/Nope'), undefined);
    assert.equal(findImage(images, 'winworkstation-batch/Stable')?.interactive, undefined);
  });

  it('have the tag of the first entry of their name only', () => {
    const { images } = read([
      entry('A', 'base-cpu', 'a-cpu'),
      entry('A', 'base-gpu', 'a-gpu', { image_tag: 'v2' }),
      entry('B', 'option-gpu', 'b-gpu', { image_tag: 'v1' }),
    ]);
    assert.deepEqual(
      images.map(({ name, tag }) => [name, tag]),
      [
        ['A', undefined],
        ['B', 'v1'],
      ],
    );
  });

  it('omits contradictory entries, with a warning', () => {
    for (const entries of [
      [entry('A', 'base-cpu', '1'), entry('A', 'base-cpu', '2')],
      [entry('A', 'base-gpu', '1'), entry('A', 'option-cpu', '2')],
      [entry('A', 'base-cpu', '1'), entry('A', 'base-cpu', '2'), entry('A', 'base-gpu', '3')],
      [entry('A', 'base-tpu', '1')],
      [{ display_name: 'A' }],
    ]) {
      const { images, warnings } = read(entries);
      assert.deepEqual(images, []);
      assert.ok(warnings.length > 0);
    }
  });

  it('have no interactive product if none or several match', () => {
    const image = [entry('A', 'base-cpu', '1')];
    const twin = (name: string, more: object = {}) => product(name, 'g', 'distributed-interactive', more);
    const of = (...apps: object[]) => read(image, [standard, ...apps]);
    assert.equal(of().images[0]?.interactive, undefined);
    assert.equal(of(twin('i')).images[0]?.interactive, 'i');
    assert.equal(of(twin('i', { image_group: 'h' })).images[0]?.interactive, undefined);
    assert.equal(of(twin('i', { input_type_name: 'none' })).images[0]?.interactive, undefined);
    const several = of(twin('i'), twin('j'));
    assert.equal(several.images[0]?.interactive, undefined);
    assert.match(several.warnings.join(), /several interactive products/);
  });

  it('accepts an empty list', () => {
    assert.deepEqual(read([]).images, []);
    assert.deepEqual(read([entry('A', 'base-cpu', '1')], []).images, []);
    const other = [product('x', 'nowhere', 'batch')];
    assert.deepEqual(read([entry('A', 'base-cpu', '1')], other).images, []);
  });
});

// Source: docs/protocols/juliahub.md, 3.2, servers up to 6.1.
describe('the images of a JuliaHub server without products', () => {
  it('have one key for both kinds of nodes, and no port', () => {
    const { images, warnings } = parseImageOptions({ image_options: imageOptions });
    assert.deepEqual(images, [
      { product: '@legacy', name: 'JuliaSim', isBase: false, cpuKey: 'juliasim-1', gpuKey: 'juliasim-1' },
    ]);
    assert.equal(warnings.length, 1, 'one warning about the malformed option');
  });

  for (const [what, options] of [
    ['nothing', undefined],
    ['a list', []],
    ['malformed options', { batchjob: [{ attrid: 'sysimg' }] }],
  ] as const)
    it(`are empty for ${what}, with a warning`, () => {
      const { images, warnings } = parseImageOptions({ image_options: options });
      assert.deepEqual([images.length, warnings.length], [0, 1]);
    });

  it('are empty if only other attributes can be selected', () => {
    const other = { batchjob: [{ attrid: 'size', attrchoices: [{ text: 'a', value: 'b' }] }] };
    assert.deepEqual(parseImageOptions({ image_options: other }), { images: [], warnings: [] });
  });
});
