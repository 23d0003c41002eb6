/** An instance on one CPU: its engine and its components are there, and still after a component's crash and under another daemon. */
import { join } from "node:path";
import { cpusOfProcess } from "@coven/itf";
import { archiveOf, Platform, root } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coven, until } from "./support.ts";

describe("placement.cpu", () => {
  const platform = new Platform();
  const allowed = cpusOfProcess();
  const ports = { lan: { backend: "loopback" }, wan: { backend: "loopback" } } as const;
  const pair = (cpu?: string) => archiveOf(join(root, "conformance/pair"), ["components.a.framework=c", "components.b.framework=java", "components.b.source=pair-java/", ...(cpu === undefined ? [] : [`placement.cpu=${cpu}`])]);
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  const processes = async (id: string): Promise<number[]> => {
    const [{ enginePid }, { components }] = await Promise.all([platform.instance(id), platform.statistics(id)]);
    return [Number(enginePid), ...components.map(({ pid }) => pid)];
  };
  const expectAll = async (id: string, cpus: number[]) => expect((await processes(id)).map((pid) => cpusOfProcess(pid))).toEqual([cpus, cpus, cpus]);

  async function killed(id: string, restarts: number): Promise<void> {
    const b = async () => (await platform.statistics(id)).components.find(({ name }) => name === "b");
    process.kill((await b())?.pid ?? 0, "SIGKILL");
    await until(async () => { const now = await b(); return now?.restarts === restarts && now.state === "running"; }, "b runs again");
  }

  it("keeps all on the CPU, also who is restarted, by this daemon or the next", async () => {
    const cpu = Math.max(...allowed);
    const { instance } = await platform.deploy(await pair(String(cpu)), "on-one", ports);
    await expectAll(instance, [cpu]);
    expect((await coven(platform, ["show", "on-one"])).stdout).toMatch(new RegExp(`^cpu +${cpu}, with all components$`, "m"));
    await killed(instance, 1);
    await expectAll(instance, [cpu]);
    await platform.down("SIGKILL");
    await platform.up();
    await killed(instance, 2);
    await expectAll(instance, [cpu]);
    await platform.undeploy(instance);
  });

  it("together: on one that the platform may use; unless it is asked for, on all", async () => {
    const { instance } = await platform.deploy(await pair("together"), "together", ports);
    const cpus = cpusOfProcess((await processes(instance))[0]);
    expect(cpus).toHaveLength(1);
    expect(allowed).toContain(cpus[0]);
    await expectAll(instance, cpus);
    await platform.undeploy(instance);
    const { instance: other } = await platform.deploy(await pair(), "anywhere", ports);
    await expectAll(other, allowed);
    await platform.undeploy(other);
  });

  it("doctor says what wake-ups cost here", async () => {
    expect((await coven(platform, ["doctor"])).stdout).toMatch(allowed.length > 1 ? /wake-ups +[\d.]+ µs on the same CPU, [\d.]+ µs on another: / : /wake-ups +[\d.]+ µs; there is one CPU/);
  });

  it("refuses a CPU that is not there, naming those that are", async () => {
    await expect(platform.deploy(await pair("4096"), "nowhere", ports)).rejects.toThrow(`placement.cpu: the platform may not use CPU 4096 on this host; it may use ${allowed.join(", ")}`);
  });
});
