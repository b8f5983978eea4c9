import { defineConfig } from "vitest/config";

/** What is too long for every change; `docs/` holds the dated result. */
export default defineConfig({
  test: {
    name: "long",
    include: ["test/long/**/*.test.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
