import { connect } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type Dockerode from "dockerode";
import { familyOf } from "../harness/memory.ts";
import { DOMAIN, HOST } from "./names.ts";
import type { Setting } from "./proxy.ts";

/** A peer in a container of its own, in the machine's network, so that it listens on loopback as coop does here. */
export interface PeerContainer {
  readonly pids: () => readonly number[];
  readonly end: () => Promise<void>;
}

/** Starts a peer and waits until it listens. `script` runs in a shell that sees the setting's folder as /bench. */
export async function startPeer(
  docker: Dockerode,
  project: string,
  image: string,
  setting: Setting,
  script: string,
  port: number,
): Promise<PeerContainer> {
  const hosts = join(setting.folder, "hosts");
  const names = [HOST, ...Array.from({ length: setting.hosts }, (_, index) => `h${index}.${DOMAIN}`)];
  // The one that most loads ask stands first, since a resolver may read from the top each time.
  writeFileSync(hosts, [...names.map((name) => `${setting.address} ${name}`), "127.0.0.1 localhost", ""].join("\n"));
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["sh", "-c", script],
    Labels: { "coop.bench/project": project },
    HostConfig: {
      NetworkMode: "host",
      Init: true,
      Binds: [`${setting.folder}:/bench:ro`, `${hosts}:/etc/hosts:ro`],
      Tmpfs: { "/var/log/peer": "mode=1777" },
    },
  });
  const end = async (): Promise<void> => {
    await container.remove({ force: true });
  };
  try {
    await container.start();
    await untilListens(container, port);
    const { State } = await container.inspect();
    return { pids: () => familyOf(State.Pid), end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function untilListens(container: Dockerode.Container, port: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await listens(port))) {
    const { State } = await container.inspect();
    if (!State.Running || performance.now() > deadline) {
      const said = (await container.logs({ stdout: true, stderr: true, tail: 20 })).toString("latin1");
      throw new Error(`a peer does not start: ${said.replaceAll(/[^\x20-\x7e\n]/g, "")}`);
    }
    await sleep(100);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
