/** What a host lacks, components that do not come up, requests that are wrong: a clear sentence, and nothing left behind. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engineBinary, Platform, Refused } from "@coven/testbed";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { coven, type Files, forward, left, look, oneComponent, packageOf, refusal } from "./support.ts";

const good = packageOf(oneComponent("framework: c", forward.c));

describe("a host that lacks something", () => {
  let platform: Platform;
  afterEach(() => platform.remove());

  it.each([
    ["c", "framework c is not usable on this host: there is no C compiler (cc): install one, or set CC to its path; prebuilt artifacts still run"],
    ["python", "framework python is not usable on this host: there is no Python interpreter (python3): install one, or set COVEN_PYTHON to its path"],
  ] as const)("no %s", async (framework, sentence) => {
    platform = new Platform([], { PATH: "/nonexistent", CC: undefined, COVEN_PYTHON: undefined });
    await platform.up();
    const { problem, message } = await refusal(platform, () => platform.onboard(packageOf(oneComponent(`framework: ${framework}`, forward[framework]))));
    expect([problem.reason, message]).toEqual(["FRAMEWORK_MISSING", sentence]);
  });

  it("no memory for the pool", async () => {
    platform = new Platform();
    const engine = join(platform.folder, "engine.sh");
    writeFileSync(engine, `#!/bin/sh\nulimit -v 8000\nexec "${engineBinary}" "$@"\n`);
    chmodSync(engine, 0o755);
    await platform.up({ COVEN_ENGINE: engine });
    const packageId = await platform.onboard(good);
    const { problem, message, status } = await refusal(platform, () => platform.instantiate(packageId, "starved", {}));
    expect([problem.reason, status, message]).toEqual(["MEMORY_SHORT", 507, expect.stringMatching(/^no memory for the packet pool of \d+ MiB: ./)]);
  });

  it("no engine", async () => {
    platform = new Platform();
    await platform.up({ COVEN_ENGINE: "/nonexistent/coven-engine" });
    const packageId = await platform.onboard(good);
    const { message } = await refusal(platform, () => platform.instantiate(packageId, "engineless", {}));
    expect(message).toBe("the engine could not start: there is no /nonexistent/coven-engine");
  });
});

/** Components that do not come up, by what they do. */
const wayward: Record<string, { component: string; sources: Files; sentence: RegExp }> = {
  "C that exits": { component: "framework: c", sources: { "main.c": '#include <stdio.h>\nint main(void) { fputs("no licence\\n", stderr); return 3; }\n' }, sentence: /^component a ended at once \(exit 3\): no licence$/ },
  "C that crashes": { component: "framework: c", sources: { "main.c": "#include <stdlib.h>\nint main(void) { abort(); }\n" }, sentence: /^component a ended at once \(killed by SIGABRT\): it wrote nothing$/ },
  "Python that raises": { component: "framework: python", sources: { "main.py": 'raise RuntimeError("no licence")\n' }, sentence: /^component a ended at once \(exit 1\): [\s\S]*RuntimeError: no licence$/ },
  "TypeScript that throws": { component: "framework: typescript", sources: { "main.ts": 'throw new Error("no licence");\n' }, sentence: /^component a ended at once \(exit 1\): [\s\S]*Error: no licence/ },
  "C that hangs at its start": { component: "framework: c", sources: { "main.c": '#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts("thinking"); fflush(stdout); for (;;) pause(); }\n' }, sentence: /^component a did not connect within 10 s: thinking$/ },
  "Python that hangs at its start": { component: "framework: python", sources: { "main.py": "import time\ntime.sleep(1e6)\n" }, sentence: /^component a did not connect within 10 s: it wrote nothing$/ },
  "TypeScript that never connects": { component: "framework: typescript", sources: { "main.ts": "setInterval(() => {}, 1e6);\n" }, sentence: /^component a did not connect within 10 s: it wrote nothing$/ },
  "C that refuses a setting": { component: "framework: c, settings: { level: high }", sources: forward.c, sentence: /^component a refused setting level = "high": ./ },
  "Python without that setting": { component: "framework: python, settings: { depth: 3 }", sources: forward.python, sentence: /^component a refused setting depth = 3: .*depth/ },
};

describe("a component that does not come up", () => {
  const platform = new Platform();
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  it("is named, with its last words, and everything is taken back", async () => {
    const before = await look(platform);
    const attempts = Object.entries(wayward).map(async ([what, { component, sources }]) => {
      const packageId = await platform.onboard(packageOf(oneComponent(component, sources)));
      const refused: unknown = await platform.instantiate(packageId, what.replaceAll(" ", "-"), {}).catch((problem: unknown) => problem);
      await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
      return [what, refused instanceof Refused ? refused.message : refused] as const;
    });
    const said = Object.fromEntries(await Promise.all(attempts));
    expect(said).toEqual(Object.fromEntries(Object.entries(wayward).map(([what, { sentence }]) => [what, expect.stringMatching(sentence)])));
    expect(await left(platform, before)).toEqual([]);
  });
});

