// `npm run quickstart`: a stranger's repository comes up, an agent in it mends a failing test, three attacks fail, one
// edit converges. Every step checks what it claims; the first that is not so ends the run with exit 1.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { attackDeniedName, attackDirectly, attackSecrets, inside } from "./attacks.ts";
import type { Scene } from "./attacks.ts";
import { Commands } from "./commands.ts";
import { Narrator, NotAsExpected } from "./narrator.ts";
import { addressOf, joinNetwork, startOrdinaryServices } from "./ordinary-services.ts";
import type { OrdinaryServices } from "./ordinary-services.ts";
import { commitAll, copyTemplate, editFile } from "./repository.ts";
import { ARCHIVE_HOST, makeCertificate, StandIn } from "./stand-in.ts";
import { removeContainer, UndoList } from "./undo-list.ts";

const AGENT_MS = 180_000;
const FAILING_TEST = "gives the parts of a cancelled order back";

const interrupt = new AbortController();
const narrator = new Narrator();
const commands = new Commands(narrator, interrupt.signal);
const undo = new UndoList(new Commands(narrator, new AbortController().signal));
const keep = process.env["KEEP"] === "1";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!interrupt.signal.aborted) console.log("\nInterrupted: taking everything away again.");
    interrupt.abort(new Error(`interrupted by ${signal}`));
  });
}

try {
  await story();
} catch (error) {
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
  if (error instanceof NotAsExpected) console.error(`\n   ✗ not so: ${error.message}`);
  else if (!interrupt.signal.aborted) console.error(error);
} finally {
  const left = await undo.run();
  for (const each of left) console.error(`   could not be taken away: ${each}`);
  if (left.length > 0) process.exitCode ??= 1;
}

async function story(): Promise<void> {
  const baseImage = process.env["COOP_BASE_IMAGE"] ?? imageOfSetUp();
  const repository = copyTemplate();
  const { folder, project } = repository;
  const here = { cwd: folder };
  if (!keep) undo.add(folder, async () => rmSync(folder, { recursive: true, force: true }));

  narrator.step("A repository that is not ours");
  const ordinary = startOrdinaryServices(project, baseImage, commands, undo);
  // Awaited below, where a failure is told; before they are taken away they have to be there or not to come.
  const settled = ordinary.then(() => undefined, () => undefined);
  undo.add("ordinary containers", () => settled);
  const key = await makeCertificate(commands, baseImage, repository);
  const committed = await commitAll(repository, commands);
  narrator.expect(`the parts shop lies in ${folder}, a repository of its own with secrets in it`, committed.exit === 0);
  const services = await ordinary;
  const before = await testsOnHost(folder, services);
  narrator.expect(`one of its tests fails: "${FAILING_TEST}"`, before.failed.length === 1 && before.failed[0] === FAILING_TEST);

  narrator.step("Check the file, see the plan");
  const valid = await commands.coop(["validate"], here);
  narrator.expect("coop.yaml is valid", valid.exit === 0);
  const planned = await commands.coop(["plan", "--detailed-exitcode"], here);
  narrator.expect("there is something to do (exit 2), and it says who may reach what", planned.exit === 2 && planned.all.includes("coder may connect to db:5432"));

  narrator.step("Bring it up");
  undo.add(project, async (own) => {
    if (keep) return;
    // A network goes when nobody is on it.
    await removeContainer(services.container)(own);
    const destroyed = await own.coop(["destroy", "--yes", "--delete-data"], { ...here, quiet: true });
    if (destroyed.exit !== 0) throw new Error(destroyed.all);
  });
  const up = await commands.coop(["up"], here);
  narrator.expect("Postgres and Redis are there and healthy", up.exit === 0);
  const standIn = new StandIn(repository, commands);
  await standIn.start(baseImage, folder, key, undo);
  await joinNetwork(commands, services.container, standIn.network);
  narrator.say("(The allowed hosts of this example are a container beside the gateway: nothing outside of this machine is needed.)");
  const applied = await commands.coop(["apply", "--yes"], here);
  narrator.expect("the world is as the file says", applied.exit === 0);

  narrator.step("The agent works");
  const container = `coop.${project}.sandbox.coder.0`;
  const ended = await commands.docker(["wait", container], { quiet: true, timeoutMs: AGENT_MS });
  const log = await commands.coop(["logs", "coder"], here);
  narrator.expect("it ended well", ended.out === "0" && log.exit === 0, ended.out === "" ? "still running" : `exit ${ended.out}`);
  narrator.expect("it saw the failing test, asked the model, and made all tests pass against Postgres and Redis", log.out.includes(FAILING_TEST) && log.out.includes("all 7 pass"));
  const idle = await commands.coop(["plan", "--detailed-exitcode"], here);
  narrator.expect("apply, then plan, gives no change", idle.exit === 0);

  narrator.step("Fetch its work");
  const branch = await fetchedBranch(folder, project);
  const changed = await commands.git(["diff", "--stat", `HEAD..${branch}`], here);
  narrator.expect("one commit on top of ours, one changed file, the hidden files as they were", (await isOneCommitAbove(folder, branch)) && changed.out.includes("src/shop.mjs") && changed.out.includes("1 file changed"));
  const checkout = join(folder, ".git/checkout");
  await commands.git(["worktree", "add", "--quiet", "--detach", checkout, branch], { ...here, quiet: true });
  const after = await testsOnHost(checkout, services);
  narrator.expect("on this machine, with other databases, all its tests pass", after.failed.length === 0 && after.passed === 7);

  const scene: Scene = { narrator, commands, repository, ordinary: services.container };
  narrator.step("Attack: read the repository's secrets");
  await attackSecrets(scene);
  narrator.step("Attack: connect directly");
  await attackDirectly(scene, {
    database: services.databaseAddress,
    standIn: await addressOf(commands, standIn.name, standIn.network),
    bridge: services.bridgeAddress,
  });
  narrator.step("Attack: reach a host that no rule names");
  await attackDeniedName(scene);

  narrator.step("Change one line");
  await changeOneLine(scene);

  narrator.step("Clean up");
  await Promise.all([standIn.name, services.container].map((name) => removeContainer(name)(commands)));
  if (keep || !(await wantsCleanUp())) {
    undo.drop(folder, project);
    narrator.say(`It stays. To take it away: cd ${folder} && coop destroy --delete-data`);
  } else {
    const destroyed = await commands.coop(["destroy", "--yes", "--delete-data"], here);
    narrator.expect("everything is gone: containers, networks, volumes", destroyed.exit === 0 && (await leftovers(project)) === "");
    undo.drop(project);
  }
  narrator.summary();
}

