/** Every step of a deployment and of a start is made to fail once, with components in C, Python and TypeScript in one VNF: the host is as it was before. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Platform } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coven, forward, left, look, packageOf } from "./support.ts";

const languages = Object.keys(forward) as (keyof typeof forward)[];
const descriptor = [
  "vnf: three",
  "version: 1.0.0",
  "connectionPoints: { lan: { port: { backend: loopback } }, wan: { port: { backend: loopback } } }",
  "components:",
  ...languages.map((language) => `  in-${language}: { framework: ${language}, settings: { level: 3 } }`),
  `paths: { up: ${["lan", ...languages.map((language) => `in-${language}`), "wan"].join(" -> ")} }`,
  "",
].join("\n");
const sources = languages.flatMap((language) => Object.entries(forward[language]).map(([name, text]) => [`in-${language}/${name}`, text]));
const archive = packageOf({ "vnf.yaml": descriptor, ...Object.fromEntries(sources) });

describe("whatever step fails, nothing is left behind", () => {
  const platform = new Platform();
  let packageId: string;
  /** As a good deployment and a good start tell them. */
  let steps: { instantiate: string[]; start: string[] };

  const instantiate = (id: string, start: boolean) => platform.outcome("instantiate", id, { flavourId: "default", additionalParams: { start } });
  const operate = (id: string, to: "STARTED" | "STOPPED") => platform.outcome("operate", id, { changeStateTo: to, ...(to === "STOPPED" ? { stopType: "FORCEFUL" } : {}) });

  /** From here on operations fail, each at the next of these steps. */
  async function failing(...at: string[]): Promise<void> {
    await platform.down();
    await platform.up({ COVEN_FAIL_AT: at.join(",") });
  }

  beforeAll(async () => {
    await platform.up();
    packageId = await platform.onboard(archive);
    const id = await platform.create(packageId, "good");
    const names = ({ steps: done }: { steps: { name: string }[] }) => done.map(({ name }) => name);
    const whole = names(await instantiate(id, true));
    await operate(id, "STOPPED");
    steps = { instantiate: whole, start: names(await operate(id, "STARTED")) };
    await platform.undeploy(id);
  });
  afterAll(() => platform.remove());

  it("a deployment of all three languages goes through the steps that are made to fail here", () => {
    for (const language of languages) for (const step of ["launch", "attach", "settings"]) expect(steps.instantiate).toContain(`${step} in-${language}`);
    expect(steps.instantiate).toEqual(expect.arrayContaining(["bind", "folder", "engine", "channel", "ports", "components", "edges", "supervision", "traffic"]));
    expect(steps.instantiate).toEqual(expect.arrayContaining(steps.start));
  });

  it("a deployment that fails at any step", { timeout: 180_000 }, async () => {
    await failing(...steps.instantiate);
    for (const step of steps.instantiate) {
      const id = await platform.create(packageId, "failing");
      const before = await look(platform);
      const { operationState, error, steps: done } = await instantiate(id, true);
      expect([step, operationState, error?.detail]).toEqual([step, "ROLLED_BACK", `step ${step} was told to fail`]);
      expect(done.map(({ name }) => name)).toEqual(steps.instantiate.slice(0, steps.instantiate.indexOf(step) + 1));
      expect(done.slice(0, -1).every(({ state }) => state === "undone")).toBe(true);
      expect([step, await left(platform, before)]).toEqual([step, []]);
      await platform.call("DELETE", `/vnflcm/v2/vnf_instances/${id}`);
    }
  });

  it("a start that fails at any step leaves the instance stopped, with nothing but logs", { timeout: 180_000 }, async () => {
    await platform.down();
    await platform.up();
    const id = await platform.create(packageId, "starting");
    expect(await instantiate(id, false)).toMatchObject({ operationState: "COMPLETED" });
    await failing(...steps.start);
    for (const step of steps.start) {
      const before = await look(platform);
      expect(await operate(id, "STARTED")).toMatchObject({ operationState: "ROLLED_BACK" });
      expect(await platform.instance(id)).toMatchObject({ state: "stopped" });
      expect([step, await left(platform, before, /\.log$/)]).toEqual([step, []]);
    }
    await platform.undeploy(id);
  });

  it("the command line takes back what came before the failing step, too", async () => {
    await failing("attach in-python");
    const before = await look(platform);
    writeFileSync(join(platform.folder, "three.zip"), archive);
    const { code, stderr } = await coven(platform, ["deploy", "three.zip"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/undone +instantiate[\s\S]*undone +create the package[\s\S]*coven: step attach in-python was told to fail/)]);
    expect(await left(platform, before)).toEqual([]);
  });
});
