/** The documents that are made from the code: spec/openapi.json and docs/errors.md. A test holds the committed ones to be these. */
import { catalogue, type Management } from "@coven/contract";
import { createApp } from "./app.ts";

/** No route is called for the document, so nothing manages. */
const nobody = {} as Management;

export async function openapi(): Promise<string> {
  const app = await createApp({ management: nobody });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}

const head = `# Errors

Every error has a stable name, a status and a sentence; \`%s\` stands for what it is about. REST answers them as \`application/problem+json\` with the name in \`reason\`, the sentence in \`detail\`,
and, where more is known (a compiler's output, say), \`additional\`. Generated from \`control/contract/src/errors.ts\` by \`make generate\`.

| Name | Status | Sentence |
|---|---|---|
`;

export function errorsPage(): string {
  return head + Object.entries(catalogue).map(([reason, { status, text }]) => `| ${reason} | ${status} | ${text} |\n`).join("");
}
