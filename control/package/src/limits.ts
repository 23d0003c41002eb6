/** What a package may be at most. */
import { CovenError } from "@coven/contract";

export const descriptorName = "vnf.yaml";

export const limits = {
  unpackedBytes: 256 * 1024 * 1024,
  /** Unpacked size to archive size; looked at from `ratioFromBytes` on, since little files may well be all blanks. */
  ratio: 100,
  ratioFromBytes: 1024 * 1024,
  entries: 10_000,
  nameBytes: 1024,
  wordBytes: 255,
  depth: 32,
  descriptorBytes: 64 * 1024,
} as const;

export function refuseTooLarge(unpackedBytes: number, archiveBytes: number): void {
  if (unpackedBytes > limits.unpackedBytes) throw new CovenError("PACKAGE_BOMB", [`${unpackedBytes} bytes; at most ${limits.unpackedBytes}`]);
  if (unpackedBytes > limits.ratioFromBytes && unpackedBytes > limits.ratio * archiveBytes)
    throw new CovenError("PACKAGE_BOMB", [`${unpackedBytes} bytes from ${archiveBytes}; at most ${limits.ratio} times as much`]);
}

export function refuseTooMany(entries: number): void {
  if (entries > limits.entries) throw new CovenError("PACKAGE_BOMB", [`${entries} entries; at most ${limits.entries}`]);
}
