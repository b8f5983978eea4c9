// A scripted coding agent: it stands in for a CLI that needs an account. It runs the tests, shows the failing one to a
// model, makes the edit that the model proposes, and commits when every test passes.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { askModel } from "./ask-model.mjs";
import { filesBehind, runTests } from "./run-tests.mjs";

const ATTEMPTS = 6;

const start = await runTests();
say(`the tests: ${start.passed} pass, ${start.failures.length} fail, against Postgres and Redis`);
const [failure] = start.failures;
if (failure === undefined) {
  say("nothing to do");
} else {
  say(`failing: "${failure.name}" (${failure.file}): expected ${failure.expected}, got ${failure.actual}`);
  if (!(await repair(failure))) {
    say("no proposal made the tests pass; the source is as it was");
    process.exitCode = 1;
  }
}

async function repair(failure) {
  const paths = filesBehind(failure.file);
  const tried = [];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const files = Object.fromEntries(paths.map((path) => [path, readFileSync(path, "utf8")]));
    say(`asking ${process.env.MODEL_URL} with the failure and ${paths.join(", ")}`);
    const { edit, because } = await askModel({ failure, files, tried });
    say(`proposed: ${because}`);
    write(edit.file, edit.before, edit.after);
    const result = await runTests();
    if (result.failures.length === 0) {
      say(`the tests: all ${result.passed} pass, against Postgres and Redis`);
      commit(edit.file, `${because}\n\nMends the test "${failure.name}".`);
      return true;
    }
    say(`that was not it: ${result.failures.length} fail`);
    write(edit.file, edit.after, edit.before);
    tried.push(edit);
  }
  return false;
}

function write(file, before, after) {
  const text = readFileSync(file, "utf8");
  if (text.split(before).length !== 2) throw new Error(`The edit does not fit ${file} in exactly one place.`);
  writeFileSync(file, text.replace(before, () => after));
}

function commit(file, message) {
  const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
  git("add", "--", file);
  git("-c", "user.name=coder", "-c", "user.email=coder@quickstart.test", "commit", "--quiet", "-m", message);
  say(`committed ${git("log", "-1", "--format=%h %s")}`);
}

function say(text) {
  console.log(`agent: ${text}`);
}
