/**
 * SCRAM's messages: what is one and what is not, and that no bytes at all are an exception.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  bytesOf,
  parseClientFinal,
  parseClientFirst,
  parseServerFinal,
  parseServerFirst,
  writeClientFinal,
  writeClientFirstBare,
  writeHeader,
  writeServerFinal,
  writeServerFirst,
  writeWithoutProof,
} from "../../../src/auth/scram/messages.ts";
import { anyText } from "../support.ts";

test.each([
  ["n,,n=ann,r=x", { name: "ann", nonce: "x", header: "n,,", bare: "n=ann,r=x" }],
  ["y,,n=ann,r=x", { flag: { kind: "unused" }, header: "y,," }],
  ["p=tls-exporter,,n=ann,r=x", { flag: { kind: "used", type: "tls-exporter" } }],
  ["n,a=bob,n=ann,r=x", { authorization: "bob", header: "n,a=bob,", bare: "n=ann,r=x" }],
  ["n,a=b=2Cb,n=a=2Cn=3D2C,r=x", { authorization: "b,b", name: "a,n=2C" }],
  ["n,,n=żółć,r=!~+/=", { name: "żółć", nonce: "!~+/=" }],
  ["n,,n=ann,r=x,z=later", { name: "ann", nonce: "x", bare: "n=ann,r=x,z=later" }],
  [`n,,n=ann,r=${"x".repeat(256)}`, { name: "ann" }],
])("client-first %j is read as it is meant", (text, message) => {
  expect(parseClientFirst(bytesOf(text))).toMatchObject(message);
});

test.each([
  "",
  "n=ann,r=x",
  "n,n=ann,r=x",
  "x,,n=ann,r=x",
  "p,,n=ann,r=x",
  "p=,,n=ann,r=x",
  "p=tls_unique,,n=ann,r=x",
  "n,b=ann,n=ann,r=x",
  "n,a=,n=ann,r=x",
  "n,a==,n=ann,r=x",
  "n,,m=new,n=ann,r=x",
  "n,,n=ann,r=x,m=new",
  "n,,n=,r=x",
  "n,,n=a=n,r=x",
  "n,,n=a=2c,r=x",
  "n,,n=ann",
  "n,,n=ann,r=",
  "n,,r=x,n=ann",
  "n,,n=ann,r=x y",
  "n,,n=ann,r=é",
  "n,,n=ann,r=x,",
  "n,,n=ann,r=x,z",
  "n,,n=ann,r=x,1=z",
  "n,,n=a\0n,r=x",
  "\u{feff}n,,n=ann,r=x",
  `n,,n=ann,r=${"x".repeat(257)}`,
  `n,,n=${"a".repeat(2048)},r=x`,
])("client-first %j is none", (text) => {
  expect(parseClientFirst(bytesOf(text))).toBeUndefined();
});

test.each([
  "r=x,s=AAAA",
  "r=x,s=AAAA,i=0",
  "r=x,s=AAAA,i=01",
  "r=x,s=AAAA,i=-1",
  "r=x,s=AAAA,i=4096.5",
  "r=x,s=AAAA,i=12345678901",
  "r=x,s=,i=4096",
  "r=x,s=AAA,i=4096",
  "r=x,s=AAB=,i=4096",
  "m=new,r=x,s=AAAA,i=4096",
  "r=x,s=AAAA,i=4096,m=new",
  "s=AAAA,r=x,i=4096",
])("server-first %j is none", (text) => {
  expect(parseServerFirst(bytesOf(text))).toBeUndefined();
});

test.each([
  "c=biws,r=x",
  "c=biws,r=x,p=",
  "c=biws,r=x,p=AAA",
  "c=,r=x,p=AAAA",
  "r=x,c=biws,p=AAAA",
  "c=biws,r=x,m=new,p=AAAA",
  "c=biws,r=x,p=AAAA,z=1",
])("client-final %j is none", (text) => {
  expect(parseClientFinal(bytesOf(text))).toBeUndefined();
});

test("client-final: what is signed is everything in front of the proof, extensions too", () => {
  expect(parseClientFinal(bytesOf("c=biws,r=x,z=1,p=AAAA"))).toMatchObject({
    withoutProof: "c=biws,r=x,z=1",
    nonce: "x",
    proof: new Uint8Array(3),
  });
});

test("server-final is a signature or an error", () => {
  const read = (text: string) => parseServerFinal(bytesOf(text));
  expect(read("v=AAAA")).toEqual({ kind: "signature", signature: new Uint8Array(3) });
  expect(read("v=AAAA,z=1")?.kind).toBe("signature");
  expect(read("e=other-error")).toEqual({ kind: "error", error: "other-error" });
  for (const text of ["", "v=", "v=AAA", "e=", "x=1", "v=AAAA,m=1"]) {
    expect(read(text)).toBeUndefined();
  }
});

const parsers = [parseClientFirst, parseServerFirst, parseClientFinal, parseServerFinal];

test("any bytes are a message or none, and never an exception", () => {
  const pieces = ["n", "y", "p", "=", ",", "a=", "n=", "r=", "s=", "i=", "c=", "v=", "m=", "AAAA"];
  const piece = fc.constantFrom(...pieces).map((text) => Buffer.from(text));
  const bytes = fc.uint8Array({ maxLength: 4 }).map((each) => Buffer.from(each));
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, bytes), { maxLength: 20 }), (parts) => {
      for (const parse of parsers) parse(Uint8Array.from(Buffer.concat(parts)));
    }),
    { numRuns: 2000 },
  );
});

const name = anyText(1, 30).filter((text) => !text.includes("\0"));
const nonce = fc.stringMatching(/^[!-+\--~]{1,40}$/);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });

test("what is written is read", () => {
  fc.assert(
    fc.property(name, nonce, bytes, fc.integer({ min: 1, max: 1e9 }), (who, r, some, count) => {
      const flag = { kind: "used", type: "tls-exporter" } as const;
      const header = writeHeader(flag);
      const bare = writeClientFirstBare(who, r);
      const first = { flag, authorization: undefined, name: who, nonce: r, header, bare };
      expect(parseClientFirst(bytesOf(header + bare))).toEqual(first);
      const text = writeServerFirst({ nonce: r, salt: some, iterations: count });
      const serverFirst = { nonce: r, salt: some, iterations: count, text };
      expect(parseServerFirst(bytesOf(text))).toEqual(serverFirst);
      const withoutProof = writeWithoutProof(some, r);
      const final = { binding: some, nonce: r, proof: some, withoutProof };
      expect(parseClientFinal(bytesOf(writeClientFinal(withoutProof, some)))).toEqual(final);
      const signature = { kind: "signature", signature: some } as const;
      expect(parseServerFinal(bytesOf(writeServerFinal(some)))).toEqual(signature);
    }),
  );
});
