/** KICK, as those who do it, suffer it and watch it see it. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("a kick is seen by everyone, the one put out included", () => {
  const [ann, bob, cem] = new Chat().inChannel("#room", "ann", "bob", "cem");
  ann.sends("KICK #room bob :Enough");
  const line = ":ann!ann@server KICK #room bob :Enough";
  expect([ann.sees(), bob.sees(), cem.sees()]).toEqual([[line], [line], [line]]);
});

test("a kick without a reason has the kicker's nick for one", () => {
  const [ann] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("KICK #room bob");
  expect(ann.sees()).toEqual([":ann!ann@server KICK #room bob :ann"]);
});

test("who was put out hears no more of the channel, on no device", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const phone = chat.member("bob");
  ann.sends("KICK #room bob :Enough");
  bob.sees();
  expect(phone.sees()).toEqual([":ann!ann@server KICK #room bob :Enough"]);
  ann.sends("PRIVMSG #room :Peace");
  expect([bob.sees(), phone.sees()]).toEqual([[], []]);
});

test("someone who is away is put out too", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.drops();
  ann.sends("KICK #room bob :Enough");
  expect(ann.sees()).toEqual([":ann!ann@server KICK #room bob :Enough"]);
});

test("several are put out by one KICK, each with a line", () => {
  const [ann] = new Chat().inChannel("#room", "ann", "bob", "cem");
  ann.sends("KICK #room bob,CEM :Out");
  expect(ann.sees()).toEqual([
    ":ann!ann@server KICK #room bob :Out",
    ":ann!ann@server KICK #room cem :Out",
  ]);
});

test("needOperator: a member who is no operator kicks nobody", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob", "cem");
  bob.sends("KICK #room cem");
  expect(bob.sees()).toEqual([":server 482 bob #room :You're not channel operator"]);
  expect(ann.sees()).toEqual([]);
});

test("notOnChannel: who is not in the channel kicks nobody", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("KICK #room ann");
  expect(bob.sees()).toEqual([":server 442 bob #room :You're not on that channel"]);
});

test("userNotInChannel: who is not there cannot be put out", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  chat.member("bob");
  ann.sends("KICK #room bob,nobody");
  expect(ann.sees()).toEqual([
    ":server 441 ann bob #room :They aren't on that channel",
    ":server 441 ann nobody #room :They aren't on that channel",
  ]);
});

test("founderStays: an operator does not put the founder out", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +o bob");
  bob.sees();
  bob.sends("KICK #room ann");
  expect(bob.sees()).toEqual([
    ":server 482 bob #room :The channel's founder cannot be removed or demoted",
  ]);
});

test("tooManyTargets: no more are put out at once than TARGMAX says", () => {
  const [ann] = new Chat({ limits: { targetsMax: 1 } }).inChannel("#room", "ann", "bob");
  ann.sends("KICK #room bob,cem");
  expect(ann.sees()).toEqual([":server 407 ann cem :Too many targets"]);
});

test("a reason is cut until the line fits, whatever the names", () => {
  const [nick, channel] = ["n".repeat(32), `#${"c".repeat(63)}`];
  const chat = new Chat({ settings: { name: "s".repeat(63) } });
  const [long] = chat.inChannel(channel, nick, "bob");
  long.sends(`KICK ${channel} bob :${"r".repeat(390)}`);
  expect(long.sees().map(({ length }) => length)).toEqual([510]);
});

test("as many channels as people are paired, each with what it answers", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#a", "ann", "bob");
  for (const person of [ann, bob]) person.sends("JOIN #b");
  ann.sees();
  ann.sends("KICK #a,#none,#b bob,bob,nobody :Out");
  expect(ann.sees()).toEqual([
    ":ann!ann@server KICK #a bob :Out",
    ":server 403 ann #none :No such channel",
    ":server 441 ann nobody #b :They aren't on that channel",
  ]);
});

test("needMoreParams: channels and people that cannot be paired are refused", () => {
  const [ann] = new Chat().inChannel("#a", "ann", "bob");
  ann.sends("KICK #a,#b bob", "KICK #a,#b,#c bob,cem");
  expect(ann.sees()).toEqual([
    ":server 461 ann KICK :Not enough parameters",
    ":server 461 ann KICK :Not enough parameters",
  ]);
});

test("rankTooHigh: a half-operator puts out no equal, and an operator no admin", () => {
  const [fou, adm, opi, hal, also, voi] = new Chat().inChannel(
    "#room",
    "fou",
    "adm",
    "opi",
    "hal",
    "also",
    "voi",
  );
  fou.sends("MODE #room +aohhv adm opi hal also voi");
  for (const person of [adm, opi, hal, also, voi]) person.sees();
  hal.sends("KICK #room also", "KICK #room opi");
  opi.sends("KICK #room adm");
  adm.sends("KICK #room fou");
  const refused = ":You may not do that to someone of their rank";
  expect([...hal.sees(), ...opi.sees()]).toEqual([
    `:server 482 hal #room ${refused}`,
    `:server 482 hal #room ${refused}`,
    `:server 482 opi #room ${refused}`,
  ]);
  expect(adm.sees()).toEqual([
    ":server 482 adm #room :The channel's founder cannot be removed or demoted",
  ]);
  hal.sends("KICK #room voi :Out");
  opi.sends("KICK #room also :Out");
  adm.sends("KICK #room opi :Out");
  expect(fou.sees().slice(-3)).toEqual([
    ":hal!hal@server KICK #room voi :Out",
    ":opi!opi@server KICK #room also :Out",
    ":adm!adm@server KICK #room opi :Out",
  ]);
});
