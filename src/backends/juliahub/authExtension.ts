import type { OtherExtensions } from '../../core/domain/language.js';

/** API of the JuliaHub Authentication extension. Source: docs/protocols/juliahub.md, 11.2. */
interface JuliaHubAuthApi {
  readonly authenticate?: (server: string, force: boolean) => Promise<unknown>;
}

/** Gets a token from the JuliaHub Authentication extension, which can prompt; undefined: not installed, or no token. */
export const createExtensionSignIn =
  (extensions: OtherExtensions) =>
  async (server: string, force: boolean): Promise<string | undefined> => {
    const api = await extensions.getApi<JuliaHubAuthApi>('JuliaComputing.juliahub-vscode-auth', true);
    const token = await api?.authenticate?.(server, force);
    return typeof token === 'string' && token !== '' ? token : undefined;
  };
