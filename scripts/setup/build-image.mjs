import { spawn } from "node:child_process";

/** Builds the Dockerfile in `folder` as `ref`, by the engine's classic build. */
export async function buildImage({ client, folder, ref, root, labels, log }) {
  const query = new URLSearchParams({
    t: ref,
    buildargs: JSON.stringify({ ROOT: root }),
    labels: JSON.stringify(labels),
    forcerm: "1",
    nocache: "1",
  });
  const tar = spawn("tar", ["-C", folder, "-cf", "-", "."], { stdio: ["ignore", "pipe", "pipe"] });
  tar.stderr.on("data", (chunk) => log.write(chunk));
  await client.follow("POST", `/build?${query}`, {
    body: tar.stdout,
    headers: { "content-type": "application/x-tar" },
    onEvent: (event) => log.write(event.stream ?? ""),
  });
}
