/** The limiter, deployed by the platform on a capture, and under the SDK's harness. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, type Frame, Platform, readCapture, root, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const java = await drivers(platformPaths()).java.fingerprint();
if (!java.usable) console.log(`SKIP the rate limiter: ${java.reason}`);

const server = { mac: "02:00:00:00:00:02", ip: "10.0.1.1", port: 53 };
const from = (host: number) => ({ mac: "02:00:00:00:00:01", ip: `10.0.0.${host}`, port: 1000 });

describe.runIf(java.usable)("the rate limiter", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  it("lets each host of a capture send its burst, then at its rate", async () => {
    // Host 1 sends 100 bytes each ms for a second: 100,000 bytes/s. Host 2 one packet in 10 ms: 10,000 bytes/s.
    const frames: Frame[] = [];
    for (let ms = 0; ms < 1000; ms++) {
      const time_ns = 1_700_000_000_000_000_000n + BigInt(ms) * 1_000_000n;
      frames.push({ time_ns, bytes: udp(from(1), server, Buffer.alloc(58)) });
      if (ms % 10 === 0) frames.push({ time_ns, bytes: udp(from(2), server, Buffer.alloc(58)) });
    }
    writeCapture(file("in.pcap"), frames);
    const archive = await archiveOf(join(root, "examples/rate-limiter"), ["components.limiter.settings.rate=20000", "components.limiter.settings.burst=1000", "components.limiter.onFull=block"]);
    const { instance } = await platform.deploy(archive, "limited", { lan: { backend: "pcap", in: file("in.pcap"), rate: 5000 }, wan: { backend: "pcap", out: file("out.pcap") } });
    await platform.replayed(instance, "lan", 30_000);
    const items = (await platform.agents(instance)).find(({ component }) => component === "limiter")?.items ?? [];
    const value = (name: string) => Number(items.find((item) => item.name === name)?.value);
    await platform.undeploy(instance);
    const sent = readCapture(file("out.pcap")).map(({ bytes }) => bytes[29]);
    // A burst of 10 packets, then 200 a second: the bucket of host 1 is empty after 12 ms.
    expect(sent.filter((host) => host === 1).length).toBe(209);
    expect(sent.filter((host) => host === 2).length).toBe(100);
    expect([value("passed"), value("limited")]).toEqual([309 * 100, 791 * 100]);
  });

  it("keeps to its rate under the harness", () => {
    const jar = join(root, "sdk/java/build/coven-sdk.jar");
    execFileSync("sh", ["-c", `javac -cp ${jar} -d ${file("classes")} ${root}/examples/rate-limiter/*/*.java`]);
    expect(execFileSync("java", ["-cp", `${file("classes")}:${jar}`, "LimiterTest"], { encoding: "utf8" })).toBe("the limiter: as it should\n");
  });
});
