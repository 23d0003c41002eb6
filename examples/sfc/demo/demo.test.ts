/** The demonstration, as people run it: with Open vSwitch and without. It judges itself, link by link. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineBinary, namespaceAccess, root } from "@coven/testbed";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hasOpenVswitch } from "./switch.ts";

vi.setConfig({ testTimeout: 180_000 });
const missing = !existsSync(engineBinary) ? `there is no engine at ${engineBinary}` : namespaceAccess() === "none" ? "there are no network namespaces here" : undefined;
if (missing) console.log(`SKIP the demonstration of a service function chain: ${missing}`);
if (!missing && !hasOpenVswitch()) console.log("SKIP the demonstration with Open vSwitch: it is not installed (tools/ci.sh installs it)");

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sfc-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Not in this test's namespace: in one of its own, which goes with it. */
const demo = (more: NodeJS.ProcessEnv) => spawnSync(join(root, "bin/coven"), ["demo", "sfc"], { encoding: "utf8", env: { ...process.env, COVEN_TESTBED: undefined, COVEN_TMP: folder, TMPDIR: folder, ...more }, timeout: 170_000 });

/** Processes that have the demonstration's folder among their arguments or variables: engines, components, switches. */
const left = () => readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && ["cmdline", "environ"].some((file) => holds(`/proc/${pid}/${file}`)));

function holds(file: string): boolean {
  try {
    return readFileSync(file, "latin1").includes(folder);
  } catch {
    return false; // it has ended meanwhile
  }
}

function works(more: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = demo(more);
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).not.toContain("NOT");
  expect(stdout).toMatch(/gate -> switch:[^\n]*\n +DNS +3 packets +SPI 10 +SI 253 +TTL 62 +context tenant=7 class=1\n[^\n]*class=2\n +telnet +0 packets/);
  expect(stdout).toMatch(/chain +10 +255 +aware +tenants +9 +tenant=7 class=0 rest=0 +tenant=7 class=\d rest=0/);
  expect(stdout).toContain("of 6 packets behind the gate 6 carry tenant 42");
  expect(left()).toEqual([]);
  expect(readdirSync(folder).filter((name) => !/^(tsx-|node-compile-cache)/.test(name))).toEqual([]);
  return stdout;
}

test.skipIf(missing !== undefined || !hasOpenVswitch())("with Open vSwitch as classifier and forwarder", () => expect(works({})).toContain("Open vSwitch between them"));

test.skipIf(missing !== undefined)("without Open vSwitch a COVEN VNF takes its place, and that is said", () => expect(works({ COVEN_DEMO_NO_OVS: "1" })).toContain("Open vSwitch is not installed, so a COVEN VNF does it"));
