import { bodyOf, json, stream } from "./exchange.ts";
import type { Request, Response, SseEvent } from "./exchange.ts";
import { next } from "./script.ts";
import type { Reply } from "./script.ts";

/** `POST /v1/messages`, streamed or not. */
export async function anthropic(request: Request, response: Response): Promise<void> {
  if (request.method !== "POST" || !/^\/v1\/messages(\?|$)/.test(request.url)) {
    return json(response, 404, { type: "error", error: { type: "not_found_error", message: "Not found" } });
  }
  const body = await bodyOf(request);
  const said = JSON.stringify(body["messages"]);
  const tools = Array.isArray(body["tools"]) && body["tools"].length > 0;
  const reply = await next({ said, tools, answered: said.includes('"tool_result"') });
  if (reply.kind === "refuse") return refuse(response, reply);
  const message = messageOf(reply, body["model"]);
  if (body["stream"] !== true) return json(response, 200, message);
  stream(response, eventsOf(message), reply.kind === "cut");
}

function refuse(response: Response, { status, retryAfter }: Extract<Reply, { readonly kind: "refuse" }>): void {
  const type = status === 401 ? "authentication_error" : "rate_limit_error";
  const headers = retryAfter === null ? {} : { "retry-after": String(retryAfter) };
  json(
    response,
    status,
    { type: "error", error: { type, message: status === 401 ? "invalid x-api-key" : "Too many" } },
    headers,
  );
}

interface Message {
  readonly content: readonly Block[];
  readonly stop_reason: "tool_use" | "end_turn";
  readonly [field: string]: unknown;
}

type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown };

function messageOf(reply: Reply, model: unknown): Message {
  const block: Block =
    reply.kind === "write"
      ? {
          type: "tool_use",
          id: "toolu_01write",
          name: "Write",
          input: { file_path: reply.path, content: reply.content },
        }
      : { type: "text", text: reply.kind === "say" ? reply.text : "This answer goes on for a while, and" };
  return {
    id: "msg_01scripted",
    type: "message",
    role: "assistant",
    model,
    content: [block],
    stop_reason: block.type === "tool_use" ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 10 },
  };
}

function eventsOf(message: Message): readonly SseEvent[] {
  const typed = (type: string, rest: Readonly<Record<string, unknown>> = {}): SseEvent => ({
    event: type,
    data: { type, ...rest },
  });
  const blocks = message.content.flatMap((block, index) => [
    typed("content_block_start", {
      index,
      content_block: block.type === "text" ? { ...block, text: "" } : { ...block, input: {} },
    }),
    typed("content_block_delta", {
      index,
      delta:
        block.type === "text"
          ? { type: "text_delta", text: block.text }
          : { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
    }),
    typed("content_block_stop", { index }),
  ]);
  return [
    typed("message_start", { message: { ...message, content: [], stop_reason: null } }),
    ...blocks,
    typed("message_delta", {
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { output_tokens: 10 },
    }),
    typed("message_stop"),
  ];
}
