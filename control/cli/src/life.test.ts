/** The life of a VNF from the command line, with a real daemon and management agent; the engine is a double, the components are mocks. */
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { House, mocks, until } from "./testing/house.ts";

const house = new House();
let folder: string;
beforeAll(async () => {
  house.build();
  folder = house.write("vnf", mocks({ first: {}, second: {} }));
  await house.up();
});
afterAll(() => house.remove());

const packages = async (): Promise<unknown> => {
  const [answer] = (await once(get({ socketPath: join(house.folder, "r/covend.sock"), path: "/vnfpkgm/v2/vnf_packages" }), "response")) as [IncomingMessage];
  return json(answer);
};

test("up again is no error, a second daemon in the folder is one", async () => {
  expect(await house.coven("up")).toMatchObject({ code: 0, stdout: expect.stringContaining("runs already") });
  const second = spawnSync(process.execPath, [join(house.dist, "covend.js"), "--listen", "off"], { env: house.env, encoding: "utf8" });
  expect([second.status, second.stderr]).toEqual([1, expect.stringMatching(/^covend: .*another daemon, process \d+/)]);
  expect((await house.coven("ls")).stdout).toContain("nothing is deployed");
});

test("deployed, looked at, changed, stopped, started, removed", async () => {
  const deployed = await house.coven("deploy", folder, "--name", "edge");
  expect(deployed, deployed.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^edge is running after .* \([0-9a-f-]+\)$/m) });
  for (const step of ["create the package", "upload", "check and prepare", "create the instance", "instantiate", "start"]) expect(deployed.stderr).toMatch(new RegExp(`^done +${step} +\\d`, "m"));

  const [{ id }] = await house.json("ls");
  expect((await house.coven("ls")).stdout).toMatch(/edge +[0-9a-f]{8} +mocks 1\.0\.0 +running +2\/2 +lan=loopback wan=loopback/);
  expect((await house.coven("show", id.slice(0, 8))).stdout).toMatch(/name +edge[\s\S]*first +mock +running/);
  expect((await house.coven("status", "edge")).stdout).toMatch(/received 0[\s\S]*first +running/);
  expect(await house.json("status", "edge")).toMatchObject({ instance: id, usage: { components: { first: {} } } });
  expect((await house.coven("logs", "edge", "first", "-n", "5")).stdout).toContain("attached");
  expect(await house.json("logs", "edge")).toContainEqual(expect.objectContaining({ component: "second" }));

  expect((await house.coven("agent", "list", "edge")).stdout).toMatch(/first +level +setting +3/);
  expect((await house.coven("agent", "set", "edge", "first", "level", "5")).stdout).toBe("5\n");
  expect(await house.json("agent", "get", "edge", "first", "level")).toEqual({ name: "level", value: 5 });
  expect(await house.coven("agent", "get", "edge", "first", "nothing")).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing") });
  expect(await house.coven("agent", "get", "edge", "frist", "level")).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean first?") });

  expect(await house.coven("start", "edge")).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot start an instance that is running") });
  expect((await house.coven("stop", "edge")).stdout).toBe("edge is stopped\n");
  expect((await house.coven("start", "edge")).stdout).toBe("edge runs\n");
  expect((await house.coven("check", "edge")).stdout).toMatch(/edge +first +ok/);
  expect(await house.coven("show", "egde")).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean edge?") });

  expect(await house.coven("rm", "edge")).toMatchObject({ code: 0 });
  expect([await house.json("ls"), await packages()]).toEqual([[], []]);
});

test("two of one package: a name is given once, and what was refused leaves nothing", async () => {
  await house.coven("deploy", folder, "--name", "one");
  const again = await house.coven("deploy", folder, "--name", "one");
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("there is an instance named one already") });
  expect(await packages()).toHaveLength(1);
  expect((await house.coven("deploy", folder, "--name", "two", "--no-start")).stdout).toContain("two is stopped");
  expect((await house.json("ls")).map(({ name, state }: { name: string; state: string }) => `${name} ${state}`).sort()).toEqual(["one running", "two stopped"]);
  expect(await house.coven("rm", "one", "two")).toMatchObject({ code: 0 });
});

test("a component that ends at once: everything is taken back, and said", async () => {
  const bad = house.write("bad", mocks({ first: {}, second: { exit_code: 7 } }));
  const failed = await house.coven("deploy", bad);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/^failed +start[\s\S]*^undone +instantiate[\s\S]*^undone +create the instance[\s\S]*^undone +create the package[\s\S]*^coven: component second ended at once/m);
  expect([await house.json("ls"), await packages()]).toEqual([[], []]);
});

test("Ctrl-C in the middle: everything is taken back", async () => {
  const slow = house.write("slow", mocks({ first: { connect: false } }));
  const { child, ended } = house.begin(["deploy", slow, "--name", "slow"]);
  let said = "";
  child.stderr?.on("data", (text) => (said += text));
  await until(() => /done +instantiate/.test(said));
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([1, expect.stringMatching(/undone +create the package[\s\S]*coven: interrupted/)]);
  expect([await house.json("ls"), await packages()]).toEqual([[], []]);
});

test("logs -f and status --watch go on until they are interrupted, which is no failure", async () => {
  await house.coven("deploy", folder, "--name", "watched");
  for (const args of [["logs", "watched", "-f"], ["status", "watched", "--watch"]]) {
    const { child, ended } = house.begin(args);
    let said = "";
    child.stdout?.on("data", (text) => (said += text));
    await until(() => said.includes("first"));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  }
  await house.coven("rm", "watched");
});

test("a daemon that ends leaves instances running, and the next one finds them; down --all leaves none", async () => {
  await house.coven("deploy", folder, "--name", "lasting");
  const { enginePid } = await house.json("show", "lasting");
  expect(await house.coven("down")).toMatchObject({ code: 0, stdout: expect.stringContaining("still running: lasting") });
  expect(existsSync(`/proc/${enginePid}`)).toBe(true);
  expect((await house.coven("down")).code).toBe(3);
  await house.up();
  expect(await house.json("show", "lasting")).toMatchObject({ state: "running", enginePid });
  expect(await house.coven("down", "--all")).toMatchObject({ code: 0 });
  await until(() => !existsSync(`/proc/${enginePid}`) || / [ZX] /.test(readFileSync(`/proc/${enginePid}/stat`, "latin1")));
  await house.up();
  expect(await house.json("ls")).toEqual([]);
});

test("up tells why a daemon ended at once", async () => {
  const { code, stderr } = await house.begin(["up", "--listen", "nowhere"], { COVEN_RUN: join(house.folder, "other") }).ended;
  expect([code, stderr]).toEqual([1, expect.stringMatching(/ended at once \(exit code 2\)\ncovend: --listen nowhere/)]);
});

test("up --foreground stays, logs to standard error, and ends in order", async () => {
  const { child, ended } = house.begin(["up", "--foreground", "--listen", "off"], { COVEN_RUN: join(house.folder, "f"), COVEN_STATE: join(house.folder, "fs") });
  let said = "";
  child.stderr?.on("data", (text) => (said += text));
  await until(() => said.includes("covend is ready"));
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0, stderr: expect.stringContaining("covend has ended") });
});
