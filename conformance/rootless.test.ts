/** The whole demonstration as a user without any right, with namespaces of its own and without: it ends well, and removes everything. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "@coven/testbed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];

function asNobody(command: string[], environment: NodeJS.ProcessEnv = {}) {
  const { COVEN_TESTBED: _, XDG_RUNTIME_DIR: __, XDG_STATE_HOME: ___, ...rest } = process.env;
  const env = { ...rest, HOME: "/nonexistent", COVEN_NODE: process.execPath, ...environment };
  return spawnSync("setpriv", [...nobody, ...command], { cwd: root, env, encoding: "utf8", timeout: 120_000 });
}

/** Why the demonstration cannot be run as nobody here. */
function reasonNot(): string | undefined {
  if (asNobody(["true"]).status !== 0) return "this process may not become nobody";
  const seen = asNobody([process.execPath, "-e", "require('fs').accessSync('control/dist/covend.js')"]);
  if (seen.status !== 0) return "nobody may not read this checkout, or not run this Node";
  return python ? undefined : "nobody has no Python that the SDK was built for";
}

/** The first on the path may stand in somebody's home. */
const python = [process.env.COVEN_PYTHON ?? "python3", "/usr/bin/python3"].find(
  (program) => asNobody([program, "-c", "import coven"], { PYTHONPATH: join(root, "sdk/python/build"), PYTHONDONTWRITEBYTECODE: "1" }).status === 0,
);
const reason = reasonNot();
if (reason) console.log(`SKIP the demonstration as nobody: ${reason}`);

describe.runIf(reason === undefined)("the demonstration as nobody", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rootless-"));
    chmodSync(folder, 0o777);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const namespaces = asNobody(["unshare", "--user", "--map-root-user", "--net", "true"]).status === 0;
  if (!namespaces) console.log("SKIP the demonstration as nobody in a user namespace: this kernel gives nobody none");
  const modes = [...(namespaces ? [["in a user namespace", {}, /joined only by COVEN \(in a user namespace: you are not root\)/] as const] : []), ["without namespaces", { COVEN_DEMO_FILES: "1" }, /the firewall runs on capture files instead of hosts/] as const];

  it.each(modes)("%s", { timeout: 150_000 }, (_, environment, sentence) => {
    const { status, stdout, stderr } = asNobody(["bin/coven", "demo"], { TMPDIR: folder, COVEN_PYTHON: python, ...environment });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toMatch(sentence);
    expect(stdout).toContain("Skype was blocked, everything else passed unchanged, NSH and all. Everything has been removed again.");
    // What it was made for stays, where it says: the captures. Else only what the TypeScript loader keeps for its next start.
    const [, captures = ""] = /after-c\.pcap, in (\S+)$/m.exec(stdout) ?? [];
    expect(readdirSync(resolve(root, captures))).toEqual(expect.arrayContaining(["before-c.pcap", "after-c.pcap"]));
    expect(readdirSync(folder).filter((name) => !/^(coven-demo-|tsx-|node-compile-cache)/.test(name))).toEqual([]);
    expect(running(folder)).toEqual([]);
  });
});

/** Processes that have this folder among their arguments or variables. */
function running(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && ["cmdline", "environ"].some((file) => holds(`/proc/${pid}/${file}`, folder)));
}

function holds(file: string, text: string): boolean {
  try {
    return readFileSync(file, "utf8").includes(text);
  } catch {
    return false; // it has ended meanwhile
  }
}
