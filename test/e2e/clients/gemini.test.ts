import { clientTests } from "./client-tests.ts";

const SECRET = "AIzaSyCanary7d0f3a9b51c64e2817aa90b3c4d";

clientTests({
  cli: "gemini",
  host: "generativelanguage.googleapis.com",
  provider: "gemini",
  secret: SECRET,
  variable: "GEMINI_API_KEY",
  rule: { methods: ["POST"], paths: ["/v1beta/models/**"] },
  injected: { header: "x-goog-api-key", value: SECRET },
  command: ["gemini", "--yolo", "-p"],
  interactive: ["gemini", "--yolo", "-i"],
  modelPath: /^\/v1beta\/models\//,
  faults: true,
  unauthorized: { says: /API key not valid/, environment: {} },
  transports: ["requests"],
  afterCut: /This answer goes on for a while.*Error when talking to Gemini API.*terminated/s,
});
