/** Framework `python`: checked by Python's own compiler, run from the source folder with the SDK on PYTHONPATH. */
import { join } from "node:path";
import type { PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, entryOf, refuseArtifact, sourceName } from "../../source.ts";
import { libcovenTasks, startGroup } from "../../tasks.ts";
import { runTool } from "../../tool.ts";

const interpreter = () => process.env.COVEN_PYTHON ?? "python3";
const version_min = [3, 9] as const;

/** One line a broken file, `main.py:3:7: invalid syntax`; nothing is written anywhere. */
const check = `
import os, sys
for folder, names, files in os.walk("."):
    names.sort()
    for file in sorted(f for f in files if f.endswith(".py")):
        path = os.path.relpath(os.path.join(folder, file))
        try:
            with open(path, "rb") as source:
                compile(source.read(), path, "exec", dont_inherit=True)
        except SyntaxError as error:
            print(f"{path}:{error.lineno or 1}:{error.offset or 1}: {error.msg}")
        except (ValueError, RecursionError, MemoryError) as error:
            print(f"{path}:1:1: {error}")
`;

const probe = `
import platform, sys
print(platform.python_version())
import coven
`;

export function pythonDriver(paths: PlatformPaths): PpsDriver {
  const env = { PYTHONPATH: paths.sdkPython };
  return {
    name: "python",
    async fingerprint() {
      const asked = await runTool(interpreter(), ["-c", probe], { env: { ...env, PYTHONDONTWRITEBYTECODE: "1" } });
      const version = /^\d+\.\d+\.\S+$/m.exec(asked.output)?.[0] ?? null;
      if (asked.code === 127) return { usable: false, version, reason: `there is no Python interpreter (${interpreter()}): install one, or set COVEN_PYTHON to its path` };
      if (version === null) return { usable: false, version, reason: `${interpreter()}: ${lastLine(asked.output)}` };
      if (tooOld(version)) return { usable: false, version, reason: `Python ${version_min.join(".")} or newer is needed` };
      if (asked.code !== 0) return { usable: false, version, reason: `cannot import coven from ${paths.sdkPython}: ${lastError(asked.output)}` };
      return { usable: true, version, reason: null };
    },
    async prepare(component, name, source, folder) {
      refuseArtifact(component, name);
      const entry = entryOf(component, name, source, "main.py");
      const checked = await runTool(interpreter(), ["-I", "-c", check], { cwd: source, timeout_ms: 60_000 });
      const problem = checked.output.split("\n")[0];
      if (checked.code !== 0) throw compileFailed(name, lastLine(checked.output), checked.output);
      if (problem) throw compileFailed(name, `${sourceName(component, source)}/${problem}`, checked.output);
      // Byte code is kept, so that the next start is faster, but not in the package.
      return { command: [interpreter(), "-u", join(source, entry)], cwd: source, env: { ...env, PYTHONPYCACHEPREFIX: join(folder, "pycache") } };
    },
    ...libcovenTasks,
    startGroup: (members) => startGroup(() => [interpreter(), "-u", "-m", "coven.group"], members),
  };
}

const lastLine = (output: string) => output.trim().split("\n").at(-1) ?? "";
const lastError = (output: string) => output.split("\n").findLast((line) => /^\w*(Error|Exception)\b/.test(line)) ?? lastLine(output);

function tooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < version_min[0] || (major === version_min[0] && minor < version_min[1]);
}
