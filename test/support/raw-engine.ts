import { request } from "node:http";
import { buffer } from "node:stream/consumers";

/** What the engine answers, as the JSON that it is. */
export type Json = Readonly<Record<string, any>>; // oxlint-disable-line typescript/no-explicit-any -- the engine's own bodies

let socketPath = (process.env["DOCKER_HOST"] ?? "").replace(/^unix:\/\//, "") || "/var/run/docker.sock";

/** Makes one call in Docker's words; rejects with a `statusCode`. */
type Interpreter = (method: string, path: string, body: unknown) => Promise<unknown>;

let interpreter: Interpreter | null = null;

/** From here on, this test file's calls go to another engine than Docker; those that answer with JSON by its interpreter. */
export function speakTo(socket: string, by: Interpreter): void {
  socketPath = socket;
  interpreter = by;
}

/** One call of the engine's API, over its socket and nothing of coop's. Throws on every refusal. */
export async function engine(method: string, path: string, body?: unknown): Promise<Json> {
  if (interpreter !== null) return ((await interpreter(method, path, body)) ?? {}) as Json; // as the engine's own bodies
  return jsonOf(`${method} ${path}`, await call(method, path, body));
}

function jsonOf(asked: string, { status, bytes }: { readonly status: number; readonly bytes: Buffer }): Json {
  const text = bytes.toString("utf8");
  if (status >= 400) throw new Error(`${asked}: ${status} ${text}`);
  // A list is read as a record of its items by those who ask for one.
  return text.trim() === "" ? {} : (JSON.parse(text) as Json);
}

/** As `engine`, for the calls that answer with a list. */
export async function engineList(path: string): Promise<readonly Json[]> {
  const found: unknown = await engine("GET", path);
  return Array.isArray(found) ? found : [];
}

/** As `engine`; null where there is no such thing. */
export async function engineMaybe(method: string, path: string): Promise<Json | null> {
  if (interpreter !== null) {
    return engine(method, path).catch((cause: unknown) => {
      if (cause instanceof Error && "statusCode" in cause && [304, 404].includes(Number(cause.statusCode))) return null;
      throw cause;
    });
  }
  const answer = await call(method, path);
  return answer.status === 404 || answer.status === 304 ? null : jsonOf(`${method} ${path}`, answer);
}

/** What the engine answers to a question, byte by byte; null where there is no such thing. */
export async function engineBytes(path: string): Promise<Buffer | null> {
  const { status, bytes } = await call("GET", path);
  if (status === 404) return null;
  if (status >= 400) throw new Error(`GET ${path}: ${status} ${bytes.toString("utf8")}`);
  return bytes;
}

export async function putArchive(container: string, path: string, tar: Buffer): Promise<void> {
  const { status, bytes } = await call("PUT", `/containers/${container}/archive?path=${encodeURIComponent(path)}`, tar);
  if (status >= 400) throw new Error(`archive into ${container}: ${status} ${bytes.toString("utf8")}`);
}

/** Runs a command in a container to its end; gives its output, both streams. */
export async function runIn(container: string, command: readonly string[], user = ""): Promise<string> {
  const { Id } = await engine("POST", `/containers/${container}/exec`, {
    Cmd: command,
    User: user,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  const { bytes } = await call("POST", `/exec/${Id}/start`, { Detach: false, Tty: true });
  return bytes.toString("utf8");
}

export function filtersOf(filters: Readonly<Record<string, readonly string[]>>): string {
  return `filters=${encodeURIComponent(JSON.stringify(filters))}`;
}

function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const type = Buffer.isBuffer(body) ? "application/x-tar" : "application/json";
    const headers =
      sent === undefined ? { "content-length": "0" } : { "content-type": type, "content-length": String(sent.length) };
    const asked = request({ socketPath, method, path, headers }, (answer) => {
      buffer(answer).then((bytes) => resolve({ status: answer.statusCode ?? 0, bytes }), reject);
    });
    asked.on("error", reject);
    asked.end(sent);
  });
}
