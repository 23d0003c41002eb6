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
  /** False: there is no room. */
  transmit(bytes: Uint8Array): boolean;
  /** Milliseconds until the next packet arrives, 0: it is here; nothing: none is to come. */
  due(): number | undefined;
  /** Nothing more comes for the moment. */
  flush(): void;
  close(): void;
}

export const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;
