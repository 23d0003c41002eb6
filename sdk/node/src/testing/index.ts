/** `@coven/sdk/testing`. Import it before the component: from then on `run` and `runBurst` start nothing in this process. */
import { standInHere } from "./frames.ts";

standInHere();

export { burstHarness, type Harness, harness, type Options, type Own, type PacketOptions, type Result, type Results } from "./harness.ts";
