import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({ test: { exclude: [...configDefaults.exclude, "**/dist/**"], testTimeout: 60_000, hookTimeout: 60_000 } });
