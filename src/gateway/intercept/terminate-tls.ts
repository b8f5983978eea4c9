import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";

/** A client whose TLS ends here. */
export interface Terminated {
  readonly tls: TLSSocket;
  readonly protocol: "h2" | "http/1.1";
}

/**
 * Answers the ClientHello that stands unread in front of the socket. Null when the handshake fails or is late; both sockets are
 * closed then. A client that offers no protocol speaks HTTP/1.1.
 */
export function terminateTls(socket: Socket, context: SecureContext, deadlineMs: number): Promise<Terminated | null> {
  return new Promise((resolve) => {
    const tls = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    const finish = (result: Terminated | null): void => {
      clearTimeout(timer);
      if (result === null) {
        tls.destroy();
        socket.destroy();
      }
      resolve(result);
    };
    const timer = setTimeout(() => finish(null), deadlineMs);
    // Stays for the socket's whole life: no later failure is ever unhandled.
    tls.on("error", () => finish(null));
    tls.once("close", () => finish(null));
    tls.once("secure", () => {
      // As tls.Server does it: HTTP/2 waits for as long as this says that a handshake is under way.
      Object.assign(tls, { secureConnecting: false });
      finish({ tls, protocol: tls.alpnProtocol === "h2" ? "h2" : "http/1.1" });
    });
  });
}

/** The server name that OpenSSL itself has read, in lower case; null = none. */
export function serverNameOf(tls: TLSSocket): string | null {
  const name = (tls as TLSSocket & { readonly servername?: string | false | null }).servername;
  return typeof name === "string" && name !== "" ? name.toLowerCase() : null;
}
