import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { AddressInfo, ListenOptions, Server } from "node:net";
import type { Scope } from "./scope.ts";

/** Listeners of this machine itself, each of which answers with what it was told and remembers it. */
export interface HostListeners {
  /** On every address, both families, TCP and UDP. */
  readonly everywhere: number;
  /** On loopback alone, both families. */
  readonly loopback: number;
  /** The name of an abstract unix socket. */
  readonly abstract: string;
  readonly heard: () => readonly string[];
}

export async function hostListeners(scope: Scope): Promise<HostListeners> {
  const heard: string[] = [];
  const listen = async (options: ListenOptions): Promise<Server> => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        heard.push(data.toString("latin1").trim());
        socket.write(`host saw ${data.toString("latin1").trim()}\n`);
      });
    });
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(options, resolve));
    scope.later(() => server.close());
    return server;
  };
  const everywhere = portOf(await listen({ port: 0, host: "::" }));
  const loopback = portOf(await listen({ port: 0, host: "127.0.0.1" }));
  await listen({ port: loopback, host: "::1" });
  const abstract = `coop-${scope.unique()}`;
  await listen({ path: `\0${abstract}` });
  const udp = createSocket({ type: "udp6", ipv6Only: false });
  udp.on("message", (data, from) => {
    heard.push(data.toString("latin1").trim());
    udp.send(`host saw ${data.toString("latin1").trim()}`, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(everywhere, "::", resolve));
  scope.later(() => udp.close());
  return { everywhere, loopback, abstract, heard: () => heard };
}

function portOf(server: Server): number {
  // A server that listens on a port has an address of this form.
  return (server.address() as AddressInfo).port;
}
