/**
 * What every process of this program begins with. Tried in a process of its own: it is not undone.
 */
import { join } from "node:path";
import { expect, test } from "bun:test";

const hardening = join(import.meta.dir, "../../../src/cli/command-line/hardening.ts");

function after(code: string): string {
  const script = `const { hardenProcess, forbidCoreDumps } = await import(${JSON.stringify(hardening)}); hardenProcess(); ${code}`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script]);
  return `${stdout.toString()}${stderr.toString()}`.trim();
}

test("nothing can be added to what all objects inherit from", () => {
  const code = `
    const polluted = JSON.parse('{"__proto__": {"isAdmin": true}}');
    try { ({})["__proto__"]["isAdmin"] = true; } catch {}
    console.log({}.isAdmin, Object.keys(polluted).length);
  `;
  expect(after(code)).toBe("undefined 1");
});

test("what arrays inherit from is left alone: the engine's short ways with them end when it is touched", () => {
  const before = Bun.inspect(Object.getOwnPropertyDescriptors(Array.prototype));
  const code = `console.log(Object.isExtensible(Array.prototype), Bun.inspect(Object.getOwnPropertyDescriptors(Array.prototype)))`;
  expect(after(code)).toBe(`true ${before}`);
});

test("files are made for their owner only", () => {
  expect(after("console.log(process.umask().toString(8))")).toBe("77");
});

test.if(process.platform === "linux")("the process leaves no core dump", () => {
  const code = `
    await forbidCoreDumps();
    console.log(require("node:fs").readFileSync("/proc/self/limits", "utf8").match(/core file size +(\\d+) +(\\d+)/).slice(1).join(" "));
  `;
  expect(after(code)).toBe("0 0");
});
