/** Programs that others wrote, as judges of what we emit. tools/ci.sh installs them; where one is missing its tests are skipped. */
import { execFileSync, spawnSync } from "node:child_process";

/** Is the program here? Says what is skipped if it is not. */
export function has(program: string, what: string): boolean {
  if (spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0) return true;
  console.log(`SKIP ${what}: ${program} is not installed (tools/ci.sh installs it)`);
  return false;
}

/** Is Scapy here, for the python3 that comes first? */
export function hasScapy(what: string): boolean {
  if (spawnSync("python3", ["-c", "import scapy"], { stdio: "ignore" }).status === 0) return true;
  console.log(`SKIP ${what}: Scapy is not installed (tools/ci.sh installs it)`);
  return false;
}

const readByScapy = `
import json, sys
from scapy.contrib.nsh import NSH
from scapy.layers.inet import UDP
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapReader
for frame, _ in RawPcapReader(sys.argv[1]):
    nsh = Ether(frame)[NSH]
    context = nsh.context_header if isinstance(nsh.context_header, str) else bytes(nsh.context_header).hex()
    print(json.dumps({"ttl": nsh.ttl, "length": nsh.length, "mdtype": nsh.mdtype, "nextproto": nsh.nextproto, "spi": nsh.spi, "si": nsh.si, "context": context, "port": nsh[UDP].dport}))
`;

/** What Scapy makes of the NSHs of a capture. It reads MD type 1; of MD type 2 its contrib.nsh makes nothing. */
export function scapy(capture: string): Record<string, number | string>[] {
  const lines = execFileSync("python3", ["-c", readByScapy, capture], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return lines.trim().split("\n").map((line) => JSON.parse(line));
}

/** What Wireshark makes of the frames of a capture: for each the values of these fields, several joined by commas. */
export function dissect(capture: string, fields: readonly string[]): Record<string, string>[] {
  const words = ["-n", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-r", capture, "-T", "fields", "-E", "separator=|", "-E", "occurrence=a", ...fields.flatMap((field) => ["-e", field])];
  const lines = execFileSync("tshark", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 }).split("\n");
  return lines.slice(0, -1).map((line) => Object.fromEntries(line.split("|").map((value, index) => [fields[index] ?? "", value])));
}

/** What tcpdump prints of each frame, without times. */
export function dump(capture: string): string[] {
  return execFileSync("tcpdump", ["-n", "-t", "-v", "-r", capture], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim().split(/\n(?=\S)/);
}
