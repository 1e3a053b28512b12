// Says what a client did: a line of JSON for each thing that was tried.
import { readFileSync } from "node:fs";

let failed = 0;

export async function tried(library, kind, name, attempt) {
  const { version } = JSON.parse(readFileSync(new URL(`node_modules/${library}/package.json`, import.meta.url)));
  const line = { client: library, language: "JavaScript", version, kind, name, ok: true };
  try {
    await attempt();
  } catch (error) {
    failed++;
    Object.assign(line, { ok: false, said: `${error}`.slice(0, 300) });
  }
  console.log(JSON.stringify(line));
}

export const end = () => { process.exitCode = failed ? 1 : 0; };
