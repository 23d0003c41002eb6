/** SQLite behind one small adapter: rows are JSON documents by id, with the columns that are searched beside them. */
import { rmSync } from "node:fs";
import sqlite from "node-sqlite3-wasm";

type Value = string | number | null;

/** Each runs once, in order; PRAGMA user_version counts them. Never change one that was released: add another. */
const migrations = [
  `CREATE TABLE packages (id TEXT PRIMARY KEY, body TEXT NOT NULL);
   CREATE TABLE instances (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, package_id TEXT NOT NULL REFERENCES packages (id), body TEXT NOT NULL);
   CREATE TABLE tasks (id TEXT PRIMARY KEY, instance_id TEXT NOT NULL REFERENCES instances (id), body TEXT NOT NULL);
   CREATE TABLE operations (id TEXT PRIMARY KEY, instance_id TEXT NOT NULL, body TEXT NOT NULL);
   CREATE INDEX tasks_instance ON tasks (instance_id);
   CREATE INDEX operations_instance ON operations (instance_id);`,
];

/** The caller holds the folder's lock: a lock directory of the library's that a killed daemon left is stale then. */
export function openDatabase(file: string) {
  rmSync(`${file}.lock`, { recursive: true, force: true });
  const db = new sqlite.Database(file);
  // Exclusive first: the write-ahead log then needs no shared memory, which this build of SQLite lacks.
  for (const pragma of ["locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"]) db.exec(`PRAGMA ${pragma}`);
  migrate(db);
  return db;
}
export type Database = ReturnType<typeof openDatabase>;

function migrate(db: Database): void {
  const done = Number(db.get("PRAGMA user_version")?.user_version ?? 0);
  if (done > migrations.length) throw new Error(`the database was written by a newer version (${done}, this one knows ${migrations.length})`);
  for (const [index, sql] of migrations.entries()) {
    if (index >= done) db.exec(`BEGIN; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}

export class Table<Row extends { id: string }> {
  readonly #db: Database;
  readonly #name: string;
  readonly #columns: (row: Row) => Record<string, Value>;

  constructor(db: Database, name: string, columns: (row: Row) => Record<string, Value> = () => ({})) {
    this.#db = db;
    this.#name = name;
    this.#columns = columns;
  }

  get(id: string): Row | undefined {
    return this.#where("id = ?", [id])[0];
  }

  /** In the order of their making. */
  all(): Row[] {
    return this.#where("1", []);
  }

  by(column: string, value: Value): Row[] {
    return this.#where(`${column} = ?`, [value]);
  }

  put(row: Row): Row {
    const values: Record<string, Value> = { id: row.id, ...this.#columns(row), body: JSON.stringify(row) };
    const names = Object.keys(values);
    const changes = names.filter((name) => name !== "id").map((name) => `${name} = excluded.${name}`);
    const sql = `INSERT INTO ${this.#name} (${names}) VALUES (${names.map(() => "?")}) ON CONFLICT (id) DO UPDATE SET ${changes}`;
    this.#db.run(sql, Object.values(values));
    return row;
  }

  /** Read, changed and written in one go; `undefined` when the row is gone. */
  update(id: string, change: Partial<Row>): Row | undefined {
    const row = this.get(id);
    return row && this.put({ ...row, ...change });
  }

  remove(id: string): void {
    this.#db.run(`DELETE FROM ${this.#name} WHERE id = ?`, [id]);
  }

  #where(condition: string, values: Value[]): Row[] {
    return this.#db.all(`SELECT body FROM ${this.#name} WHERE ${condition} ORDER BY rowid`, values).map((row) => JSON.parse(String(row.body)));
  }
}
