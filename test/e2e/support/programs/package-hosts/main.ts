// Stands in for the hosts that npm and pip ask, each with one tiny package. Configured by PACKAGE_HOSTS.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { saw } from "../record.ts";
import { wheel } from "./wheel.ts";

interface Answer {
  readonly type: string;
  readonly body: string | Buffer;
}

const { key, cert, npm } = JSON.parse(process.env["PACKAGE_HOSTS"] ?? "{}") as {
  readonly key: string;
  readonly cert: string;
  /** The host that npm asks. */
  readonly npm: string;
};
const NAME = "coop_tiny";
const VERSION = "1.0.0";
const WHEEL = `${NAME}-${VERSION}-py3-none-any.whl`;

const tarball = npmTarball();
const wheelBytes = wheel(NAME, VERSION, 'GREETING = "hello from pip"\n');

const ANSWERS: Readonly<Record<string, Answer>> = {
  [`${npm}/${NAME}`]: { type: "application/json", body: JSON.stringify(packument()) },
  [`${npm}/${NAME}/-/${NAME}-${VERSION}.tgz`]: { type: "application/octet-stream", body: tarball },
  "pypi.org/simple/coop-tiny/": {
    type: "text/html",
    body: `<!DOCTYPE html><a href="https://files.pythonhosted.org/packages/${WHEEL}#sha256=${hex(wheelBytes)}">${WHEEL}</a>`,
  },
  [`files.pythonhosted.org/packages/${WHEEL}`]: { type: "application/octet-stream", body: wheelBytes },
};

createServer({ key, cert }, (request, response) => {
  const { method, url: path = "", rawHeaders: headers } = request;
  const host = request.headers.host ?? "";
  saw({ kind: "request", host, method, path, headers });
  const answer = method === "GET" ? ANSWERS[`${host}${path}`] : undefined;
  if (answer === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": answer.type }).end(answer.body);
}).listen(443, "::", () => saw({ kind: "ready" }));

function npmTarball(): Buffer {
  mkdirSync("/tmp/npm/package", { recursive: true });
  writeFileSync("/tmp/npm/package/package.json", JSON.stringify({ name: NAME, version: VERSION, main: "main.js" }));
  writeFileSync("/tmp/npm/package/main.js", 'module.exports = "hello from npm";\n');
  return execFileSync("tar", ["-czf", "-", "-C", "/tmp/npm", "package"]);
}

function packument(): unknown {
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const dist = { integrity, tarball: `https://${npm}/${NAME}/-/${NAME}-${VERSION}.tgz` };
  return {
    name: NAME,
    "dist-tags": { latest: VERSION },
    versions: { [VERSION]: { name: NAME, version: VERSION, main: "main.js", dist } },
  };
}

function hex(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
