import { defineConfig } from "vitest/config";

const ENGINE = ["test/engine/**/*.test.ts", "test/e2e/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...ENGINE, "test/long/**"],
          // A bound for what hangs, far from what a busy machine needs: no test here is about time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "engine",
          include: ENGINE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
