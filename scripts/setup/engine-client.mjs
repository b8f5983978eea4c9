import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";

/** Speaks the Docker Engine API at one address, without the docker program. */
export class EngineClient {
  #target;
  #send;

  constructor(host) {
    this.host = host;
    const { send, target } = targetOf(host);
    this.#send = send;
    this.#target = target;
  }

  /** Sends a request and returns the response stream; a status from 400 on is a SetupError. */
  async request(method, path, { body, headers = {}, signal, timeoutMs } = {}) {
    const response = await new Promise((resolve, reject) => {
      const request = this.#send(Object.assign({ method, path, headers, signal, agent: false }, this.#target), resolve);
      request.on("error", reject);
      if (timeoutMs !== undefined) request.setTimeout(timeoutMs, () => request.destroy(new Error("no answer in time")));
      if (body === undefined || typeof body === "string") request.end(body);
      else body.on("error", (error) => request.destroy(error)).pipe(request);
    });
    if (response.statusCode < 400) return response;
    const text = await textOf(response);
    throw Object.assign(new SetupError(`The engine refused ${method} ${path}: ${messageOf(text)}`), {
      status: response.statusCode,
    });
  }

  async json(method, path, options) {
    const text = await textOf(await this.request(method, path, options));
    return text === "" ? undefined : JSON.parse(text);
  }

  /** For endpoints that report progress as JSON lines: hands on each one, and fails on an error among them. */
  async follow(method, path, { onEvent = () => {}, ...options } = {}) {
    const response = await this.request(method, path, options);
    let rest = "";
    for await (const chunk of response.setEncoding("utf8")) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines.filter((text) => text.trim() !== "")) {
        const event = JSON.parse(line);
        if (event.error !== undefined) throw new SetupError(event.error.trim());
        onEvent(event);
      }
    }
  }
}

function targetOf(host) {
  if (host.startsWith("unix://")) {
    return { send: http.request, target: { socketPath: host.slice("unix://".length), host: "docker" } };
  }
  const url = new URL(host.replace(/^tcp:/, "http:"));
  const target = { host: url.hostname, port: url.port || 2375 };
  const certificates = process.env.DOCKER_CERT_PATH;
  if (!process.env.DOCKER_TLS_VERIFY || certificates === undefined) {
    return { send: http.request, target };
  }
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((file) => readFileSync(join(certificates, file)));
  return { send: https.request, target: { ...target, ca, cert, key } };
}

async function textOf(response) {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

function messageOf(text) {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text;
  }
}
