import { AzureKeyVault } from "../../sources/azure-key-vault.ts";
import type { AzureAccess } from "../../sources/azure-key-vault.ts";
import { httpsRequest } from "../../sources/https-request.ts";
import { readSource } from "../../sources/source-reader.ts";
import type { SourceWorld } from "../../sources/source-reader.ts";
import type { UserSettings } from "../../sources/user-settings.ts";

const DEADLINE_MS = 20_000;
const MOST_BYTES = 256 * 1024;

/** Azure Key Vault as this user reaches it; null = nothing says how. A variable counts before the settings. */
export async function azureKeyVault(
  { azure }: UserSettings,
  world: Omit<SourceWorld, "azure">,
  signal: AbortSignal,
): Promise<AzureKeyVault | null> {
  const { environment } = world;
  const given = (name: string, setting: string | null): string | null => environment[name] || setting;
  const by = await accessBy();
  if (by === null) return null;
  const access: AzureAccess = {
    by,
    suffix: given("AZURE_KEYVAULT_DNS_SUFFIX", azure.suffix) ?? "vault.azure.net",
    authority: given("AZURE_AUTHORITY_HOST", azure.authority) ?? "login.microsoftonline.com",
  };
  return new AzureKeyVault(access, httpsRequest({ deadlineMs: DEADLINE_MS, maxBytes: MOST_BYTES }), () => Date.now());

  async function accessBy(): Promise<AzureAccess["by"] | null> {
    const token = environment["AZURE_KEYVAULT_TOKEN"];
    if (token) return { kind: "bearer", token };
    const tenant = given("AZURE_TENANT_ID", azure.tenant);
    const client = given("AZURE_CLIENT_ID", azure.client);
    const secret = environment["AZURE_CLIENT_SECRET"] || (await settledSecret());
    return tenant === null || client === null || secret === null ? null : { kind: "client", tenant, client, secret };
  }

  async function settledSecret(): Promise<string | null> {
    if (azure.secret === null) return null;
    const value = await readSource(azure.secret, "header", { ...world, azure: null }, signal);
    return value.kind === "text" ? value.text : null;
  }
}
