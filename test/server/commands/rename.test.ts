/** RENAME: another name for a channel, which keeps everything else. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("who knows the command sees it, everyone else a PART and a JOIN", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "draft/channel-rename");
  const bob = chat.member("bob");
  ann.sends("JOIN #old", "TOPIC #old :Tea");
  bob.sends("JOIN #old");
  ann.sees();
  bob.sees();
  ann.sends("RENAME #old #new :Better");
  expect(ann.sees()).toEqual([":ann!ann@server RENAME #old #new Better"]);
  expect(bob.sees().slice(0, 3)).toEqual([
    ":bob!bob@server PART #old :Better",
    ":bob!bob@server JOIN #new",
    ":server 332 bob #new :Tea",
  ]);
});

test("members, history and topic go with the channel, over a restart too", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#old", "ann", "bob");
  ann.sends("PRIVMSG #old :Before", "RENAME #old #new");
  const back = chat.restarts().member("ann");
  back.sends("NAMES #new", "CHATHISTORY LATEST #new * 1", "NAMES #old");
  expect(back.sees()).toEqual([
    ":server 353 ann = #new :~ann bob",
    ":server 366 ann #new :End of /NAMES list",
    ":ann!ann@server PRIVMSG #new :Before",
    ":server 366 ann #old :End of /NAMES list",
  ]);
});

test("only another case is no PART and JOIN", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "draft/channel-rename");
  const bob = chat.member("bob");
  ann.sends("JOIN #room");
  bob.sends("JOIN #room");
  ann.sees();
  bob.sees();
  ann.sends("RENAME #room #Room");
  expect(ann.sees()).toEqual([":ann!ann@server RENAME #room #Room :"]);
  expect(bob.sees()).toEqual([]);
});

test("channelNameInUse: a name that a channel has is not given again, in memory or not", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("JOIN #Other", "QUIT");
  ann.sends("RENAME #room #other");
  expect(ann.sees()).toEqual([
    ":server FAIL RENAME CHANNEL_NAME_IN_USE #room #other :The channel name is already taken",
  ]);
});

test("cannotRename: a name must be one, and rooms of the settings keep theirs", () => {
  const chat = new Chat({ settings: { rooms: ["#general"] } });
  const ann = chat.member("ann");
  chat.operatorSays("role ann operator");
  ann.sends("JOIN #general", "JOIN #room");
  ann.sees();
  ann.sends("RENAME #room %x", "RENAME #general #mine");
  expect(ann.sees()).toEqual([
    ":server FAIL RENAME CANNOT_RENAME #room %x :a channel's name begins with #",
    ":server FAIL RENAME CANNOT_RENAME #general #general :This room's name is in the server's settings",
  ]);
});

test("needOperator: members do not rename", () => {
  const [, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.sends("RENAME #room #mine");
  expect(bob.sees()).toEqual([":server 482 bob #room :You're not channel operator"]);
});
