import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rig } from "@coven/testbed";
import { trial } from "./source.ts";
import { ours, ourTs, sleeping } from "./wires.ts";
const folder = mkdtempSync(join(tmpdir(), "wire-"));
const kinds = { ts: (rig: Rig) => ourTs(rig, 1), rust: (rig: Rig) => ours(rig, { backend: "af_packet", cpu: 1 }), sleeping: (rig: Rig) => sleeping(rig, 1) };
for (let round = 0; round < 2; round++) for (const [name, start] of Object.entries(kinds)) {
  const rig = new Rig(folder);
  try {
    const f = await start(rig);
    try {
      const full = await trial(rig, folder, f, "full", 600);
      const r = { name, off: Math.round(full.offered), arr: Math.round(full.arrived) };
      const at = await trial(rig, folder, f, 100000, 1000);
      console.log(r, Math.round(at.arrived), at.lost.toFixed(3), Math.round(at.cpu_ns));
    } finally { await f.remove(); }
  } finally { rig.remove(); }
}
rmSync(folder, { recursive: true, force: true });
