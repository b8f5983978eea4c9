import type { Server } from "node:net";
import { aliasPort } from "./alias-port.ts";
import { startDnsStub } from "./dns-stub.ts";
import { startExplicitProxy } from "./explicit-proxy.ts";
import type { ForwarderIdentity } from "./forwarder-config.ts";
import { gatewayLink } from "./gateway-link.ts";
import { NameBook } from "./name-book.ts";
import { NameListeners } from "./name-listeners.ts";
import { parkPort } from "./park-port.ts";
import { publishPort } from "./publish-port.ts";

export interface ForwarderDeps {
  readonly who: ForwarderIdentity;
  /** The gateway's unix socket. */
  readonly gateway: string;
  /** Where proxy and stub listen; a port 0 is chosen by the system. */
  readonly address: string;
  readonly proxyPort: number;
  readonly dnsPort: number;
  /** Where a publisher listens. */
  readonly publishAddress: string;
  /** How long a client waits for a gateway that is away. */
  readonly awayMs?: number;
  readonly log: (line: string) => void;
}

export interface Forwarder {
  readonly proxyPort: number;
  readonly dnsPort: number;
  readonly close: () => void;
}

/** Starts what the forwarder's configuration asks for; resolves when all of it listens. */
export async function startForwarder(deps: ForwarderDeps): Promise<Forwarder> {
  const { who } = deps;
  const link = gatewayLink(deps.gateway, who.identity, who.key, deps.awayMs);
  const stopping = new AbortController();
  switch (who.config.kind) {
    case "sandbox": {
      const listeners = new NameListeners(link, deps.log);
      const names = new NameBook(link, (name, ports) => listeners.offer(name, ports));
      const stub = await startDnsStub(names, deps.address, deps.dnsPort);
      const proxy = await startExplicitProxy(link, deps.address, deps.proxyPort);
      for (const port of who.config.serves) parkPort(link, port, stopping.signal);
      const aliases = (who.config.aliases ?? []).map((each) => aliasPort(each, deps.log));
      return {
        proxyPort: portOf(proxy),
        dnsPort: stub.port,
        close: () => {
          stopping.abort();
          stub.close();
          proxy.close();
          listeners.close();
          for (const each of aliases) each.close();
        },
      };
    }
    case "relay":
      for (const port of who.config.serves) parkPort(link, port, stopping.signal);
      return { proxyPort: 0, dnsPort: 0, close: () => stopping.abort() };
    case "publisher": {
      const servers = await Promise.all(
        who.config.publishes.map((each) => publishPort(link, each, deps.publishAddress)),
      );
      return { proxyPort: 0, dnsPort: 0, close: () => servers.forEach((server) => server.close()) };
    }
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
