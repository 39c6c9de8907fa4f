/** WEBIRC: a gateway says for whom it speaks. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const gateway = { isTrustedProxy: true };

test("what a trusted gateway says is where the client comes from", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  const gus = chat.stranger(gateway);
  gus.sends("WEBIRC x gw host.example 192.0.2.7 :secure", "NICK gus", "USER gus 0 * :Gus");
  expect(gus.sees()[0]).toEndWith("gus!~gus@192.0.2.7");
});

test("a client that came in the clear to the gateway has no passwords taken, whatever the gateway's address", () => {
  const chat = new Chat();
  const [bare, secure] = [chat.stranger(gateway), chat.stranger(gateway)];
  bare.sends("WEBIRC x gw host ::1", "CAP LS 302");
  secure.sends("WEBIRC x gw host 0::7 :secure", "CAP LS 302");
  expect(bare.sees().join(" ")).not.toContain("sasl");
  expect(secure.sees().join(" ")).toContain("sasl=PLAIN");
});

test.each([
  ["who is no trusted gateway", {}, "WEBIRC x gw host 192.0.2.7", "for trusted gateways"],
  ["a gateway that says no address", gateway, "WEBIRC x gw host nonsense", "without an address"],
])("%s is closed", (_, facts, line, why) => {
  const gus = new Chat().stranger(facts);
  gus.sends(line);
  expect(gus.sees().join(" ")).toContain(why);
  expect(gus.isClosed).toBe(true);
});

test("a gateway that speaks after the client is closed", () => {
  const gus = new Chat().stranger(gateway);
  gus.sends("NICK gus", "WEBIRC x gw host 192.0.2.7");
  expect(gus.isClosed).toBe(true);
});
