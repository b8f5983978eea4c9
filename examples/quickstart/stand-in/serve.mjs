// The allowed host of the example: an HTTPS server that stands in for a model. Key and certificate come from files
// beside this one.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { proposeEdit } from "./propose-edit.mjs";

const LARGEST_QUESTION = 1024 * 1024;
const beside = (name) => readFileSync(new URL(name, import.meta.url));

const server = createServer({ key: beside("host.key"), cert: beside("host.crt") }, (request, response) => {
  const answer = (status, value) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(`${JSON.stringify(value)}\n`);
  };
  let text = "";
  request.setEncoding("utf8").on("data", (part) => {
    text += part;
    if (text.length > LARGEST_QUESTION) request.destroy();
  });
  request.on("error", () => undefined);
  request.on("end", () => {
    if (request.method === "GET") return answer(200, { host: request.headers.host, says: "reached" });
    if (request.method !== "POST" || request.url !== "/v1/edits") return answer(404, { error: "ask POST /v1/edits" });
    try {
      const proposal = proposeEdit(JSON.parse(text));
      answer(proposal === null ? 422 : 200, proposal ?? { error: "no further idea" });
    } catch (error) {
      answer(400, { error: String(error) });
    }
  });
});
server.listen(443, () => console.log("the stand-in listens on 443"));
process.on("SIGTERM", () => process.exit(0));
