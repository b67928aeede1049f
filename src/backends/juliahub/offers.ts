import * as z from 'zod/mini';
import type { Clock, Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import { read } from './answers.js';
import { isMissing, refusal } from './failedAnswer.js';
import {
  projectsQuery,
  readApplications,
  WireProjects,
  WireRegistries,
  type KnownApplication,
} from './applications.js';
import type { Calls } from './calls.js';
import {
  readImageOptions,
  readImages,
  WireDefaultApps,
  WireImageGroups,
  WireImageOptions,
  type Image,
} from './images.js';
import { readNodes, WireNodes, type NodeType } from './nodes.js';
import { ageOf, type Age } from './versions.js';

/** A project that a job can belong to. */
export interface Project {
  readonly id: string;
  readonly name: string;
}

/** The server's catalog. Each part is requested when needed and then cached for a while. */
export interface Offers {
  readonly nodes: (signal: AbortSignal) => Promise<readonly NodeType[]>;
  readonly images: (signal: AbortSignal) => Promise<readonly Image[]>;
  readonly applications: (signal: AbortSignal) => Promise<readonly KnownApplication[]>;
  /** Empty on servers too old to have projects. */
  readonly projects: (signal: AbortSignal) => Promise<readonly Project[]>;
  readonly age: (signal: AbortSignal) => Promise<Age>;
}

/** Dependencies of the catalog. */
export interface OffersParts {
  readonly calls: Calls;
  /** The version of the server's API; requested once. */
  readonly apiVersion: (signal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Prices and images change occasionally, but should not within one submission. In milliseconds. */
const keptMs = 300_000;

const Entries = z.array(z.unknown());

/** Creates the catalog of a server. */
export function offersOf({ calls, apiVersion, clock, log }: OffersParts): Offers {
  const { place } = calls;
  const age = async (signal: AbortSignal): Promise<Age> => ageOf(await apiVersion(signal));
  const defaults = kept(clock, (signal) =>
    get(calls, ['app', 'applications', 'default'], WireDefaultApps, 'applications', signal),
  );
  return {
    nodes: kept(clock, async (signal) => {
      const path = ['app', 'config', 'nodespecs', 'info'];
      const answer = await get(calls, path, WireNodes, 'node types', signal);
      if (answer.success === false) throw refusal(answer.message, place);
      const rows = answer.node_specs ?? [];
      const nodes = readNodes(rows);
      if (nodes.length < rows.length)
        log.warn(`${place}: omitted ${String(rows.length - nodes.length)} malformed node types`);
      if (nodes.length === 0)
        throw new JobError({ kind: 'badAnswer', place, what: 'node types, status 200' });
      return nodes;
    }),
    images: kept(clock, async (signal) => {
      const { hasProducts } = await age(signal);
      const ask = hasProducts ? imagesOf(calls, defaults, signal) : legacyImagesOf(calls, signal);
      const { images, warnings } = await ask;
      for (const warning of warnings) log.warn(`${place}: ${warning}`);
      return images;
    }),
    applications: kept(clock, async (signal) => {
      const [packages, repositories, { defaultApps }, { registries }] = await Promise.all([
        some(calls, ['app', 'applications', 'info'], 'packages', signal),
        some(calls, ['app', 'applications', 'myapps'], 'own applications', signal),
        defaults(signal),
        get(calls, ['app', 'packages', 'registries'], WireRegistries, 'registries', signal),
      ]);
      const lists = { packages, repositories, defaults: defaultApps, registries };
      const { applications: found, malformed } = readApplications(lists);
      if (malformed > 0)
        log.warn(`${place}: omitted ${String(malformed)} malformed applications or registries`);
      return found;
    }),
    projects: kept(clock, async (signal) => {
      const { hasProjects } = await age(signal);
      return hasProjects ? projectsOf(calls, signal) : [];
    }),
    age,
  };
}

type Defaults = (signal: AbortSignal) => Promise<z.infer<typeof WireDefaultApps>>;

async function get<T extends z.ZodMiniType>(
  calls: Calls,
  path: readonly string[],
  shape: T,
  what: string,
  signal: AbortSignal,
): Promise<z.infer<T>> {
  const answer = await calls.ask({ method: 'GET', path, reads: true }, signal);
  return read(answer, shape, { place: calls.place, what });
}

/** A list; empty if this server does not provide it. */
async function some(
  calls: Calls,
  path: readonly string[],
  what: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const answer = await calls.ask({ method: 'GET', path, reads: true }, signal);
  return isMissing(answer, [404]) ? [] : read(answer, Entries, { place: calls.place, what });
}

/** Images, and warnings about omitted ones. */
type ReadImages = ReturnType<typeof readImages>;

async function imagesOf(calls: Calls, defaults: Defaults, signal: AbortSignal): Promise<ReadImages> {
  const path = ['juliaruncloud', 'product_image_groups'];
  const answer = await calls.ask({ method: 'GET', path, query: { extended: 'true' }, reads: true }, signal);
  const groups = read(answer, WireImageGroups, { place: calls.place, what: 'images' });
  return readImages(groups, await defaults(signal));
}

/** Source: docs/protocols/juliahub.md, 3.2: servers up to 6.1. */
async function legacyImagesOf(calls: Calls, signal: AbortSignal): Promise<ReadImages> {
  const path = ['juliaruncloud', 'get_image_options'];
  const options = await get(calls, path, WireImageOptions, 'images', signal);
  if (options.success === false) throw refusal(options.message, calls.place);
  return readImageOptions(options);
}

async function projectsOf(calls: Calls, signal: AbortSignal): Promise<readonly Project[]> {
  const body = Buffer.from(JSON.stringify({ operationName: null, variables: {}, query: projectsQuery }));
  const headers = { 'Content-Type': 'application/json' };
  const call = { method: 'POST', path: ['v1', 'graphql'], body, headers, reads: true } as const;
  const { data } = read(await calls.ask(call, signal), WireProjects, {
    place: calls.place,
    what: 'projects',
  });
  return data.projects
    .filter(({ is_archived: isArchived }) => isArchived !== true)
    .map(({ project_id: id, name }) => ({ id, name }));
}

/** Caches a response for a while; failures are not cached. */
function kept<T>(
  clock: Clock,
  ask: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let last: { readonly value: T; readonly until: number } | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    const now = clock.now().getTime();
    if (last && last.until > now) return last.value;
    const value = await ask(signal);
    last = { value, until: now + keptMs };
    return value;
  };
}
