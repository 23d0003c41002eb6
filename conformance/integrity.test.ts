/** 10,000 packets of mixed sizes at 5,000 a second, over real interfaces, through the analyzer and each filter: each arrives once, unchanged, in order per flow, and nothing is counted as dropped anywhere. */
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, compare, isolated, pause, Platform, readCapture, Rig, root, sequence, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";

const click = await drivers(platformPaths()).click.fingerprint();
if (!click.usable) console.log(`SKIP conformance integrity click: ${click.reason}`);
const usable = [...(await languages()), ...(click.usable ? ["click"] : [])];

describe.runIf(isolated)("integrity at 5,000 packets a second", () => {
  const platform = new Platform();
  const sent = sequence(10_000);
  let rig: Rig;

  beforeAll(async () => {
    rig = new Rig(platform.folder);
    await platform.up();
    writeCapture(join(platform.folder, "in.pcap"), sent);
  });
  afterAll(async () => {
    await platform.remove();
    rig.remove();
  });

  it.each(usable)("filter in %s", async (language) => {
    const archive = await archiveOf(join(root, "examples/l7-firewall"), [`components.filter.framework=${language}`]);
    const { instance } = await platform.deploy(archive, `firewall-${language}`, rig.ports);
    const receive = join(platform.folder, `out-${language}.pcap`);
    const sink = rig.station("server", { receive });
    await sink.ready();
    const source = rig.station("client", { send: join(platform.folder, "in.pcap"), rate: 5000 });
    const atSource = await source.sent(30_000);
    await pause(300);
    const [now, atSink] = [await platform.statistics(instance), await sink.statistics()];
    await Promise.all([source.end(), sink.end()]);
    await platform.undeploy(instance);

    expect(compare(sent, readCapture(receive))).toEqual({ arrived: 10_000, missing: 0, doubled: 0, changed: 0, outOfOrder: 0 });
    for (const statistics of [atSource, now, atSink]) {
      expect(statistics.dropped).toEqual({});
      expect(statistics.ports.map((port) => port.rx_missed + port.tx_missed)).toEqual(statistics.ports.map(() => 0));
    }
    expect(now.received).toBe(now.transmitted);
  });
});
