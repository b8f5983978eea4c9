import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type Dockerode from "dockerode";
import type { Certificates } from "./certificates.ts";
import { freePort } from "./coop-gateway.ts";
import { PLACEHOLDER, SECRET } from "./names.ts";
import { startPeer } from "./peer-container.ts";
import type { Proxy, Setting } from "./proxy.ts";

const CERTGEN = "/usr/lib/squid/security_file_certgen";

/**
 * Squid with two ports: one that tunnels, one that bumps at the first step, which lets it keep connections to upstreams as coop
 * does (after a look at the server's certificate each client would have its own). One worker; a line of log for each request.
 */
export async function startSquid(
  docker: Dockerode,
  project: string,
  image: string,
  setting: Setting,
  known: Certificates,
): Promise<Proxy> {
  const [tunnelPort, bumpPort] = [await freePort(), await freePort()];
  copyFileSync(known.rootFile, join(setting.folder, "root.pem"));
  writeFileSync(join(setting.folder, "upstream.pem"), known.upstream.root);
  writeFileSync(join(setting.folder, "squid.conf"), configuration(tunnelPort, bumpPort));
  const script = [
    "set -e",
    "mkdir -p /run/squid && chown proxy /run/squid /var/log/peer",
    // Read as another user than it was written by.
    "install -o proxy -m 0600 /bench/root.pem /run/squid/root.pem",
    `${CERTGEN} -c -s /run/squid/certificates -M 64MB >/dev/null`,
    "chown -R proxy /run/squid/certificates",
    "exec squid -N -f /bench/squid.conf",
  ].join("\n");
  const container = await startPeer(docker, project, image, setting, script, bumpPort);
  const way = (name: string, port: number, reads: boolean): Proxy["tunnel"] => ({
    name,
    dial: { host: "127.0.0.1", port },
    opening: "",
    connects: true,
    port: setting.port,
    authorization: `Bearer ${reads ? PLACEHOLDER : SECRET}`,
    trust: reads ? known.root : known.upstream.root,
  });
  return {
    intercept: way("squid SslBump", bumpPort, true),
    tunnel: way("squid CONNECT", tunnelPort, false),
    pids: container.pids,
    end: container.end,
  };
}

function configuration(tunnelPort: number, bumpPort: number): string {
  return [
    `http_port 127.0.0.1:${tunnelPort}`,
    `http_port 127.0.0.1:${bumpPort} ssl-bump tls-cert=/run/squid/root.pem tls-key=/run/squid/root.pem generate-host-certificates=on dynamic_cert_mem_cache_size=64MB`,
    `sslcrtd_program ${CERTGEN} -s /run/squid/certificates -M 64MB`,
    "sslcrtd_children 2 startup=2",
    "ssl_bump bump all",
    "tls_outgoing_options cafile=/bench/upstream.pem",
    "sslproxy_cert_error deny all",
    "http_access allow all",
    "request_header_access Authorization deny all",
    `request_header_add Authorization "Bearer ${SECRET}" all`,
    "cache deny all",
    "buffered_logs on",
    "access_log stdio:/var/log/peer/access.log",
    "cache_log /var/log/peer/cache.log",
    "hosts_file /etc/hosts",
    "visible_hostname bench",
    "pinger_enable off",
    "pid_filename none",
    "coredump_dir none",
    "shutdown_lifetime 0 seconds",
    "cache_effective_user proxy",
    "",
  ].join("\n");
}
