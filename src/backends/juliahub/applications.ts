import * as z from 'zod/mini';
import type { Application } from '../../core/domain/jobSpec.js';

/** An application and the values that a submission of it requires. */
export interface RegisteredApplication extends Application {
  /**
   * A registered package, a package in the user's Git repository, or one of the server's own applications.
   */
  readonly kind: 'package' | 'repository' | 'default';
  /** The package's name, or the default application's `appType`. */
  readonly name: string;
  /** The package's UUID, the repository's URL, or the default application's `appType`. */
  readonly identity: string;
  readonly registry?: string;
}

/** Source: docs/protocols/juliahub.md, 8. */
const PackageShape = z.object({
  name: z.string(),
  uuid: z.string(),
  registrymap: z.optional(
    z.array(z.object({ id: z.union([z.string(), z.number()]), status: z.optional(z.boolean()) })),
  ),
});
const RepositoryShape = z.object({ name: z.string(), repourl: z.string() });
const DefaultApplicationShape = z.object({
  name: z.string(),
  appType: z.string(),
  compute_type_name: z.optional(z.string()),
});
const RegistryShape = z.object({ id: z.union([z.string(), z.number()]), name: z.string() });
/** The response that lists registries. */
export const RegistriesShape = z.object({ registries: z.array(z.unknown()) });

/** True for an application that the server itself provides. */
export const isDefaultApplication = ({ id }: Application): boolean => id.startsWith(defaultPrefix);
const defaultPrefix = 'default/';

/** The entries of the four lists, not validated yet. */
export interface ApplicationLists {
  readonly packages: readonly unknown[];
  readonly repositories: readonly unknown[];
  readonly defaults: readonly unknown[];
  readonly registries: readonly unknown[];
}

/** All applications, the server's own first. Entries of an unknown form are omitted and counted. */
export function parseApplications(lists: ApplicationLists): {
  readonly applications: readonly RegisteredApplication[];
  readonly malformed: number;
} {
  const registries = parseEntries(lists.registries, RegistryShape);
  const getRegistry = (ids: readonly { readonly id: string | number }[]): string | undefined => {
    const wanted = new Set(ids.map(({ id }) => String(id)));
    return registries.find(({ id }) => wanted.has(String(id)))?.name;
  };
  const told = parseEntries(lists.defaults, DefaultApplicationShape);
  const defaults = told
    .filter(({ compute_type_name: type }) => type !== 'batch' && type !== 'singlenode-batch')
    .map(({ name, appType }): RegisteredApplication => ({
      id: `${defaultPrefix}${appType}`,
      title: name,
      detail: 'from the server',
      kind: 'default',
      name: appType,
      identity: appType,
    }));
  const packages = parseEntries(lists.packages, PackageShape).map(
    ({ name, uuid, registrymap = [] }): RegisteredApplication => {
      const registry = getRegistry(registrymap.filter(({ status }) => status !== false));
      const detail = registry === undefined ? 'package' : `package from registry ${registry}`;
      const known = registry === undefined ? {} : { registry };
      return { id: `package/${uuid}`, title: name, detail, kind: 'package', name, identity: uuid, ...known };
    },
  );
  const repositories = parseEntries(lists.repositories, RepositoryShape).map(
    ({ name, repourl }): RegisteredApplication => ({
      id: `repository/${repourl}`,
      title: name,
      detail: repourl,
      kind: 'repository',
      name,
      identity: repourl,
    }),
  );
  const all = [lists.packages, lists.repositories, lists.defaults, lists.registries].flat().length;
  const understood = told.length + packages.length + repositories.length + registries.length;
  return { applications: [...defaults, ...packages, ...repositories], malformed: all - understood };
}

function parseEntries<T extends z.ZodMiniType>(entries: readonly unknown[], shape: T): readonly z.infer<T>[] {
  return entries.flatMap((entry) => {
    const read = shape.safeParse(entry);
    return read.success ? [read.data] : [];
  });
}

/** The GraphQL query for the user's projects. Source: docs/protocols/juliahub.md, 8. */
export const projectsQuery =
  'query { projects(limit: 200, order_by: {created_at: desc}) { project_id name is_archived } }';
/** The response to {@link projectsQuery}. */
export const ProjectsShape = z.object({
  data: z.object({
    projects: z.array(
      z.object({
        project_id: z.string(),
        name: z.string(),
        is_archived: z.optional(z.nullable(z.boolean())),
      }),
    ),
  }),
});
