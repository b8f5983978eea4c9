/** What the host lends the workspace: where programs are found, and where coop may keep what it can make again. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** coop's cache folder of this user. Views are packed here; nothing is written into the user's repository to build one. */
  readonly cacheFolder: string;
}
