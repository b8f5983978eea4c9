import { readFileSync } from "node:fs";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 60_000;

/** Sends a question to the model and returns its answer; a model that is not there yet is asked again. */
export async function askModel(question) {
  const until = Date.now() + PATIENCE_MS;
  while (true) {
    try {
      return await post(new URL("/v1/edits", process.env.MODEL_URL), JSON.stringify(question));
    } catch (error) {
      if (!UNREACHABLE.has(error.code) || Date.now() > until) throw error;
      await sleep(500);
    }
  }
}

const UNREACHABLE = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT"]);

function post(url, body) {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: "POST",
      ca: readFileSync(process.env.MODEL_CERTIFICATE),
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      timeout: 30_000,
    });
    asked.on("timeout", () => asked.destroy(Object.assign(new Error("The model does not answer."), { code: "ETIMEDOUT" })));
    asked.on("error", reject);
    asked.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`The model answers ${response.statusCode}: ${text.trim()}`));
      });
    });
    asked.end(body);
  });
}
