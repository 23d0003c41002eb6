/** Frameworks `typescript` and `javascript`: bundled with the SDK into one file by esbuild, run by the Node that runs the daemon. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Framework, PpsDriver } from "@coven/contract";
import { type BuildFailure, build, type Message } from "esbuild";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, entryOf, refuseArtifact, sourceName } from "../../source.ts";
import { libcovenTasks, startGroup } from "../../tasks.ts";

const usualEntry = { typescript: "main.ts", javascript: "main.js" } as const;
/** Packages of the older kind call `require`, which an ES module has to make for itself. */
const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };

export function nodeDriver(name: Framework & keyof typeof usualEntry, paths: PlatformPaths): PpsDriver {
  const sdk = join(paths.sdkNode, "src/index.ts");
  const addon = join(paths.sdkNode, "build/coven.node");
  const group = join(paths.sdkNode, "src/group.mjs");
  return {
    name,
    async fingerprint() {
      const missing = [sdk, addon].find((file) => !existsSync(file));
      return { usable: missing === undefined, version: process.versions.node, reason: missing ? `the Node SDK is not built: there is no ${missing}` : null };
    },
    async prepare(component, componentName, source, folder) {
      refuseArtifact(component, componentName);
      const entry = entryOf(component, componentName, source, usualEntry[name]);
      const bundle = join(folder, "main.mjs");
      await bundled(source, entry, bundle, sdk).catch((error: BuildFailure) => {
        const place = sourceName(component, source);
        throw compileFailed(componentName, error.errors?.[0] ? sentence(error.errors[0], place) : error.message, error.errors?.map((one) => sentence(one, place)).join("\n"));
      });
      return { command: [process.execPath, "--enable-source-maps", bundle], cwd: source, env: { COVEN_NODE_ADDON: addon } };
    },
    ...libcovenTasks,
    startGroup: (members) => startGroup(() => [process.execPath, "--enable-source-maps", group], members),
  };
}

const bundled = (source: string, entry: string, outfile: string, sdk: string) =>
  build({
    absWorkingDir: source,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "linked",
    alias: { "@coven/sdk": sdk },
    external: ["*.node"],
    banner,
    logLevel: "silent",
  });

/** esbuild counts columns from 0; people and editors from 1. */
function sentence(message: Message, place: string): string {
  const at = message.location;
  return at ? `${place}/${at.file}:${at.line}:${at.column + 1}: ${message.text}` : message.text;
}
