import { type Server, type Socket, createServer } from "node:net";
import type { GatewayLink } from "./gateway-link.ts";
import { joinSockets, reset } from "../join-sockets.ts";
import { SyntheticAddresses } from "./synthetic-addresses.ts";

const REMEMBERED_NAMES = 1024;
const BACKLOG = 1024;

/** The TCP listeners behind the stub's answers: a connection to one is a connection to its name. */
export class NameListeners {
  readonly #link: GatewayLink;
  readonly #servers = new Map<string, Map<number, Server>>();
  readonly #addresses: SyntheticAddresses;
  readonly #log: (line: string) => void;

  constructor(link: GatewayLink, log: (line: string) => void) {
    this.#link = link;
    this.#log = log;
    this.#addresses = new SyntheticAddresses(REMEMBERED_NAMES, (address) => this.#close(address));
  }

  /** Listens under the name on exactly these ports and gives its address. */
  async offer(name: string, ports: readonly number[]): Promise<string> {
    const address = this.#addresses.addressOf(name);
    const servers = this.#servers.get(address) ?? new Map<number, Server>();
    this.#servers.set(address, servers);
    for (const [port, server] of servers) {
      if (ports.includes(port)) continue;
      servers.delete(port);
      server.close();
    }
    const missing = ports.filter((port) => !servers.has(port));
    await Promise.all(missing.map((port) => this.#listen(servers, address, port)));
    return address;
  }

  close(): void {
    for (const address of [...this.#servers.keys()]) this.#close(address);
  }

  async #listen(servers: Map<number, Server>, address: string, port: number): Promise<void> {
    const server = createServer(
      { allowHalfOpen: true, noDelay: true },
      (client) => void this.#carry(client, address, port),
    );
    servers.set(port, server);
    await new Promise<void>((resolve) => {
      server.once("listening", resolve);
      server.on("error", (error) => {
        // The sandbox itself may hold the port on every address: its own servers come first.
        this.#log(`cannot listen on ${address}:${port}: ${String(error)}`);
        if (servers.get(port) === server) servers.delete(port);
        resolve();
      });
      server.listen({ host: address, port, backlog: BACKLOG });
    });
  }

  async #carry(client: Socket, address: string, port: number): Promise<void> {
    client.on("error", () => client.destroy());
    const name = this.#addresses.nameOf(address);
    if (name === null) return reset(client);
    client.once("close", this.#addresses.hold(address));
    const answered = await this.#link.ask({ kind: "dial", name, port }, client).catch(() => null);
    if (answered?.reply.ok !== true) {
      answered?.socket.destroy();
      return reset(client);
    }
    await joinSockets(client, answered.socket, 0);
  }

  #close(address: string): void {
    for (const server of this.#servers.get(address)?.values() ?? []) server.close();
    this.#servers.delete(address);
  }
}
