/** SASL chunks: their limits, their ends, and base64 that is canonical. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  SaslAssembler,
  decodeBase64,
  saslChunks,
  type SaslChunk,
} from "../../src/protocol/sasl.ts";

function assembled(chunks: readonly string[]): SaslChunk[] {
  const assembler = new SaslAssembler();
  return chunks.map((chunk) => assembler.take(chunk));
}

test("nothing to say is a plus", () => {
  expect(saslChunks(new Uint8Array())).toEqual(["+"]);
  expect(assembled(["+"])).toEqual([{ kind: "complete", bytes: new Uint8Array() }]);
});

test.each([
  [297, [396]],
  [298, [400, 1]],
  [300, [400, 1]],
  [301, [400, 4]],
  [600, [400, 400, 1]],
  [601, [400, 400, 4]],
])("%d bytes go out in chunks of %j characters", (length, lengths) => {
  expect(saslChunks(new Uint8Array(length)).map((chunk) => chunk.length)).toEqual(lengths);
});

test("what goes out in chunks comes in whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      const results = assembled(saslChunks(bytes));
      expect(results.at(-1)).toEqual({ kind: "complete", bytes });
      for (const result of results.slice(0, -1)) expect(result.kind).toBe("partial");
    }),
  );
});

test.each([
  ["396 characters", ["A".repeat(396)], ["complete"]],
  ["399 characters", ["A".repeat(399)], ["bad-base64"]],
  ["400 characters", ["A".repeat(400)], ["partial"]],
  ["400 and a plus", ["A".repeat(400), "+"], ["partial", "complete"]],
  ["401 characters", ["A".repeat(401)], ["too-long"]],
  ["800 and a plus", ["A".repeat(400), "A".repeat(400), "+"], ["partial", "partial", "complete"]],
  ["401 after 400", ["A".repeat(400), "A".repeat(401)], ["partial", "too-long"]],
  ["an empty chunk", [""], ["complete"]],
  ["bad base64", ["!!!!"], ["bad-base64"]],
  ["bad base64 in the first piece", ["!".repeat(400), "AAAA"], ["partial", "bad-base64"]],
] as const)("%s: as specified", (_name, chunks, kinds) => {
  expect(assembled(chunks).map(({ kind }) => kind)).toEqual([...kinds]);
});

test("a response over its limit is too long, however it is cut", () => {
  const kinds = assembled(Array.from({ length: 21 }, () => "A".repeat(400))).map(
    ({ kind }) => kind,
  );
  expect(kinds.indexOf("too-long")).toBe(20);
});

test("every result but partial starts anew", () => {
  const assembler = new SaslAssembler();
  assembler.take("A".repeat(400));
  expect(assembler.take("B".repeat(401)).kind).toBe("too-long");
  expect(assembler.take("QQ==")).toEqual({ kind: "complete", bytes: Uint8Array.of(65) });
  assembler.take("A".repeat(400));
  assembler.reset();
  expect(assembler.take("+")).toEqual({ kind: "complete", bytes: new Uint8Array() });
});

test.each(["QQ", "QQ=", "QR==", "QQ= =", "Q Q=", "QQ==\n", "QQ-_", "====", "QQ==QQ==", "ä", "+"])(
  "%j is not canonical base64",
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);

test("any text is canonical base64 or undefined", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.base64String()), (text) => {
      const bytes = decodeBase64(text);
      if (bytes !== undefined) expect(Buffer.from(bytes).toString("base64")).toBe(text);
    }),
  );
});

test("decoded bytes own the whole of their memory, outside of any pool", () => {
  expect(decodeBase64("QUJD")?.buffer.byteLength).toBe(3);
});

test("the bytes sent are left as they are", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
  expect(saslChunks(bytes)).toEqual(["AgM="]);
  expect([...bytes]).toEqual([2, 3]);
});
