import { defineConfig } from "vitest/config";

/** Every TypeScript suite of the house. Tests of the whole platform share two cores: files run one after the other. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["{control,sdk/node,tools,conformance,examples,bench}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/build/**", "**/template/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
