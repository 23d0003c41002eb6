/** Ctrl-C in the middle of anything: whatever step the command line or the daemon is at, everything is taken back or carried to its end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause, Platform } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coven, forward, left, look, oneComponent, packageOf, until } from "./support.ts";

/** Python keeps its byte code with the package, for the next start. */
const byteCode = /\/pycache\//;
const slow = { "main.py": `import time\ntime.sleep(0.3)\n${forward.python["main.py"]}` };

describe("Ctrl-C", () => {
  const platform = new Platform();
  beforeAll(async () => {
    await platform.up();
    writeFileSync(join(platform.folder, "p.zip"), packageOf(oneComponent("framework: python, settings: { level: 3 }", slow)));
  });
  afterAll(() => platform.remove());

  it("in the middle of coven deploy, after every step that it tells, and between those of the engine", { timeout: 120_000 }, async () => {
    const before = await look(platform);
    const whole = await coven(platform, ["deploy", "p.zip", "--name", "edge"]);
    expect(whole.code, whole.stderr).toBe(0);
    await coven(platform, ["rm", "edge"]);
    const lines = whole.stderr.split("\n").flatMap((text, at) => (/^done|^ +(channel|launch)/.test(text) ? [at] : []));
    expect(lines.length).toBe(8);
    for (const line of lines) {
      let pressed = false;
      const { code, stderr } = await coven(platform, ["deploy", "p.zip", "--name", "edge"], (text, child) => {
        if (text.split("\n").length > line && !pressed) pressed = child.kill("SIGINT");
      });
      // After the last line there is nothing left to interrupt.
      if (code === 0) await coven(platform, ["rm", "edge"]);
      else expect([line, code, stderr]).toEqual([line, 1, expect.stringMatching(/^coven: interrupted/m)]);
      expect([line, stderr, await left(platform, before)]).toEqual([line, stderr, []]);
    }
  });

  it("at the daemon in the middle of a deployment: it ends when that is done, and the next daemon has the instance", async () => {
    const packageId = await platform.onboard(packageOf(oneComponent("framework: python", slow)));
    const before = await look(platform);
    const id = await platform.create(packageId, "daemonless");
    const { location } = await platform.exchange("POST", `/vnflcm/v2/vnf_instances/${id}/instantiate`, { flavourId: "default", additionalParams: { start: true } });
    await until(async () => (await platform.instance(id)).enginePid !== null, "there is an engine");
    await platform.down("SIGINT");
    await platform.up();
    expect(await platform.call("GET", location.replace(/^https?:\/\/[^/]+/, ""))).toMatchObject({ operationState: "COMPLETED" });
    expect(await platform.instance(id)).toMatchObject({ state: "running", components: [{ state: "running" }] });
    await platform.undeploy(id);
    expect(await left(platform, before, byteCode)).toEqual([]);
  });

  it("kill -9 of the daemon at any time of a deployment: the next one takes it back", { timeout: 120_000 }, async () => {
    const packageId = await platform.onboard(packageOf(oneComponent("framework: python", slow)));
    const id = await platform.create(packageId, "killed");
    const before = await look(platform);
    const seen = new Set<string>();
    for (const delay_ms of [0, 60, 150, 300]) {
      await platform.exchange("POST", `/vnflcm/v2/vnf_instances/${id}/instantiate`, { flavourId: "default", additionalParams: { start: true } });
      await pause(delay_ms);
      await platform.down("SIGKILL");
      await platform.up();
      await until(async () => (await platform.instance(id)).operation === null, "the operation is over");
      const { state } = await platform.instance(id);
      seen.add(state);
      if (state !== "not-instantiated") await platform.operation("terminate", id, { terminationType: "FORCEFUL" });
      expect([delay_ms, await left(platform, before, byteCode)]).toEqual([delay_ms, []]);
    }
    expect(seen).toContain("not-instantiated");
  });
});
