import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { saw } from "../record.ts";
import { bodyOf, json, stream } from "./exchange.ts";
import type { Json, Request, Response, SseEvent } from "./exchange.ts";
import { next } from "./script.ts";
import type { Reply } from "./script.ts";
import { acceptWebSocket } from "./web-socket.ts";

const PATH = /^\/v1\/responses(\?|$)/;

/** `POST /v1/responses`, streamed. */
export async function openai(request: Request, response: Response): Promise<void> {
  if (request.method !== "POST" || !PATH.test(request.url)) return json(response, 404, error("not_found", "Not found"));
  const body = await bodyOf(request);
  const reply = await replyTo(body, "");
  if (reply.kind !== "refuse") return stream(response, eventsOf(reply, body), reply.kind === "cut");
  const headers = reply.retryAfter === null ? {} : { "retry-after": String(reply.retryAfter) };
  json(response, reply.status, refusal(reply.status), headers);
}

/** `GET /v1/responses` as a WebSocket: every turn is one message, and answered by the same events. */
export function openaiSocket(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (!PATH.test(request.url ?? "")) return void socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  // Later turns hold only what is new.
  let said = "";
  acceptWebSocket(request, socket, head, (text, end) => {
    const body = JSON.parse(text) as Json;
    saw({ kind: "message", type: body["type"] });
    void replyTo(body, said).then((reply) => {
      said += JSON.stringify(body["input"]);
      if (reply.kind === "refuse") {
        return end.send(JSON.stringify({ type: "error", status: reply.status, ...refusal(reply.status) }));
      }
      const events = eventsOf(reply, body);
      for (const { data } of reply.kind === "cut" ? events.slice(0, 2) : events) end.send(JSON.stringify(data));
      if (reply.kind === "cut") setTimeout(end.cut, 300);
    });
  });
}

async function replyTo(body: Json, before: string): Promise<Reply> {
  // It opens the connection before there is anything to answer.
  if (body["generate"] === false) return { kind: "say", text: "" };
  const said = before + JSON.stringify(body["input"]);
  // The newer models are offered theirs by an entry of what was said.
  const tools = (Array.isArray(body["tools"]) && body["tools"].length > 0) || said.includes('"additional_tools"');
  return next({ said, tools, answered: /"(function|custom_tool)_call_output"/.test(said) });
}

function error(code: string, message: string): Json {
  return { error: { type: code, code, message, param: null } };
}

function refusal(status: number): Json {
  return status === 401
    ? error("invalid_api_key", "Incorrect API key provided")
    : error("rate_limit_exceeded", "Too many requests");
}

let count = 0;

function eventsOf(reply: Exclude<Reply, { readonly kind: "refuse" }>, body: Json): readonly SseEvent[] {
  count += 1;
  const response = { id: `resp_${count}`, object: "response", created_at: 0, model: body["model"], output: [] };
  const item = itemOf(reply, body);
  const usage = { input_tokens: 10, output_tokens: 10, total_tokens: 20 };
  const events: readonly (readonly [type: string, rest: Json])[] = [
    ["response.created", { response: { ...response, status: "in_progress" } }],
    ["response.output_item.added", { output_index: 0, item }],
    ["response.output_item.done", { output_index: 0, item }],
    ["response.completed", { response: { ...response, status: "completed", output: [item], usage } }],
  ];
  return events.map(([type, rest], index) => ({ event: type, data: { type, sequence_number: index, ...rest } }));
}

function itemOf(reply: Exclude<Reply, { readonly kind: "refuse" }>, body: Json): Json {
  const id = `item_${count}`;
  if (reply.kind !== "write") {
    const text = reply.kind === "say" ? reply.text : "This answer goes on for a while, and";
    const content = [{ type: "output_text", text, annotations: [] }];
    return { id, type: "message", role: "assistant", status: "completed", content };
  }
  const command = `printf %s ${quoted(reply.content)} > ${quoted(reply.path)}`;
  const call = { id, call_id: `call_${count}`, status: "completed" };
  // Which tools there are depends on the model.
  if (JSON.stringify(body["tools"] ?? []).includes('"exec_command"')) {
    return { ...call, type: "function_call", name: "exec_command", arguments: JSON.stringify({ cmd: command }) };
  }
  const input = `await tools.exec_command({ cmd: ${JSON.stringify(command)} });`;
  return { ...call, type: "custom_tool_call", name: "exec", input };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
