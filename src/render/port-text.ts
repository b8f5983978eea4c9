/** Where a published port of a sandbox is: `coder:3000 at http://127.0.0.1:3001 (3000 was taken)`. */
export function portText({
  sandbox,
  port,
  hostPort,
}: {
  readonly sandbox: string;
  readonly port: number;
  readonly hostPort: number;
}): string {
  return `${sandbox}:${port} at http://127.0.0.1:${hostPort}${port === hostPort ? "" : ` (${port} was taken)`}`;
}
