import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, shortDigest } from "../graph/digest.ts";
import type { BuildInput } from "../model/inputs.ts";
import { packageRoot } from "./package-root.ts";

/** The image that sandboxes and coop's own containers stand on: there already, or to be built from the official one. */
export interface BaseImage {
  readonly tag: string;
  readonly build: BuildInput | null;
}

const PACKAGES = [
  "ca-certificates",
  "curl",
  "git",
  "jq",
  "less",
  "netcat-openbsd",
  "openssh-client",
  "procps",
  "python3-minimal",
  "ripgrep",
];

/** COOP_BASE_IMAGE, then what the set-up of a checkout made, then a build from the official Node image. */
export async function baseImage(environment: Readonly<Record<string, string | undefined>>): Promise<BaseImage> {
  const named = environment["COOP_BASE_IMAGE"];
  if (named !== undefined && named !== "") return { tag: named, build: null };
  const made = await setUpImage();
  return made === null ? officialBuild() : { tag: made, build: null };
}

async function setUpImage(): Promise<string | null> {
  const text = await readFile(join(packageRoot(), ".coop/images.json"), "utf8").catch(() => null);
  if (text === null) return null;
  const images: { readonly base?: unknown } = JSON.parse(text);
  return typeof images.base === "string" ? images.base : null;
}

function officialBuild(): BaseImage {
  const dockerfile = `FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ${PACKAGES.join(" ")} && rm -rf /var/lib/apt/lists/*
RUN usermod -l agent -d /home/agent -m node && groupmod -n agent node
ENV LANG=C.UTF-8
`;
  const digest = digestOf({ dockerfile });
  const tag = `coop.local/base:${shortDigest(digest)}`;
  return {
    tag,
    build: {
      tag,
      digest,
      dockerfile,
      arguments: {},
      network: "open",
      title: "the base image",
      context: { kind: "none" },
    },
  };
}
