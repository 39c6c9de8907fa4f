/**
 * irc-framework, what bots and web clients are made of, against the built server: TLS with the key compared, SASL
 * PLAIN, two of its clients with each other and one beside our own. What is looked at is what the library understood,
 * and it complains about nothing that was in order.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient } from "../support/client-process.ts";
import { approveMember } from "../support/foreign-client.ts";
import { FrameworkClient } from "../support/irc-framework.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

async function serverWith(...names: readonly string[]): Promise<{
  readonly server: ServerProcess;
  readonly restarts: () => Promise<void>;
}> {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`];
  const server = await ServerProcess.starts({ words });
  for (const name of names) await approveMember(server, name);
  const restarts = async (): Promise<void> => {
    server.signals("SIGKILL");
    await server.ended();
    await ServerProcess.starts({ data: server.data, words });
  };
  return { server, restarts };
}

/** Logged in, in the room where everybody is and in one of their own, the first its founder. */
async function inTheGarden(server: ServerProcess): Promise<[FrameworkClient, FrameworkClient]> {
  const jan = new FrameworkClient(server, "jan", "echo-message", "labeled-response");
  const joe = new FrameworkClient(server, "joe");
  for (const client of [jan, joe]) {
    await client.sees("loggedin");
    await client.sees("registered");
    await client.sees("userlist", { channel: "#general" });
  }
  jan.does.join("#garden");
  await jan.sees("userlist", { channel: "#garden" });
  joe.does.join("#garden");
  const seen = await jan.sees("join", { channel: "#garden", nick: "joe" });
  expect(seen).toMatchObject({ account: "joe", gecos: "joe of the library", ident: "joe" });
  await joe.sees("userlist", { channel: "#garden" });
  return [jan, joe];
}

test("two clients of irc-framework talk: messages, actions, notices, in the room and in private", async () => {
  const { server } = await serverWith("jan", "joe");
  const [jan, joe] = await inTheGarden(server);
  expect(jan.does.network).toMatchObject({ name: "authchat" });
  expect(jan.does.network.options).toMatchObject({ CASEMAPPING: "ascii", CHANTYPES: ["#"] });
  expect(joe.does.network.cap.enabled).not.toContain("echo-message");

  jan.does.say("#garden", "good morning, żółć");
  const said = { nick: "jan", target: "#garden", account: "jan" };
  const heard = await joe.sees("privmsg", { ...said, message: "good morning, żółć" });
  // echo-message: the same message, by its id, comes back to who said it.
  const echo = await jan.sees("privmsg", { ...said, message: "good morning, żółć" });
  expect(echo["tags"]).toEqual(heard["tags"]);
  expect(echo["tags"]).toMatchObject({ msgid: expect.stringMatching(/^c\d+-3$/) });
  jan.does.action("#garden", "waves");
  await joe.sees("action", { ...said, message: "waves" });
  jan.does.notice("joe", "psst");
  await joe.sees("notice", { nick: "jan", target: "joe", message: "psst" });
  jan.does.tagmsg("#garden", { "+typing": "active" });
  const typing = await joe.sees("tagmsg", { nick: "jan", target: "#garden" });
  expect(typing["tags"]).toMatchObject({ "+typing": "active" });
  jan.does.say("+#garden", "for those with a voice");
  await jan.sees("privmsg", { target: "#garden", group: "+" });
  // Longer than a line: the library cuts it, and every piece arrives whole.
  joe.does.say("jan", "żółć ".repeat(200).trim());
  const pieces: string[] = [];
  while (pieces.join(" ").length < 999) {
    pieces.push(
      String((await jan.sees("privmsg", { nick: "joe", target: "jan" }))["message"]).trim(),
    );
  }
  expect(pieces.join(" ")).toBe("żółć ".repeat(200).trim());
  expect(joe.events.filter(({ event, group }) => event === "privmsg" && group === "+")).toEqual([]);
  expect([...jan.complaints, ...joe.complaints]).toEqual([]);
});

