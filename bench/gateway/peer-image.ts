import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { pack } from "tar-stream";

export type PeerImage =
  | { readonly kind: "there"; readonly tag: string; readonly squid: string; readonly mitmproxy: string }
  | { readonly kind: "missing"; readonly why: string };

const dockerfile = (base: string): string =>
  [
    `FROM ${base}`,
    "RUN apt-get update && apt-get install -y --no-install-recommends squid-openssl mitmproxy && rm -rf /var/lib/apt/lists/*",
    "RUN squid -v | sed -n 's/.*Version /squid=/p' > /versions && mitmdump --version | sed -n 's/^Mitmproxy: /mitmproxy=/p' >> /versions",
    "",
  ].join("\n");

/** Squid with OpenSSL and mitmproxy from Debian's packages on the base image; built where it is not there yet. */
export async function peerImage(docker: Dockerode, base: string, say: (line: string) => void): Promise<PeerImage> {
  const text = dockerfile(base);
  const tag = `coop.local/bench-proxies:${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
  const there = await docker
    .getImage(tag)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (!there) {
    say(`building ${tag}: squid-openssl and mitmproxy of Debian (a minute or some; once)`);
    try {
      await built(docker, tag, text);
    } catch (error) {
      return {
        kind: "missing",
        why: `their image could not be built: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }
  const versions = await said(docker, tag, ["cat", "/versions"]);
  const of = (name: string): string =>
    new RegExp(`^${name}=(\\S+)`, "m").exec(versions)?.[1] ?? "of an unknown version";
  return { kind: "there", tag, squid: `squid ${of("squid")}`, mitmproxy: `mitmproxy ${of("mitmproxy")}` };
}

async function built(docker: Dockerode, tag: string, text: string): Promise<void> {
  const context = pack();
  context.entry({ name: "Dockerfile" }, text);
  context.finalize();
  // A tar stream is a readable stream, which the types do not say.
  const output = await docker.buildImage(context as unknown as Readable & NodeJS.ReadableStream, {
    t: tag,
    forcerm: true,
  });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(output, (error, events: readonly { readonly error?: string }[] | null) => {
      const failed = error?.message ?? events?.find((each) => each.error !== undefined)?.error;
      if (failed === undefined) resolve();
      else reject(new Error(failed));
    });
  });
}

async function said(docker: Dockerode, image: string, command: readonly string[]): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: [...command],
    // Otherwise the engine puts bytes of its own between the lines.
    Tty: true,
    HostConfig: { NetworkMode: "none" },
  });
  try {
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true, stderr: true })).toString("utf8");
  } finally {
    await container.remove({ force: true });
  }
}
