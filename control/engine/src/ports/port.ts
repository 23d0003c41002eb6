/** What the engine asks of a port: packets in, packets out. */
import type { Arrival } from "@coven/sdk/captures";

export type { Arrival };

export interface Port {
  /** Its input has an end. */
  readonly replays: boolean;
  readonly done: boolean;
  /** Why it is down. */
  readonly failed: string | undefined;
  receive(most: number): Arrival[];
  /** False: there is no room. The bytes are the caller's again when it returns. */
  transmit(bytes: Uint8Array): boolean;
  /** Milliseconds until the next packet arrives, 0: it is here; nothing: none is to come. */
  due(): number | undefined;
  /** The pass is over: what was transmitted in it goes out. */
  push?(): void;
  /** Ask to be told, once, when there is something to receive. */
  watch?(ready: () => void): void;
  /** Packets that the system had no room for, either way. */
  readonly rx_missed?: number;
  readonly tx_missed?: number;
  /** Nothing more comes for the moment. */
  flush(): void;
  close(): void;
}

export const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;
