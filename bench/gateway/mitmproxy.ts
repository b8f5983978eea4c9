import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type Dockerode from "dockerode";
import type { Certificates } from "./certificates.ts";
import { freePort } from "./coop-gateway.ts";
import { PLACEHOLDER, SECRET } from "./names.ts";
import { startPeer } from "./peer-container.ts";
import type { Proxy, Setting } from "./proxy.ts";

/** mitmproxy without its screen, bodies streamed (otherwise it holds every one back until it is whole), and silent. */
export async function startMitmproxy(
  docker: Dockerode,
  project: string,
  image: string,
  setting: Setting,
  known: Certificates,
): Promise<Proxy> {
  const port = await freePort();
  mkdirSync(join(setting.folder, "mitmproxy"));
  writeFileSync(join(setting.folder, "mitmproxy", "mitmproxy-ca.pem"), readFileSync(known.rootFile));
  writeFileSync(join(setting.folder, "upstream.pem"), known.upstream.root);
  const options = [
    "confdir=/tmp/mitmproxy",
    "stream_large_bodies=1",
    "ssl_verify_upstream_trusted_ca=/bench/upstream.pem",
    "http2=false",
    "onboarding=false",
  ];
  const script = [
    "set -e",
    "cp -r /bench/mitmproxy /tmp/mitmproxy",
    [
      `exec mitmdump -q --listen-host 127.0.0.1 --listen-port ${port}`,
      ...options.map((option) => `--set ${option}`),
      `--modify-headers '/~q/Authorization/Bearer ${SECRET}'`,
    ].join(" "),
  ].join("\n");
  const container = await startPeer(docker, project, image, setting, script, port);
  return {
    intercept: {
      name: "mitmproxy",
      dial: { host: "127.0.0.1", port },
      opening: "",
      connects: true,
      port: setting.port,
      authorization: `Bearer ${PLACEHOLDER}`,
      trust: known.root,
    },
    tunnel: null,
    pids: container.pids,
    end: container.end,
  };
}
