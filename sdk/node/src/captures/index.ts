/** `@coven/sdk/captures`: pcap and pcapng read, pcap written; of Ethernet. */
export { type Arrival, readCapture } from "./read.ts";
export { CaptureWriter } from "./write.ts";
