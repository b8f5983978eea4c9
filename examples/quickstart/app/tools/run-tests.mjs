import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Runs every test and reads what the runner says (TAP). */
export async function runTests() {
  const child = spawn(process.execPath, ["--test", "--test-reporter=tap"], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { passed: Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0), failures: failuresIn(output), output };
}

/** The files that show what a test is about: the test itself and the sources that it imports. */
export function filesBehind(testFile) {
  const text = readFileSync(testFile, "utf8");
  const imported = [...text.matchAll(/from "(\.[^"]+)"/g)].map((match) => join(dirname(testFile), match[1]));
  return [testFile, ...imported];
}

function failuresIn(output) {
  const found = [...output.matchAll(/^( *)not ok \d+ - (.*)\n\1 {2}---\n([^]*?)\n\1 {2}\.\.\.$/gm)];
  return found
    .map(([, , name, details]) => ({ name, details }))
    .filter(({ details }) => !details.includes("subtestsFailed"))
    .map(({ name, details }) => ({
      name,
      file: relative(process.cwd(), /location: '(.*?):\d+:\d+'/.exec(details)?.[1] ?? ""),
      expected: /^ *expected: (.*)$/m.exec(details)?.[1] ?? "",
      actual: /^ *actual: (.*)$/m.exec(details)?.[1] ?? "",
      details,
    }));
}
