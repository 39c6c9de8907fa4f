/**
 * SCRAM's exchange: the examples of RFC 5802 and RFC 7677 in both roles, and what each side refuses.
 */
import { expect, test } from "bun:test";
import { deriveKeys, type HashName } from "../../../src/auth/scram/derivation.ts";
import {
  beginClient,
  beginServer,
  type ClientBegun,
  finishClient,
  finishServer,
  isAnswer,
  type ServerBegun,
} from "../../../src/auth/scram/exchange.ts";
import {
  bytesOf,
  type ClientFinal,
  type ClientFirst,
  parseClientFinal,
  parseClientFirst,
  parseServerFinal,
  parseServerFirst,
  type ServerFirst,
} from "../../../src/auth/scram/messages.ts";

interface Example {
  readonly hash: HashName;
  readonly clientFirst: string;
  readonly serverFirst: string;
  readonly clientFinal: string;
  readonly serverFinal: string;
}

const password = Buffer.from("pencil");
const nothing = new Uint8Array();

const rfc5802: Example = {
  hash: "sha1",
  clientFirst: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
  serverFirst: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
  clientFinal: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
  serverFinal: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
};
const nonce7677 = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const rfc7677: Example = {
  hash: "sha256",
  clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
  serverFirst: `r=${nonce7677},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
  clientFinal: `c=biws,r=${nonce7677},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};
const examples: [string, Example][] = [
  ["RFC 5802 §5", rfc5802],
  ["RFC 7677 §3", rfc7677],
];

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("it is there");
  return value;
}

function clientFirst(text: string): ClientFirst {
  return present(parseClientFirst(bytesOf(text)));
}

function serverFirst(text: string): ServerFirst {
  return present(parseServerFirst(bytesOf(text)));
}

function clientFinal(text: string): ClientFinal {
  return present(parseClientFinal(bytesOf(text)));
}

test.each(examples)("the client of %s", async (_, example) => {
  const { nonce } = clientFirst(example.clientFirst);
  const begun = beginClient({ name: "user", nonce, flag: { kind: "none" }, channel: nothing });
  expect(begun.header + begun.bare).toBe(example.clientFirst);
  const first = serverFirst(example.serverFirst);
  expect(isAnswer(begun, first)).toBe(true);
  const keys = await deriveKeys(example.hash, password, first);
  const finished = finishClient(example.hash, begun, { first, keys });
  expect(finished.clientFinal).toBe(example.clientFinal);
  const final = parseServerFinal(bytesOf(example.serverFinal));
  expect(final?.kind === "signature" && finished.isServers(final.signature)).toBe(true);
  expect(finished.isServers(new Uint8Array(20))).toBe(false);
  expect(finished.isServers(new Uint8Array(32))).toBe(false);
});

test.each(examples)("the server of %s", async (_, example) => {
  const begun = serverOf(example);
  expect(begun.serverFirst).toBe(example.serverFirst);
  const keys = await deriveKeys(example.hash, password, serverFirst(example.serverFirst));
  const final = clientFinal(example.clientFinal);
  expect(finishServer(example.hash, begun, { final, keys, channel: nothing })).toBe(
    example.serverFinal,
  );
});

function serverOf(example: Example): ServerBegun {
  const first = clientFirst(example.clientFirst);
  const { nonce, ...stretching } = serverFirst(example.serverFirst);
  return beginServer(first, stretching, nonce.slice(first.nonce.length));
}

test("a proof that differs in one bit, another nonce and another binding prove nothing", async () => {
  const keys = await deriveKeys("sha256", password, serverFirst(rfc7677.serverFirst));
  const right = rfc7677.clientFinal;
  const wrong = [
    right.replace("p=dH", "p=dX"),
    right.replace(/p=.*/, "p=AAAA"),
    right.replace("k0,", "k1,"),
    right.replace("c=biws", "c=eSws"),
    right.replace("c=biws", "c=biwsAA=="),
  ];
  for (const text of wrong) {
    expect(text).not.toBe(right);
    const how = { final: clientFinal(text), keys, channel: nothing };
    expect(finishServer("sha256", serverOf(rfc7677), how)).toBeUndefined();
  }
});

/** Client and server with each other, on channels of their own. */
async function meet(channels: {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}): Promise<string | undefined> {
  const flag = { kind: "used", type: "tls-exporter" } as const;
  const begun = beginClient({ name: "a,b=c", nonce: "abc", flag, channel: channels.client });
  const salt = new Uint8Array(16).fill(3);
  const stretching = { salt, iterations: 4096 };
  const server = beginServer(clientFirst(begun.header + begun.bare), stretching, "xyz");
  expect(server.first.name).toBe("a,b=c");
  const first = serverFirst(server.serverFirst);
  const keys = await deriveKeys("sha256", password, first);
  const { clientFinal: final } = finishClient("sha256", begun, { first, keys });
  const how = { final: clientFinal(final), keys, channel: channels.server };
  return finishServer("sha256", server, how);
}

test("both have to be bound to one channel", async () => {
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  expect(await meet({ client: one, server: one })).toStartWith("v=");
  expect(await meet({ client: one, server: other })).toBeUndefined();
  expect(await meet({ client: one, server: nothing })).toBeUndefined();
});

test("an answer has the client's nonce in front, and something of the server's after it", () => {
  const begun: ClientBegun = { header: "n,,", bare: "n=a,r=abc", nonce: "abc", channel: nothing };
  const answer = (nonce: string): boolean =>
    isAnswer(begun, serverFirst(`r=${nonce},s=AAAA,i=4096`));
  expect(["abcd", "abc", "abd", "xabcd"].map(answer)).toEqual([true, false, false, false]);
});

test("who knows the password, and signs for another nonce or another header, proves nothing", async () => {
  const begun = beginClient({ name: "a", nonce: "abc", flag: { kind: "none" }, channel: nothing });
  const stretching = { salt: new Uint8Array(16), iterations: 4096 };
  const server = beginServer(clientFirst(begun.header + begun.bare), stretching, "xyz");
  const first = serverFirst(server.serverFirst);
  const keys = await deriveKeys("sha256", password, first);
  const ends = (by: ClientBegun, answered: ServerFirst): string | undefined => {
    const { clientFinal: final } = finishClient("sha256", by, { first: answered, keys });
    const how = { final: clientFinal(final), keys, channel: nothing };
    return finishServer("sha256", server, how);
  };
  expect(ends(begun, first)).toStartWith("v=");
  expect(ends(begun, { ...first, nonce: "abcxy" })).toBeUndefined();
  expect(ends({ ...begun, header: "y,," }, first)).toBeUndefined();
});
