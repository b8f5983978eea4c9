import { join } from "node:path";
import { issueIntermediate } from "../../src/authority/intermediate.ts";
import { type ProjectRoot, projectRoot } from "../../src/authority/project-root.ts";
import { keyPem, leafKeys, readSigner, signLeaf } from "../../src/gateway/intercept/sign-leaf.ts";
import type { Authority } from "../../src/gateway/provisions.ts";
import { DOMAIN } from "./names.ts";

/** What everybody here shows and trusts: P-256 throughout, for coop and its peers alike. */
export interface Certificates {
  /** For the gateway, under the root that clients trust. */
  readonly intermediate: Authority;
  /** PEM file with key and certificate of that root, for peers that sign with a root themselves. */
  readonly rootFile: string;
  /** PEM of the root that clients trust when a proxy answers. */
  readonly root: string;
  /** The upstream's own, by another authority. */
  readonly upstream: { readonly key: string; readonly cert: string; readonly root: string };
}

const HOSTS = [{ kind: "any-depth", suffix: DOMAIN }] as const;

export async function certificates(folder: string): Promise<Certificates> {
  const now = Date.now();
  const project = await projectRoot(join(folder, "project"), "bench", now);
  const world = await projectRoot(join(folder, "world"), "bench-world", now);
  return {
    intermediate: await issueIntermediate(project, HOSTS, now),
    rootFile: join(folder, "project", "root.pem"),
    root: project.certificate.toString("pem"),
    upstream: await upstreamCertificate(world, now),
  };
}

async function upstreamCertificate(world: ProjectRoot, now: number): Promise<Certificates["upstream"]> {
  const signer = await readSigner(await issueIntermediate(world, HOSTS, now));
  const keys = await leafKeys();
  const { pem } = await signLeaf(signer, keys.publicKey, `*.${DOMAIN}`, now);
  return {
    key: await keyPem(keys.privateKey),
    cert: `${pem}\n${signer.chain}`,
    root: world.certificate.toString("pem"),
  };
}
