/** One secret of an Azure Key Vault. */
export interface AzureReference {
  readonly vault: string;
  readonly secret: string;
  /** 32 hexadecimal digits; null = the newest. */
  readonly version: string | null;
}

/**
 * Reads `vault/secret[/version]`; null = it is none. Strict, since a host's name is made of it: with `evil.example#` for a
 * vault's name the token of the user would go to another host.
 */
export function parseAzureReference(text: string): AzureReference | null {
  const [vault = "", secret = "", version = null, ...more] = text.split("/");
  const sound =
    /^[A-Za-z](?:-?[A-Za-z0-9]){2,23}$/u.test(vault) &&
    vault.length <= 24 &&
    /^[A-Za-z0-9-]{1,127}$/u.test(secret) &&
    (version === null || /^[0-9A-Fa-f]{32}$/u.test(version)) &&
    more.length === 0;
  return sound ? { vault: vault.toLowerCase(), secret, version } : null;
}
