/**
 * Asking for an account with the built client where the settings want more: an e-mail address, or to be connected first.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { connectWords, JsonClient, says } from "../support/client-process.ts";
import { ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

async function serverWith(...accounts: readonly string[]): Promise<ServerProcess> {
  const lines = ["[accounts]", 'registration = "open"', ...accounts];
  return ServerProcess.starts({ settings: lines.join("\n") });
}

test("where an address is wanted, who says none is told how, and who says one is in", async () => {
  const server = await serverWith("email-required = true");
  const words = connectWords(server, "ann", "--register", "--ui", "text");
  const none = await says("", ...words);
  expect(none.code).toBe(4);
  expect(none.error).toContain("accounts have an e-mail address");
  expect(none.error).toContain("--email ADDRESS");
  const wrong = await says("", ...words, "--email", "ann");
  expect(wrong.code).toBe(2);
  expect(wrong.error).toContain("--email: this is no e-mail address");
  const ann = await JsonClient.online(server, "ann", "--register", "--email", "ann@example.org");
  expect((await server.account("list")).out).toContain("ann active member ann@example.org");
  await ann.leaves();
});

test("where guests alone may ask, the client asks once it is connected, without telling the password", async () => {
  const server = await serverWith("required = false", 'nick = "free"', "before-connect = false");
  const ann = new JsonClient(connectWords(server, "ann", "--register"));
  await ann.sees({ type: "registered", account: "ann", waiting: false });
  await server.logs("account.registered");
  await server.logs("login.ok", ({ mechanism }) => mechanism === "OPAQUE-R255-EXPR");
  await ann.leaves();
  expect(await ann.ended()).toEqual({ code: 0, error: "" });
  const again = await JsonClient.online(server, "ann");
  expect(again.all({ type: "hello" })[0]).toMatchObject({ account: "ann" });
  await again.leaves();
});
