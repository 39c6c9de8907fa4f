/**
 * The messages of HT-SHA-256-EXPR and what they are made of.
 */
import { createHmac } from "node:crypto";
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  nextToken,
  parseInitiator,
  parseResponder,
  resumeKeysOf,
  type ResumeToken,
  writeInitiator,
  writeResponder,
} from "../../src/auth/resume.ts";
import { fold } from "../../src/protocol/names.ts";

const exporter = new Uint8Array(32).fill(7);
const sessionKey = new Uint8Array(64).fill(9);
const ann = fold("ann");
const first: ResumeToken = { ...resumeKeysOf(sessionKey, ann), from: undefined };

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

test("the initiator's message is as the draft has it: HMAC of Initiator, the binding and the values", () => {
  const from = new Uint8Array(32).fill(3);
  const bytes = writeInitiator("ann", { ...first, from }, exporter);
  const device = createHmac("sha256", first.device).update("Device").update(exporter).digest();
  const values = `id=${unpadded(first.id)},device=${unpadded(device)},from=${unpadded(from)}`;
  const token = Buffer.from(first.token).toString("base64"); // "the UTF-8 encoded octets of the SASL-HT token string"
  const hashed = createHmac("sha256", token).update("Initiator").update(exporter).update(values);
  const expected = Buffer.concat([Buffer.from(`ann\0${values}\0`), hashed.digest()]);
  expect(Buffer.from(bytes).toString("hex")).toBe(expected.toString("hex"));
});

test("the responder's message likewise, after a NUL of its own", () => {
  const next = new Uint8Array(32).fill(5);
  const values = `next=${unpadded(next)}`;
  const token = Buffer.from(first.token).toString("base64");
  const hashed = createHmac("sha256", token).update("Responder").update(exporter).update(values);
  const expected = Buffer.concat([Buffer.from(`\0${values}\0`), hashed.digest()]);
  const bytes = writeResponder(first.token, exporter, next);
  expect(Buffer.from(bytes).toString("hex")).toBe(expected.toString("hex"));
  expect(parseResponder(bytes)).toMatchObject({ kind: "success", next });
});

test("what is written is read again, the name in any case", () => {
  const read = parseInitiator(writeInitiator("aNN", first, exporter));
  expect(read).toMatchObject({ name: ann, id: first.id, from: undefined });
});

test("keys differ by session key, account and purpose, and each token from the one before", () => {
  const others = [resumeKeysOf(sessionKey.with(0, 1), ann), resumeKeysOf(sessionKey, fold("bob"))];
  const next = nextToken(first.token, exporter);
  const keys = [first, ...others].flatMap(({ id, device, token }) => [id, device, token]);
  const texts = [...keys, next, nextToken(next, exporter), nextToken(first.token, sessionKey)];
  expect(new Set(texts.map(unpadded)).size).toBe(12);
});

test("a failure is one, whatever its description", () => {
  expect(parseResponder(Buffer.from("\u0001other-error"))).toEqual({ kind: "failure" });
});

test("any other bytes are no message", () => {
  const right = writeInitiator("ann", first, exporter);
  const text = Buffer.from(right).toString("latin1");
  const wrong = [
    "",
    "ann",
    text.slice(3), // no name
    text.slice(0, -1),
    `${text}x`,
    text.replace("id=", "ID="),
    text.replace("device=", "id="),
    text.replace("device=", "from=AA,device="),
    text.replace("device=", "x,device="),
    text.replace("id=", `${"x=1,".repeat(200)}id=`.replaceAll("x=1", "x=2")),
    text.replace("ann", "\u00ff"),
    text.replace("ann", "a".repeat(256)),
  ];
  for (const each of wrong) {
    const bytes = Buffer.from(each, "latin1");
    expect([each, parseInitiator(bytes)]).toEqual([each, undefined]);
    expect(parseResponder(bytes)).toBe(undefined);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      parseInitiator(bytes);
      parseResponder(bytes);
    }),
  );
});

test("values that are unknown are taken, since they are hashed with the others", () => {
  const text = Buffer.from(writeInitiator("ann", first, exporter)).toString("latin1");
  const more = Buffer.from(text.replace("id=", "new=1,id="), "latin1");
  expect(parseInitiator(more)).toMatchObject({ id: first.id });
});
