import { createServer } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { HttpsRequest } from "../../src/sources/https-request.ts";
import { httpsRequest } from "../../src/sources/https-request.ts";
import { aCertificate } from "../gateway/support/certificate.ts";

export interface Heard {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface HttpsServer {
  readonly port: number;
  /** The server's certificate, which is its own authority. */
  readonly ca: string;
  readonly heard: readonly Heard[];
  /** Asks this server whatever the name is, and trusts it alone. */
  readonly request: HttpsRequest;
  /** The same without trusting it. */
  readonly distrusting: HttpsRequest;
  readonly lookup: LookupFunction;
}

/** A real https server on loopback that answers to these names until the test ends. */
export async function anHttpsServer(
  names: readonly string[],
  answer: (asked: Heard) => Answer | Promise<Answer>,
): Promise<HttpsServer> {
  const heard: Heard[] = [];
  const { key, cert } = aCertificate(names);
  const server = createServer({ key, cert }, (request, response) => {
    const reply = async (): Promise<void> => {
      const asked = {
        method: request.method ?? "",
        host: request.headers.host ?? "",
        path: request.url ?? "",
        authorization: request.headers.authorization,
        body: await text(request),
      };
      heard.push(asked);
      const { status = 200, headers = {}, body } = await answer(asked);
      response.writeHead(status, headers);
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    reply().catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // A TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  const lookup: LookupFunction = (_name, options, done) =>
    options.all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  const options = { deadlineMs: 20_000, maxBytes: 64 * 1024, lookup };
  return {
    port,
    ca: cert,
    heard,
    lookup,
    request: httpsRequest({ ...options, ca: cert }),
    distrusting: httpsRequest(options),
  };
}