async function changeOneLine(scene: Scene): Promise<void> {
  const here = { cwd: scene.repository.folder };
  const container = `coop.${scene.repository.project}.sandbox.visitor.0`;
  const identity = async (): Promise<string> => (await commands.docker(["inspect", "-f", "{{.Id}} {{.State.StartedAt}}", container], { quiet: true })).out;
  const running = await identity();
  editFile(scene.repository, (text) => text.replace("egress: [model]", "egress: [model, archive]"));
  const edited = await commands.git(["diff", "-U0", "coop.yaml"], here);
  narrator.expect("coop.yaml has one line that differs", edited.out.split("\n").filter((line) => /^[+-] /.test(line)).length === 2);
  const planned = await commands.coop(["plan", "--detailed-exitcode"], here);
  narrator.expect("the plan shows what it loosens, and nothing else", planned.exit === 2 && planned.all.includes(`visitor may reach https://${ARCHIVE_HOST}:443`) && planned.all.includes("1 to update"));
  const applied = await commands.coop(["apply", "--yes"], here);
  narrator.expect(`applied and converged in ${Math.round(applied.tookMs)} ms`, applied.exit === 0);
  const reached = await inside(scene, "curl", "-sS", "--cacert", "config/model.crt", `https://${ARCHIVE_HOST}/`);
  narrator.expect("the host is reached", reached.exit === 0 && reached.out.includes("reached"));
  narrator.expect("the sandbox was neither replaced nor restarted", running !== "" && (await identity()) === running);
  const empty = await commands.coop(["plan", "--detailed-exitcode"], here);
  narrator.expect("the plan is empty", empty.exit === 0);
}

/** Runs the shop's tests with this machine's Node against the ordinary databases. */
async function testsOnHost(folder: string, services: OrdinaryServices): Promise<{ readonly passed: number; readonly failed: readonly string[] }> {
  const { out } = await commands.node(["--test", "--test-reporter=tap"], { cwd: folder, environment: services.environment, quiet: true });
  const failed = [...out.matchAll(/^ {4}not ok \d+ - (.*)$/gm)].map((match) => match[1] ?? "");
  const passed = Number(/^# pass (\d+)$/m.exec(out)?.[1] ?? 0);
  narrator.command("node --test");
  narrator.output(`${passed} pass, ${failed.length} fail${failed.map((name) => `: ${name}`).join("")}`);
  return { passed, failed };
}

async function fetchedBranch(folder: string, project: string): Promise<string> {
  const fetched = await commands.coop(["fetch", "coder"], { cwd: folder });
  const refs = await commands.git(["for-each-ref", "--format=%(refname)", `refs/coop/${project}/coder/heads/`], { cwd: folder, quiet: true });
  narrator.expect("its branch lies here as a ref; branches, index and files of the repository are untouched", fetched.exit === 0 && refs.out !== "" && !refs.out.includes("\n"));
  return refs.out;
}

async function isOneCommitAbove(folder: string, branch: string): Promise<boolean> {
  const { out } = await commands.git(["rev-parse", "HEAD", `${branch}^`], { cwd: folder, quiet: true });
  const [ours, parent] = out.split("\n");
  return ours !== undefined && ours === parent;
}

async function wantsCleanUp(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("   Take everything away again? [Y/n] ", { signal: interrupt.signal }).finally(() => terminal.close());
  return !/^n/i.test(answer.trim());
}

async function leftovers(project: string): Promise<string> {
  const label = `label=coop.dev/project=${project}`;
  const found = await Promise.all([
    commands.docker(["ps", "-aq", "--filter", label], { quiet: true }),
    commands.docker(["volume", "ls", "-q", "--filter", label], { quiet: true }),
    commands.docker(["network", "ls", "-q", "--filter", label], { quiet: true }),
  ]);
  return found.map((each) => each.out).join("");
}

/** Where the set-up notes the image that it made. */
function imageOfSetUp(): string {
  const images = JSON.parse(readFileSync(new URL("../../.coop/images.json", import.meta.url), "utf8")) as { readonly base: string };
  return images.base;
}