test("two clients of irc-framework see each other's modes, topic, away, names and leaving", async () => {
  const { server } = await serverWith("jan", "joe");
  const [jan, joe] = await inTheGarden(server);
  jan.does.mode("#garden", "+v", ["joe"]);
  const voiced = { target: "#garden", modes: [{ mode: "+v", param: "joe" }] };
  await joe.sees("mode", { nick: "jan", ...voiced });
  jan.does.ban("#garden", "*!*@evil.example");
  await joe.sees("mode", { raw_modes: "+b", raw_params: ["*!*@evil.example"] });
  jan.does.banlist("#garden");
  const list = await jan.sees("banlist", { channel: "#garden" });
  expect(list["bans"]).toMatchObject([{ banned: "*!*@evil.example", banned_by: "jan" }]);
  jan.does.mode("#garden");
  await jan.sees("channel info", { channel: "#garden", raw_modes: "+nt" });
  jan.does.setTopic("#garden", "Flowers; and more");
  await joe.sees("topic", { nick: "jan", channel: "#garden", topic: "Flowers; and more" });

  joe.does.raw("AWAY", "eating");
  await joe.sees("away", { self: true });
  await jan.sees("away", { nick: "joe", message: "eating" });
  joe.does.raw("SETNAME", "Joseph");
  await jan.sees("user updated", { nick: "joe", new_gecos: "Joseph" });
  jan.does.whois("joe");
  expect(await jan.sees("whois", { nick: "joe" })).toMatchObject({
    ...{ real_name: "Joseph", account: "joe", away: "eating", secure: true },
    channels: "#general +#garden",
  });
  jan.does.who("#garden");
  const { users } = await jan.sees("wholist", { target: "#garden" });
  expect(users).toMatchObject([
    { nick: "jan", away: false, channel_modes: ["q", "o"] },
    { nick: "joe", away: true, channel_modes: ["v"], account: "joe", real_name: "Joseph" },
  ]);
  joe.does.raw("AWAY");
  await joe.sees("back", { self: true });
  await jan.sees("back", { nick: "joe", self: false });

  joe.does.part("#garden", "for tea");
  await jan.sees("part", { nick: "joe", channel: "#garden", message: "for tea" });
  jan.does.mode("#garden", "+i");
  jan.does.invite("#garden", "joe");
  await jan.sees("invited", { nick: "joe", channel: "#garden" });
  await joe.sees("invite", { nick: "jan", channel: "#garden" });
  joe.does.join("#garden");
  await joe.sees("topic", { channel: "#garden", topic: "Flowers; and more" });
  expect(await joe.sees("topicsetby", { channel: "#garden" })).toMatchObject({ nick: "jan" });
  jan.does.raw("KICK", "#garden", "joe", "out of the roses");
  await joe.sees("kick", { kicked: "joe", nick: "jan", message: "out of the roses" });
  jan.does.list();
  await jan.sees("channel list");
  expect([...jan.complaints, ...joe.complaints]).toEqual([]);
});

test("irc-framework and our own client talk, and both come back after a restart", async () => {
  const { server, restarts } = await serverWith("ann", "jan");
  const ann = await JsonClient.online(server, "ann", "--keep");
  const jan = new FrameworkClient(server, "jan");
  await jan.sees("userlist", { channel: "#general" });
  jan.does.say("#general", "good morning from the library");
  await ann.sees({ type: "message", target: "#general", from: "jan", account: "jan" });
  const id = await ann.says("#general", "good morning, jan");
  const heard = await jan.sees("privmsg", { nick: "ann", message: "good morning, jan" });
  expect(heard["tags"]).toMatchObject({ msgid: id });
  await ann.says("jan", "a word in private");
  await jan.sees("privmsg", { nick: "ann", target: "jan", message: "a word in private" });

  await restarts();
  await jan.sees("close");
  await jan.sees("loggedin", { account: "jan" });
  await jan.sees("userlist", { channel: "#general" });
  await ann.sees({ type: "state", state: "offline" });
  await ann.sees({ type: "state", state: "online" });
  jan.does.say("#general", "back again");
  await ann.sees({ type: "message", target: "#general", from: "jan", text: "back again" });
  await ann.says("#general", "so am I");
  await jan.sees("privmsg", { nick: "ann", message: "so am I" });
  jan.leaves();
  await jan.sees("close");
  expect(jan.complaints).toEqual([]);
});

test("irc-framework is told that its password is wrong, and leaves", async () => {
  const { server } = await serverWith("ann");
  const ann = await JsonClient.online(server, "ann", "--keep");
  const stranger = new FrameworkClient(server, "nobody");
  await stranger.sees("sasl failed", { reason: "fail" });
  await stranger.sees("close");
  stranger.leaves();
  expect(stranger.events.map(({ event }) => event)).not.toContain("registered");
  expect(ann.all({ type: "message" })).toEqual([]);
});
