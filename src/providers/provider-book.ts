import type { Provider } from "../model/provider.ts";
import { BUILT_IN } from "./built-in.gen.ts";

/** Every provider that a `credentials` entry may name. */
export interface ProviderBook {
  find(name: string): Provider | null;
  /** Sorted. */
  readonly names: readonly string[];
}

export const BUILT_IN_PROVIDERS: ProviderBook = providerBook([]);

/** The built-in providers and a user's own ones, which never have the name of a built-in. */
export function providerBook(own: readonly Provider[]): ProviderBook {
  const byName = new Map([...own, ...BUILT_IN].map((provider) => [provider.name, provider]));
  return { find: (name) => byName.get(name) ?? null, names: [...byName.keys()].toSorted() };
}

/** Whether a name belongs to coop. */
export function isBuiltIn(name: string): boolean {
  return BUILT_IN_PROVIDERS.find(name) !== null;
}
