import { createServer } from "node:http";
import type { Server } from "node:http";
import { CoopError } from "../../diagnostics/coop-error.ts";
import type { MetricsAddress } from "./metrics-address.ts";
import type { WatchMetrics } from "./watch-metrics.ts";

/** Serves `GET /metrics` until it is closed. Rejects where the address cannot be had. */
export function serveMetrics(metrics: WatchMetrics, { host, port }: MetricsAddress): Promise<Server> {
  const server = createServer((request, response) => {
    const isMetrics = request.url?.split("?", 1)[0] === "/metrics";
    if (!isMetrics || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(isMetrics ? 405 : 404, { "content-type": "text/plain" });
      return void response.end("Metrics are at GET /metrics.\n");
    }
    void metrics.text().then((text) => {
      response.writeHead(200, { "content-type": metrics.contentType });
      response.end(request.method === "HEAD" ? "" : text);
    });
  });
  // Nobody holds the watch by a connection that says nothing.
  server.headersTimeout = 5000;
  server.requestTimeout = 5000;
  server.maxConnections = 16;
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new CoopError("USAGE", `Metrics cannot be served at ${host}:${port}: ${cause.message}`, {
          cause,
          mend: "Name another address: --metrics 127.0.0.1:9464.",
        }),
      ),
    );
    server.listen(port, host, () => resolve(server));
  });
}
