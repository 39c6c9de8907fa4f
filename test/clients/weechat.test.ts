/**
 * WeeChat, without a screen, against the built server: TLS with the certificate's fingerprint given, SASL PLAIN, talk
 * in the room and in private, and again after the server's restart. Nothing it asks on connecting is answered by an
 * error.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient, password } from "../support/client-process.ts";
import { approveMember, installed } from "../support/foreign-client.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";
import { WeeChat } from "../support/weechat.ts";

setDefaultTimeout(60_000);

test("WeeChat logs in with SASL over TLS, talks, and comes back after a restart", async () => {
  const program = installed("weechat-headless");
  if (program === undefined) return;
  const words = ["--listen", `127.0.0.1:${await stablePort()}`];
  const server = await ServerProcess.starts({ words });
  await approveMember(server, "ann");
  await approveMember(server, "wes");
  const ann = await JsonClient.online(server, "ann", "--keep");
  const weechat = new WeeChat(program, server, {
    sasl_mechanism: "plain",
    sasl_username: "wes",
    sasl_password: password,
  });
  await weechat.status.shows(/You are now logged in as wes/);
  await weechat.status.shows(/Welcome to the authchat network, wes!wes@/);
  await weechat.room.shows(/wes .*has joined #general/);

  weechat.types("irc.authchat.#general", "good morning from WeeChat, żółć");
  await ann.sees({ type: "message", target: "#general", from: "wes", account: "wes" });
  await ann.says("#general", "good morning, wes");
  await weechat.room.shows(/ann\tgood morning, wes/);
  await ann.says("wes", "a word in private");
  await weechat.conversation.shows(/ann\ta word in private/);
  weechat.types("irc.authchat.ann", "and one back");
  await ann.sees({ type: "message", target: "wes", text: "and one back" });

  server.signals("SIGKILL");
  await server.ended();
  await weechat.status.shows(/reconnecting to server in/);
  await ServerProcess.starts({ data: server.data, words });
  await weechat.status.shows(/You are now logged in as wes/);
  await ann.sees({ type: "state", state: "offline" });
  await ann.sees({ type: "state", state: "online" });
  await weechat.room.shows(/wes .*has joined #general/);
  weechat.types("irc.authchat.#general", "back again");
  await ann.sees({ type: "message", target: "#general", from: "wes", text: "back again" });
  weechat.types("core.weechat", "/quit");
  expect(await weechat.ended()).toBe(0);
  const noise = /unknown command|not enough parameters|not registered|(?<!authchat\.)invalid/i;
  expect(weechat.status.text.split("\n").filter((line) => noise.test(line))).toEqual([]);
});
