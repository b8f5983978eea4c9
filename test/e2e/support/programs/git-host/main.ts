// Stands in for a forge that serves git over https: git's own http-backend behind a password. Configured by GIT_HOST.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { saw } from "../record.ts";

interface Configuration {
  readonly key: string;
  readonly cert: string;
  /** What `Authorization` must say. */
  readonly authorization: string;
  /** Paths of repositories below the host. */
  readonly repositories: readonly string[];
}

const ROOT = "/tmp/repositories";
const { key, cert, authorization, repositories } = JSON.parse(process.env["GIT_HOST"] ?? "{}") as Configuration;

for (const path of repositories) makeRepository(path);
createServer({ key, cert }, serve).listen(443, "::", () => saw({ kind: "ready" }));

function makeRepository(path: string): void {
  const bare = join(ROOT, path);
  const git = (folder: string, ...args: readonly string[]): void =>
    void execFileSync("git", ["-C", folder, "-c", "user.name=Forge", "-c", "user.email=forge@example.org", ...args]);
  const work = `${bare}-work`;
  mkdirSync(work, { recursive: true });
  git(work, "init", "-q", "-b", "main");
  writeFileSync(join(work, "README.md"), `This is ${path}\n`);
  git(work, "add", "-A");
  git(work, "commit", "-q", "-m", "First");
  git(ROOT, "clone", "-q", "--bare", work, bare);
  git(bare, "config", "http.receivepack", "true");
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { method = "", url = "", rawHeaders: headers } = request;
  saw({ kind: "request", host: request.headers.host, method, path: url, headers });
  if (request.headers.authorization !== authorization) {
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="Forge"', "Content-Type": "text/plain" });
    return void response.end("Who are you?\n");
  }
  const [path = "", query = ""] = url.split("?");
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: ROOT,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_USER: "agent",
      REMOTE_ADDR: "127.0.0.1",
      REQUEST_METHOD: method,
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: request.headers["content-length"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  backend.stdin.on("error", () => undefined);
  request.pipe(backend.stdin);
  passOn(backend.stdout, response);
}

// A program behind a web server answers with headers, an empty line, and the body as it comes.
function passOn(answer: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  answer.on("data", (piece: Buffer) => {
    if (response.headersSent) return void response.write(piece);
    head = Buffer.concat([head, piece]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const lines = head.subarray(0, end).toString("latin1").split("\r\n");
    const pairs = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
    const status = Number.parseInt(pairs.find(([name]) => name === "Status")?.[1] ?? "200", 10);
    response.writeHead(status, Object.fromEntries(pairs.filter(([name]) => name !== "Status")));
    response.write(head.subarray(end + 4));
  });
  answer.on("end", () => response.end());
}
