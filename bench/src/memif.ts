/** DPDK's testpmd and memif: between two of them, and as a component of ours. Whatever makes packets is on CPU 0, testpmd that hands them back on CPU 1. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { pause } from "@coven/testbed";
import { flowOfWindow, Plane } from "./plane.ts";
import { Testpmd } from "./testpmd.ts";

const window_ms = 1000;

async function connected(client: Testpmd): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (/Link status: up/.test(await client.say("show port info 0"))) return;
    await pause(50);
  }
  throw new Error("testpmd: the two ends of memif do not find each other");
}

/** Two of them hand 512 packets to and fro: what one receives is what went through the other and back. Million packets a second. */
export async function directRound(folder: string, size = 64): Promise<number> {
  const socket = join(mkdtempSync(join(folder, "memif-")), "sock");
  const memif = (role: string) => `net_memif0,role=${role},id=0,socket=${socket},socket-abstract=no`;
  const server = await Testpmd.open({ name: "server", cpu: 0, vdevs: [memif("server")], topology: "loop" });
  try {
    const client = await Testpmd.open({ name: "client", cpu: 1, vdevs: [memif("client")], topology: "loop" });
    try {
      await client.say(`set txpkts ${size}`);
      await server.say("start");
      await connected(client);
      await client.say("start tx_first 16");
      await pause(200);
      const [before, began] = [await server.received(), performance.now()];
      await pause(window_ms);
      const [after, ended] = [await server.received(), performance.now()];
      return (after - before) / (ended - began) / 1e3;
    } finally {
      await client.remove();
    }
  } finally {
    await server.remove();
  }
}

/** It polls, and so is there only while it is measured. */
export async function componentRound(size: number): Promise<number> {
  const vdev = (name: string, n: number) => `--vdev=net_memif${n},role=client,socket={folder}/${name}.sock,socket-abstract=no`;
  const eal = ["--no-huge", "-m", "128", "--no-pci", "--no-shconf", "--no-telemetry", "--lcores=0@0,1@1", ...["in", "out"].map(vdev)];
  const command = ["dpdk-testpmd", ...eal, "--", "--no-mlockall", "--total-num-mbufs=16384", "--auto-start", "--forward-mode=io", "--no-flush-rx", "--stats-period=3600"];
  const plane = await Plane.open({
    components: { x: { framework: "memif", source: ".", role: "server", command } },
    ports: { wire: { backend: "generate", size } },
    paths: { through: "wire -> x -> wire" },
    cpus: { engine: 0, components: 0 },
  });
  try {
    return flowOfWindow(await plane.window(window_ms)).mpps;
  } finally {
    await plane.remove();
  }
}
