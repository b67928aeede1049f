import * as z from 'zod/mini';
import type { Clock, Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import { parseResponse } from './parseResponse.js';
import { isNotFoundResponse, createRefusalError } from './httpErrors.js';
import {
  projectsQuery,
  parseApplications,
  ProjectsShape,
  RegistriesShape,
  type RegisteredApplication,
} from './applications.js';
import type { ServerCalls } from './serverCalls.js';
import {
  parseImageOptions,
  parseImages,
  DefaultAppsShape,
  ImageGroupsShape,
  ImageOptionsResponseShape,
  type SoftwareImage,
} from './images.js';
import { parseNodes, NodesShape, type NodeType } from './nodes.js';
import { toServerGeneration, type ServerGeneration } from './serverGeneration.js';

/** A project that a job can belong to. */
export interface JuliaHubProject {
  readonly id: string;
  readonly name: string;
}

/** The server's catalog. Each part is requested when needed and then cached for a while. */
export interface JuliaHubCatalog {
  readonly nodes: (signal: AbortSignal) => Promise<readonly NodeType[]>;
  readonly images: (signal: AbortSignal) => Promise<readonly SoftwareImage[]>;
  readonly applications: (signal: AbortSignal) => Promise<readonly RegisteredApplication[]>;
  /** Empty on servers too old to have projects. */
  readonly projects: (signal: AbortSignal) => Promise<readonly JuliaHubProject[]>;
  readonly generation: (signal: AbortSignal) => Promise<ServerGeneration>;
}

/** Dependencies of the catalog. */
export interface JuliaHubCatalogDeps {
  readonly calls: ServerCalls;
  /** The version of the server's API; requested once. */
  readonly apiVersion: (signal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Prices and images change occasionally, but should not within one submission. In milliseconds. */
const catalogCacheMs = 300_000;

const EntriesShape = z.array(z.unknown());

/** Creates the catalog of a server. */
export function createJuliaHubCatalog({
  calls,
  apiVersion,
  clock,
  log,
}: JuliaHubCatalogDeps): JuliaHubCatalog {
  const { place } = calls;
  const age = async (signal: AbortSignal): Promise<ServerGeneration> =>
    toServerGeneration(await apiVersion(signal));
  const defaults = cacheResponse(clock, (signal) =>
    fetchShape(calls, ['app', 'applications', 'default'], DefaultAppsShape, 'applications', signal),
  );
  return {
    nodes: cacheResponse(clock, async (signal) => {
      const path = ['app', 'config', 'nodespecs', 'info'];
      const answer = await fetchShape(calls, path, NodesShape, 'node types', signal);
      if (answer.success === false) throw createRefusalError(answer.message, place);
      const rows = answer.node_specs ?? [];
      const nodes = parseNodes(rows);
      if (nodes.length < rows.length)
        log.warn(`${place}: omitted ${String(rows.length - nodes.length)} malformed node types`);
      if (nodes.length === 0)
        throw new JobError({ kind: 'badAnswer', place, what: 'node types, status 200' });
      return nodes;
    }),
    images: cacheResponse(clock, async (signal) => {
      const { hasProducts } = await age(signal);
      const ask = hasProducts ? fetchImages(calls, defaults, signal) : fetchLegacyImages(calls, signal);
      const { images, warnings } = await ask;
      for (const warning of warnings) log.warn(`${place}: ${warning}`);
      return images;
    }),
    applications: cacheResponse(clock, async (signal) => {
      const [packages, repositories, { defaultApps }, { registries }] = await Promise.all([
        fetchList(calls, ['app', 'applications', 'info'], 'packages', signal),
        fetchList(calls, ['app', 'applications', 'myapps'], 'own applications', signal),
        defaults(signal),
        fetchShape(calls, ['app', 'packages', 'registries'], RegistriesShape, 'registries', signal),
      ]);
      const lists = { packages, repositories, defaults: defaultApps, registries };
      const { applications: found, malformed } = parseApplications(lists);
      if (malformed > 0)
        log.warn(`${place}: omitted ${String(malformed)} malformed applications or registries`);
      return found;
    }),
    projects: cacheResponse(clock, async (signal) => {
      const { hasProjects } = await age(signal);
      return hasProjects ? fetchProjects(calls, signal) : [];
    }),
    generation: age,
  };
}

type DefaultAppsReader = (signal: AbortSignal) => Promise<z.infer<typeof DefaultAppsShape>>;

async function fetchShape<T extends z.ZodMiniType>(
  calls: ServerCalls,
  path: readonly string[],
  shape: T,
  what: string,
  signal: AbortSignal,
): Promise<z.infer<T>> {
  const answer = await calls.send({ method: 'GET', path, reads: true }, signal);
  return parseResponse(answer, shape, { place: calls.place, what });
}

/** A list; empty if this server does not provide it. */
async function fetchList(
  calls: ServerCalls,
  path: readonly string[],
  what: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const answer = await calls.send({ method: 'GET', path, reads: true }, signal);
  return isNotFoundResponse(answer, [404])
    ? []
    : parseResponse(answer, EntriesShape, { place: calls.place, what });
}

/** Images, and warnings about omitted ones. */
type ParsedImages = ReturnType<typeof parseImages>;

async function fetchImages(
  calls: ServerCalls,
  defaults: DefaultAppsReader,
  signal: AbortSignal,
): Promise<ParsedImages> {
  const path = ['juliaruncloud', 'product_image_groups'];
  const answer = await calls.send({ method: 'GET', path, query: { extended: 'true' }, reads: true }, signal);
  const groups = parseResponse(answer, ImageGroupsShape, { place: calls.place, what: 'images' });
  return parseImages(groups, await defaults(signal));
}

/** Source: docs/protocols/juliahub.md, 3.2: servers up to 6.1. */
async function fetchLegacyImages(calls: ServerCalls, signal: AbortSignal): Promise<ParsedImages> {
  const path = ['juliaruncloud', 'get_image_options'];
  const options = await fetchShape(calls, path, ImageOptionsResponseShape, 'images', signal);
  if (options.success === false) throw createRefusalError(options.message, calls.place);
  return parseImageOptions(options);
}

async function fetchProjects(calls: ServerCalls, signal: AbortSignal): Promise<readonly JuliaHubProject[]> {
  const body = Buffer.from(JSON.stringify({ operationName: null, variables: {}, query: projectsQuery }));
  const headers = { 'Content-Type': 'application/json' };
  const call = { method: 'POST', path: ['v1', 'graphql'], body, headers, reads: true } as const;
  const { data } = parseResponse(await calls.send(call, signal), ProjectsShape, {
    place: calls.place,
    what: 'projects',
  });
  return data.projects
    .filter(({ is_archived: isArchived }) => isArchived !== true)
    .map(({ project_id: id, name }) => ({ id, name }));
}

/** Caches a response for a while; failures are not cached. */
function cacheResponse<T>(
  clock: Clock,
  ask: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let last: { readonly value: T; readonly until: number } | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    const now = clock.now().getTime();
    if (last && last.until > now) return last.value;
    const value = await ask(signal);
    last = { value, until: now + catalogCacheMs };
    return value;
  };
}