describe("requests that are wrong", () => {
  const platform = new Platform();
  let packageId: string;
  beforeAll(async () => {
    await platform.up();
    packageId = await platform.onboard(good);
  });
  afterAll(() => platform.remove());

  const instances = "/vnflcm/v2/vnf_instances";
  const packages = "/vnfpkgm/v2/vnf_packages";

  it.each<[method: string, path: string, body: unknown, type: string, status: number, sentence: RegExp]>([
    ["POST", instances, "{ vnfdId: ", "application/json", 400, /^the request's body is not as it should be: ./],
    ["POST", instances, {}, "application/json", 400, /vnfdId/],
    ["POST", instances, { vnfdId: 7, vnfInstanceName: "x" }, "application/json", 400, /vnfdId/],
    ["POST", instances, "<x/>", "application/xml", 415, /^this takes application\/json$/],
    ["POST", instances, { vnfdId: "no-such-package" }, "application/json", 404, /^there is no package no-such-package$/],
    ["POST", packages, "[1, 2]", "application/json", 400, /^the request's body is not as it should be: ./],
    ["GET", `${instances}/nobody`, undefined, "", 404, /^there is no instance nobody$/],
    ["PATCH", instances, {}, "application/json", 405, /^PATCH is not for .*vnf_instances, which takes /],
    ["GET", `${packages}?filter=(eq,a`, undefined, "", 400, /^the request's query is not as it should be: ./],
    ["GET", "/elsewhere", undefined, "", 404, /^there is no resource \/elsewhere$/],
  ])("%s %s %j", async (method, path, body, type, status, sentence) => {
    const refused = await refusal(platform, () => platform.call(method, path, body, type));
    expect([refused.status, refused.message]).toEqual([status, expect.stringMatching(sentence)]);
  });

  it.each<[what: string, additionalParams: unknown, status: number, sentence: RegExp]>([
    ["an interface that does not exist", { ports: { lan: { backend: "af_packet", interface: "absent0" } }, start: true }, 500, /there is no interface absent0 here; `ip link` lists them/],
    ["a capture that does not exist", { ports: { lan: { backend: "pcap", in: "/nonexistent/in.pcap" } }, start: true }, 500, /\/nonexistent\/in\.pcap/],
    ["a connection point that does not exist", { ports: { moon: { backend: "loopback" } } }, 422, /^there is no connection point moon; there are lan, wan$/],
    ["one interface for two connection points", { ports: { lan: { backend: "af_packet", interface: "lo" }, wan: { backend: "af_packet", interface: "lo" } } }, 422, /^connection points lan and wan are both bound to interface lo$/],
    ["a backend that does not exist", { ports: { lan: { backend: "pigeon" } } }, 400, /^the request's body is not as it should be: ./],
  ])("instantiation with %s", async (_, additionalParams, status, sentence) => {
    const id = await platform.create(packageId, "wrong");
    const refused = await refusal(platform, () => platform.operation("instantiate", id, { flavourId: "default", additionalParams }));
    await platform.call("DELETE", `${instances}/${id}`);
    expect([refused.status, refused.message]).toEqual([status, expect.stringMatching(sentence)]);
  });

  it("what is not for a state is refused with 409, and changes nothing", async () => {
    const id = await platform.create(packageId, "stately");
    const start = { flavourId: "default", additionalParams: { start: true } };
    const conflict = async (attempt: () => Promise<unknown>, sentence: RegExp) => {
      const { status, message } = await refusal(platform, attempt);
      expect([status, message]).toEqual([409, expect.stringMatching(sentence)]);
    };
    await conflict(() => platform.operation("operate", id, { changeStateTo: "STARTED" }), /^cannot start an instance that is not-instantiated$/);
    await conflict(() => platform.operation("terminate", id, { terminationType: "FORCEFUL" }), /^cannot terminate an instance that is not-instantiated$/);
    await platform.operation("instantiate", id, start);
    await conflict(() => platform.operation("instantiate", id, start), /^cannot instantiate an instance that is running$/);
    await conflict(() => platform.call("DELETE", `${instances}/${id}`), /^cannot delete an instance that is running$/);
    await conflict(() => platform.call("DELETE", `${packages}/${packageId}`), new RegExp(`^package ${packageId} is in use by instance `));
    await conflict(() => platform.call("PUT", `${packages}/${packageId}/package_content`, good, "application/zip"), /is ONBOARDED$/);
    await conflict(() => platform.create(packageId, "stately"), new RegExp(`^there is an instance named stately already \\(${id}\\)$`));
    const operating = platform.operation("operate", id, { changeStateTo: "STOPPED", stopType: "GRACEFUL" });
    await expect(platform.operation("operate", id, { changeStateTo: "STARTED" })).rejects.toMatchObject({ status: 409 });
    await operating;
    await platform.undeploy(id);
  });

  it("two at once under one name: one is made, the other refused", async () => {
    const both = await Promise.allSettled([platform.create(packageId, "twin"), platform.create(packageId, "twin")]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    for (const one of both) if (one.status === "fulfilled") await platform.call("DELETE", `${instances}/${one.value}`);
  });

  it("coven deploy twice under one name: the second says what to do, and the first is as it was", async () => {
    writeFileSync(join(platform.folder, "p.zip"), good);
    expect(await coven(platform, ["deploy", "p.zip", "--name", "edge"])).toMatchObject({ code: 0 });
    const before = await look(platform);
    const { code, stderr } = await coven(platform, ["deploy", "p.zip", "--name", "edge"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/there is an instance named edge already \(.*\); choose another with --name, or remove it with: coven rm edge/)]);
    expect(await left(platform, before)).toEqual([]);
    expect(await coven(platform, ["rm", "edge"])).toMatchObject({ code: 0 });
  });
});
