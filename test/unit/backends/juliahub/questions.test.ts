import assert from 'node:assert/strict';
import { parseImages } from '../../../../src/backends/juliahub/images.js';
import { parseNodes } from '../../../../src/backends/juliahub/nodes.js';
import type { JuliaHubCatalog } from '../../../../src/backends/juliahub/catalog.js';
import { createJuliaHubQuestions } from '../../../../src/backends/juliahub/questions.js';
import type { Application, JobWorkload } from '../../../../src/core/domain/jobSpec.js';
import type { QuestionAnswers, QuestionChoice, Question } from '../../../../src/core/domain/questions.js';
import { validateAnswers } from '../../../../src/core/domain/questions.js';
import { defaultApps, imageGroups, nodeRows } from '../../../doubles/juliahub/catalog.js';

const never = new AbortController().signal;
const { images } = parseImages(
  { image_groups: { ...imageGroups } as Record<string, unknown[]> },
  { defaultApps: [...defaultApps] },
);
const offers: JuliaHubCatalog = {
  nodes: () => Promise.resolve(parseNodes(nodeRows)),
  images: () => Promise.resolve(images),
  applications: () => assert.fail('not for questions'),
  projects: () => Promise.resolve([{ id: '01234567-89ab-cdef-0123-456789abcdef', name: 'Climate' }]),
  generation: () => assert.fail('not for questions'),
};
const all = (work: JobWorkload['kind'] = 'script'): readonly Question[] =>
  createJuliaHubQuestions(work, offers);
function question(id: string, work?: JobWorkload['kind']): Question {
  const found = all(work).find((one) => one.id === id);
  assert.ok(found, id);
  return found;
}
const choices = async (id: string, answers: QuestionAnswers = {}): Promise<readonly QuestionChoice[]> =>
  (await question(id).choices?.(never, answers)) ?? assert.fail('it has choices');

describe('the questions of a submission to JuliaHub', () => {
  it('require only the node; all others have a default', () => {
    const ids = (work: JobWorkload['kind']): readonly string[] =>
      all(work)
        .filter(({ optional, isVisible: when }) => !optional && !when)
        .map(({ id }) => id);
    for (const work of ['script', 'bundle', 'application'] as const) assert.deepEqual(ids(work), ['node']);
    assert.equal(validateAnswers(all(), { node: 'm6/2/8' }), undefined);
    assert.equal(validateAnswers(all(), {})?.question.id, 'node');
  });

  it('include a version for applications, and an image otherwise', () => {
    const has = (id: string, work: JobWorkload['kind']): boolean => all(work).some((one) => one.id === id);
    assert.deepEqual(
      [has('image', 'script'), has('image', 'bundle'), has('image', 'application')],
      [true, true, false],
    );
    assert.deepEqual([has('version', 'script'), has('version', 'application')], [false, true]);
    const { isVisible: when, validate: check } = question('version', 'application');
    assert.deepEqual(
      ['release', 'branch', 'revision'].map((versionKind) => when?.({ versionKind })),
      [false, true, true],
    );
    assert.equal(check?.('', { versionKind: 'branch' }), undefined);
    assert.ok(check?.(' ', { versionKind: 'revision' }));
  });

  it("include neither a version nor a port for the server's own applications", () => {
    const idsFor = (application: Application): readonly string[] =>
      createJuliaHubQuestions('application', offers, application).map(({ id }) => id);
    const own = idsFor({ id: 'default/pluto', title: 'Pluto' });
    const ofPackage = idsFor({ id: 'package/1234', title: 'Fit' });
    for (const id of ['port', 'access', 'password', 'dnsPrefix', 'versionKind', 'version'])
      assert.deepEqual([own.includes(id), ofPackage.includes(id)], [false, true], id);
    assert.ok(own.includes('node') && own.includes('project'));
  });

  it('show nodes by size with their price, those with a GPU last', async () => {
    const nodes = await choices('node');
    assert.deepEqual(nodes[0], {
      value: 'm6/2/8',
      label: 'm6 · 2 vCPU, 8 GB',
      description: '$0.17 per hour',
      detail: '3.5 GHz Intel Xeon Platinum 8375C',
    });
    assert.deepEqual(
      nodes.slice(-2).map(({ label }) => label),
      ['p2 · 4 vCPU, 61 GB, GPU K80', 'p3 · 8 vCPU, 61 GB, GPU V100'],
    );
  });

  it('accept minimum resources instead of a node', async () => {
    const { allowCustom: free, validate: check } = question('node');
    assert.equal(free, true);
    for (const right of ['m6/2/8', 'z9/1000/1', '8 cpu 32 gb', 'GPU'])
      assert.equal(check?.(right, {}), undefined, right);
    for (const wrong of ['', '8', 'large', '2 gpu', '0 cpu', '8 cpu 9 cpu', '8 cpu and 2 gb'])
      assert.ok(check?.(wrong, {}), wrong);
    assert.equal(validateAnswers(all(), { node: '8 cpu 32 gb' }), undefined);
    const images = (await choices('image', { node: '2 cpu gpu' })).map(({ value }) => value);
    assert.ok(!images.includes('standard-batch/Dev'), 'which runs on no node with a GPU');
  });

  it("offer the server's default first, then the images that run on the node", async () => {
    const labels = async (node: string): Promise<readonly string[]> =>
      (await choices('image', { node })).map(({ value }) => value);
    assert.deepEqual(await labels('m6/2/8'), [
      '',
      'standard-batch/Stable',
      'standard-batch/Dev',
      'winworkstation-batch/Stable',
    ]);
    assert.deepEqual(await labels('p2/4/61/gpu'), [
      '',
      'standard-batch/Stable',
      'winworkstation-batch/Stable',
    ]);
  });

  it('offer projects, and none', async () => {
    assert.deepEqual(
      (await choices('project')).map(({ label }) => label),
      ['None', 'Climate'],
    );
  });

  it('reject invalid answers', () => {
    const of = (id: string, value: string, answers: QuestionAnswers = {}): boolean =>
      question(id).validate?.(value, answers) !== undefined;
    assert.ok(of('nodes', '4-4') && of('nodes', '2-4', { elastic: 'yes' }) && !of('nodes', '2-4'));
    assert.ok(of('port', '80') && !of('port', '8080') && !of('port', ''));
    assert.ok(of('password', 'short') && of('dnsPrefix', 'No!'));
  });

  it('include the access to a port only if there is one, and hide its password', () => {
    const asks = (id: string, answers: QuestionAnswers): boolean =>
      question(id).isVisible?.(answers) === true;
    for (const id of ['access', 'password', 'dnsPrefix']) assert.equal(asks(id, { port: ' ' }), false);
    assert.ok(asks('access', { port: '8080' }) && asks('dnsPrefix', { port: '8080' }));
    assert.equal(asks('password', { port: '8080', access: 'me' }), false);
    assert.ok(asks('password', { port: '8080', access: 'password' }));
    assert.deepEqual(
      all()
        .filter(({ secret }) => secret)
        .map(({ id }) => id),
      ['password'],
    );
  });
});
