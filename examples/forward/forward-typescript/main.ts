import { run, Verdict } from "@coven/sdk";

run(() => Verdict.forward);
