import { describe, expect, it } from "vitest";
import { decisionText } from "../../src/render/decision-text.ts";

const DECISION = {
  time: "2026-11-21T16:01:05.097Z",
  event: "decision",
  sandbox: "agent/coder/0",
  via: "connect",
  host: "evil.com",
  port: 443,
  method: null,
  path: null,
  rule: null,
  verdict: "deny",
  code: "host-not-allowed",
  status: null,
  bytesSent: 0,
  bytesReceived: 0,
  durationMs: 0,
  repeated: 2,
};

describe("decisionText", () => {
  it("says who was denied what, why, and how often", () => {
    expect(decisionText(JSON.stringify(DECISION))).toBe(
      "16:01:05.097  DENY   agent/coder/0  evil.com:443  host-not-allowed  (2 more like it)",
    );
  });

  it("says by which rule something was allowed, and how much went through", () => {
    const allowed = {
      ...DECISION,
      verdict: "allow",
      code: null,
      rule: "model",
      host: "api.example.com",
      bytesSent: 10,
      bytesReceived: 20,
      durationMs: 5,
      repeated: 0,
    };
    expect(decisionText(JSON.stringify(allowed))).toBe(
      "16:01:05.097  allow  agent/coder/0  api.example.com:443  by model  10 B out, 20 B in, 5 ms",
    );
  });

  it.for(["not JSON", "null", "[]", '{"event":"gateway-ready"}'])("shows what is no decision as it is: %s", (line) => {
    expect(decisionText(line)).toBe(line);
  });
});
