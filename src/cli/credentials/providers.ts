import { CoopError } from "../../diagnostics/coop-error.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { Provider } from "../../model/provider.ts";
import { readProviders } from "../../providers/own-providers.ts";
import type { ProviderBook } from "../../providers/provider-book.ts";
import type { Shell } from "../shell.ts";
import { settingsFolder } from "../user-folders.ts";

/** The built-in providers and the user's own. */
export function userProviders(shell: Shell): ProviderBook {
  return readProviders(settingsFolder(shell.environment));
}

/** The provider of that name. Rejects where there is none. */
export function namedProvider(name: string, book: ProviderBook): Provider {
  const found = book.find(name);
  if (found !== null) return found;
  const near = nearest(name, book.names);
  throw new CoopError("NOT_FOUND", `There is no provider "${name}".`, {
    mend: near === null ? `There are ${book.names.join(", ")}.` : `Did you mean ${near}?`,
  });
}

/** Whether a provider's requests are signed with an access key of AWS. */
export function signsForAws(provider: Provider | null): boolean {
  return provider?.places.some((each) => each.into.kind === "aws-sigv4") ?? false;
}
