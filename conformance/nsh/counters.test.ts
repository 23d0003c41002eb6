/** A packet that is dropped for its NSH is counted under its service path wherever an operator looks. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, Platform, root, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chained } from "./packets.ts";

const platform = new Platform();
beforeAll(() => platform.up());
afterAll(() => platform.remove());

it("statistics, coven status and /metrics tell of it", async () => {
  const folder = join(platform.folder, "wire");
  mkdirSync(folder);
  writeFileSync(join(folder, "vnf.yaml"), "vnf: wire\nversion: 1.0.0\nconnectionPoints: { lan: { nsh: proxy }, wan: { nsh: proxy } }\npaths: { up: lan -> wan }\nnsh: { paths: { up: { spi: 10, context: opaque } } }\n");
  const capture = join(platform.folder, "in.pcap");
  const frames = [chained(10, 9), chained(77, 5), chained(77, 5), chained(10, 0)];
  writeCapture(capture, frames.map((bytes, index) => ({ time_ns: BigInt(index), bytes })));
  const { instance } = await platform.deploy(await archiveOf(folder), "counted", { lan: { backend: "pcap", in: capture }, wan: { backend: "pcap", out: join(platform.folder, "out.pcap") } });
  const statistics = await platform.replayed(instance, "lan", 20_000);
  const metrics = String(await platform.call("GET", "/metrics"));
  const status = execFileSync(join(root, "bin/coven"), ["status", "counted"], { encoding: "utf8", env: platform.environment });
  await platform.undeploy(instance);

  expect(statistics.nsh).toEqual([{ spi: 10, si: 0, dropped: { nsh_path_exhausted: 1 } }, { spi: 77, si: 5, dropped: { nsh_no_path: 2 } }]);
  expect(metrics).toMatch(/^coven_nsh_dropped_total\{instance="counted",spi="77",si="5",reason="nsh_no_path"\} 2$/m);
  expect(status).toMatch(/spi +si +dropped on the service path[\s\S]*77 +5 +.*nsh_no_path.*2/);
});
