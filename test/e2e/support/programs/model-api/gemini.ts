import { bodyOf, json, stream } from "./exchange.ts";
import type { Json, Request, Response, SseEvent } from "./exchange.ts";
import { next } from "./script.ts";
import type { Reply } from "./script.ts";

const PATH = /^\/v1beta\/models\/([\w.-]+):(generateContent|streamGenerateContent)(\?|$)/;

/** `POST /v1beta/models/MODEL:generateContent`, and the same streamed. */
export async function gemini(request: Request, response: Response): Promise<void> {
  const [, model = "", method = ""] = PATH.exec(request.url) ?? [];
  if (request.method !== "POST" || method === "") return json(response, 404, failure(404, "NOT_FOUND", "Not found"));
  const body = await bodyOf(request);
  const said = JSON.stringify(body["contents"]);
  const tools = Array.isArray(body["tools"]) && body["tools"].length > 0;
  const reply = await next({ said, tools, answered: said.includes('"functionResponse"') });
  if (reply.kind === "refuse") return refuse(response, reply);
  const answers = answersOf(reply, model, body);
  if (method === "generateContent") return json(response, 200, answers.at(-1)?.data);
  stream(response, answers, reply.kind === "cut");
}

function refuse(response: Response, { status, retryAfter }: Extract<Reply, { readonly kind: "refuse" }>): void {
  const headers = retryAfter === null ? {} : { "retry-after": String(retryAfter) };
  const body =
    status === 401
      ? failure(401, "UNAUTHENTICATED", "API key not valid. Please pass a valid API key.")
      : failure(429, "RESOURCE_EXHAUSTED", "Too many requests");
  json(response, status, body, headers);
}

function failure(code: number, status: string, message: string): Json {
  return { error: { code, status, message } };
}

function answersOf(reply: Exclude<Reply, { readonly kind: "refuse" }>, model: string, body: Json): readonly SseEvent[] {
  const answer = (part: Json, last: boolean): SseEvent => ({
    data: {
      candidates: [{ content: { role: "model", parts: [part] }, index: 0, ...(last ? { finishReason: "STOP" } : {}) }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 10, totalTokenCount: 20 },
      modelVersion: model,
    },
  });
  switch (reply.kind) {
    case "write": {
      const args = { file_path: reply.path, content: reply.content };
      return [answer({ functionCall: { name: "write_file", args } }, true)];
    }
    case "cut":
      return [answer({ text: "This answer goes on for a while, and" }, false), answer({ text: "ends." }, true)];
    case "say":
      return [answer({ text: wantsJson(body) ? ROUTE : reply.text }, true)];
  }
}

// Its first request asks which model fits the task.
const ROUTE = JSON.stringify({ complexity_reasoning: "It is one file.", complexity_score: 10 });

function wantsJson(body: Json): boolean {
  return JSON.stringify(body["generationConfig"] ?? {}).includes("application/json");
}
