import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobRequest } from '../../src/core/domain/jobSpec.js';
import type { QuestionChoice } from '../../src/core/domain/questions.js';
import type { DoubleOptions } from '../doubles/juliahub/double.js';
import { endOf, posts, problemOf, sentFields, timeline, trial, type Window } from './juliahubTrial.js';
import { tarOf } from './local.js';
import { linesOf, never, request, wholeLog } from './subject.js';
import { dryRun, sendBundle, sendScript, validate } from '../fakes/backendCalls.js';
import { juliaEnvironment } from '../fakes/julia.js';

const hour = 3_600_000;
const says = timeline('fit.jl', 'print hi\n');
const asks = (options: JobRequest['options'] = {}): JobRequest => request('fit', { limitMs: hour, options });

/** Servers of three generations. Source: docs/protocols/juliahub.md, 12.3. */
const before62: DoubleOptions = { controls: { legacy: true } };
const from62: DoubleOptions = { controls: { apiVersion: '0.0.1' } };
const from69: DoubleOptions = { controls: { apiVersion: '0.2.0' } };

async function choicesOf(backend: Window, id: string): Promise<readonly string[]> {
  const question = backend.submit.questions?.('script').find((one) => one.id === id);
  const choices: readonly QuestionChoice[] = (await question?.choices?.(never, {})) ?? assert.fail(id);
  return choices.map(({ value }) => value);
}

// The test server counts a request that a server of its generation does not support as a violation.
describe('JuliaHub: servers of several generations', () => {
  const products = ['', 'standard-batch/Stable', 'standard-batch/Dev', 'winworkstation-batch/Stable'];
  const projects = ['', '01234567-89ab-cdef-0123-456789abcdef', '11234567-89ab-cdef-0123-456789abcdef'];

  for (const [age, options, images, theirs, queries] of [
    ['up to 6.1 offer their own images and no project', before62, ['', '@legacy/JuliaSim'], [''], 1],
    ['since 6.2 offer the images of products and no project', from62, products, [''], 0],
    ['since 6.9 offer the images of products, and projects', from69, products, projects, 1],
  ] as const)
    it(`${age} (3.2, 12.3)`, () =>
      trial(options, async (backend, { double }) => {
        assert.deepEqual(await choicesOf(backend, 'image'), images);
        assert.deepEqual(await choicesOf(backend, 'project'), theirs);
        assert.equal(double.calls('POST /v1/graphql'), queries);
        assert.equal(double.calls('GET /api/v1'), 1, 'the version is requested once');
      }));

  it('up to 6.1 run a job with one of their images, on both kinds of nodes', () =>
    trial(before62, async (backend, place) => {
      for (const node of ['m6/4/16', 'p2/4/61/gpu']) {
        const id = await sendScript(backend, says, asks({ node, image: '@legacy/JuliaSim' }), never);
        const { product_name: product, image, image_tag: tag } = sentFields(place);
        assert.deepEqual([product, image, tag], ['@legacy', 'juliasim-1', undefined]);
        assert.equal((await endOf(backend, id)).state.word, 'Completed');
      }
    }));

  it('up to 6.1 run a job without an image without mentioning the generation', () =>
    trial(before62, async (backend, place) => {
      await sendScript(backend, says, asks(), never);
      assert.deepEqual([sentFields(place)['image'], place.double.calls('GET /api/v1')], [undefined, 0]);
    }));

  it('up to 6.1 reject image options with their own message', () =>
    trial(
      {
        controls: {
          legacy: true,
          alterList: (way, answer) =>
            way.endsWith('get_image_options') ? { success: false, message: 'no images today' } : answer,
        },
      },
      async (backend) => {
        const problem = await problemOf(choicesOf(backend, 'image'));
        assert.ok(problem.kind === 'refused' && problem.words === 'no images today');
      },
    ));

  it('up to 6.1 receive no unsupported options: no limit, a system image, a port with an image', () =>
    trial(before62, async (backend, place) => {
      const environment = juliaEnvironment('/p', { manifest: '# none\n' });
      const script = { ...says, environment };
      for (const [asked, why] of [
        [request('fit', { options: {} }), /requires a time limit/],
        [asks({ sysimage: 'yes' }), /system images/],
        [asks({ image: '@legacy/JuliaSim', port: '8080' }), /cannot open a port/],
        [asks({ image: 'standard-batch/Stable' }), /no longer available/],
      ] as const)
        for (const work of [
          () => validate(backend, { kind: 'script', script }, asked, never),
          () => dryRun(backend, { kind: 'script', script }, undefined, asked, never),
          () => sendScript(backend, script, asked, never),
        ]) {
          const problem = await problemOf(work());
          assert.ok(problem.kind === 'invalid', problem.kind);
          assert.match(problem.why, why);
        }
      assert.equal(posts(place), 0);
    }));

  it('since 6.2 receive them: their version does not reveal whether they support them', () =>
    trial(from62, async (backend, place) => {
      await sendScript(backend, says, request('fit', { options: {} }), never);
      assert.equal(sentFields(place)['limit_type'], 'unlimited');
    }));

  for (const [where, options] of [
    ['one folder above it (up to 6.2)', before62],
    ['in it', from69],
  ] as const)
    it(`run the script of a bundle if the job starts ${where}`, () =>
      trial(options, async (backend) => {
        const folder = await mkdtemp(join(tmpdir(), 'bj-age-'));
        try {
          const bundle = await tarOf(folder, 'project', { 'sub/main.jl': '#!timeline\nprint here\n' });
          const id = await sendBundle(backend, bundle, 'sub/main.jl', asks(), never);
          assert.equal((await endOf(backend, id)).state.word, 'Completed');
          assert.deepEqual(linesOf(await wholeLog(backend, id)), ['here']);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }));
});
