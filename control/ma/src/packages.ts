/** Packages: taken in, checked, and made ready to run. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, readdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Component, CovenError, type PackageState, type PackageView, type Prepared, type Vnf } from "@coven/contract";
import { findSource, type Shelf } from "@coven/package";
import type { Ground } from "./ground.ts";
import { privateFolder } from "./options.ts";
import { interrupted, messageOf, problemOf } from "./problems.ts";
import type { PackageRow } from "./store.ts";
import { readDescriptor, unpack } from "./unpack.ts";
import { packageView } from "./views.ts";

const packages_max = 1_024;

export class Packages {
  readonly #ground: Ground;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  view = (row: PackageRow): PackageView => packageView(row, this.#user(row.id) !== undefined);
  all = () => this.#ground.store.packages.all().map(this.view);

  create(userData: Record<string, unknown>): PackageView {
    const { packages } = this.#ground.store;
    if (packages.all().length >= packages_max) throw new CovenError("TOO_LARGE", [`${packages_max} packages`]);
    return this.view(packages.put({ id: randomUUID(), state: "CREATED", created: new Date().toISOString(), userData }));
  }

  /** Resolves once the archive is stored; when it cannot be, the package is as it was. */
  async upload(id: string, content: Readable): Promise<void> {
    this.#require(id, "CREATED");
    this.#ground.store.packages.update(id, { state: "UPLOADING" });
    await this.#track(this.#keep(id, content));
    void this.#track(this.#process(id)).catch((error) => this.#ground.settings.log(`package ${id}: ${messageOf(error)}`));
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  async #keep(id: string, content: Readable): Promise<void> {
    try {
      const checksum = await this.#take(this.#archive(id), content);
      this.#ground.store.packages.update(id, { state: "PROCESSING", checksum });
    } catch (error) {
      await this.#removeFiles(id);
      this.#ground.store.packages.update(id, { state: "CREATED" });
      throw error;
    }
  }

  async #take(file: string, content: Readable): Promise<string> {
    privateFolder(join(file, ".."));
    const { archive_bytes_max } = this.#ground.settings;
    const hash = createHash("sha256");
    let size = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _, next) {
        size += chunk.length;
        hash.update(chunk);
        next(size > archive_bytes_max ? new CovenError("TOO_LARGE", [`${archive_bytes_max} bytes in an archive`]) : null, chunk);
      },
    });
    await pipeline(content, measure, createWriteStream(file, { mode: 0o600 }));
    return hash.digest("hex");
  }

  async #process(id: string): Promise<void> {
    try {
      const content = join(this.#ground.packageFolder(id), "content");
      const vnf = await unpack(this.#archive(id), content, Object.keys(this.#ground.drivers), this.#shelf);
      const prepared = await this.#prepareAll(id, vnf, content);
      this.#ground.store.packages.update(id, { state: "ONBOARDED", vnf, prepared });
    } catch (error) {
      await this.#removeFiles(id);
      this.#ground.store.packages.update(id, { state: "ERROR", problem: problemOf(error) });
    }
  }

  async #prepareAll(id: string, vnf: Vnf, content: string): Promise<Record<string, Prepared>> {
    const components = Object.entries(vnf.components ?? {});
    await this.#requireFrameworks(components);
    const prepared: Record<string, Prepared> = {};
    for (const [name, component] of components) {
      const folder = join(this.#ground.packageFolder(id), "prepared", name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      prepared[name] = await this.#ground.driver(component.framework).prepare(component, name, sourceOf(name, component, content), folder);
    }
    return prepared;
  }

  /** Components may be taken from what is onboarded. */
  readonly #shelf: Shelf = {
    place: "among the onboarded packages",
    of: async (name) => this.#ground.store.packages.all().flatMap(({ id, vnf }) => (vnf?.vnf === name ? [{ version: vnf.version, folder: join(this.#ground.packageFolder(id), "content") }] : [])),
  };

  /** A prebuilt program needs nothing but the system. */
  async #requireFrameworks(components: [string, Component][]): Promise<void> {
    const needed = new Set(components.filter(([, { artifact }]) => !artifact).map(([, { framework }]) => framework));
    for (const framework of needed) {
      const { usable, reason } = await this.#ground.driver(framework).fingerprint();
      if (!usable) throw new CovenError("FRAMEWORK_MISSING", [framework, reason ?? "no reason is known"]);
    }
  }

  async content(id: string): Promise<Readable> {
    this.#require(id, "ONBOARDED");
    return createReadStream(this.#archive(id));
  }

  async descriptor(id: string): Promise<string> {
    this.#require(id, "ONBOARDED");
    return readDescriptor(join(this.#ground.packageFolder(id), "content"));
  }

  async delete(id: string): Promise<void> {
    const { state } = this.#ground.package(id);
    const user = this.#user(id);
    if (user) throw new CovenError("PACKAGE_IN_USE", [id, user.name]);
    if (state === "UPLOADING" || state === "PROCESSING") throw new CovenError("PACKAGE_STATE", [id, state]);
    this.#ground.store.packages.remove(id);
    await this.#removeFiles(id);
  }

  /** What was under way when the daemon ended cannot be taken up; what no row knows is removed. */
  async recover(): Promise<void> {
    const { packages } = this.#ground.store;
    for (const { id, state } of packages.all()) {
      if (state !== "UPLOADING" && state !== "PROCESSING") continue;
      await this.#removeFiles(id);
      packages.update(id, { state: "ERROR", problem: interrupted("its upload") });
    }
    const folder = privateFolder(join(this.#ground.settings.state, "packages"));
    for (const id of readdirSync(folder)) if (!packages.get(id)) await rm(join(folder, id), { recursive: true, force: true });
  }

  /** Waits for what is being prepared. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #require(id: string, state: PackageState): void {
    const row = this.#ground.package(id);
    if (row.state !== state) throw new CovenError("PACKAGE_STATE", [id, row.state]);
  }

  #archive = (id: string) => join(this.#ground.packageFolder(id), "archive.zip");
  #removeFiles = (id: string) => rm(this.#ground.packageFolder(id), { recursive: true, force: true });
  #user = (id: string) => this.#ground.store.instances.by("package_id", id)[0];
}

/** Artifacts are named from the package's root. A mock needs no source. */
function sourceOf(name: string, component: Component, content: string): string {
  return component.artifact ? content : (findSource(name, component, content) ?? join(content, name));
}
