/** INVITE, as host and guest see it. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("an invitation is seen by the guest, and confirmed to the host", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const cem = chat.member("cem");
  ann.sends("INVITE CEM #Room");
  expect(ann.sees()).toEqual([":server 341 ann cem #room"]);
  expect(cem.sees()).toEqual([":ann!ann@server INVITE cem #room"]);
  expect(bob.sees()).toEqual([]);
});

test("who is invited comes in although the channel is +i, once", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  ann.sends("MODE #room +i", "INVITE bob #room");
  bob.sends("JOIN #room", "PART #room");
  bob.sees();
  bob.sends("JOIN #room");
  expect(bob.sees()).toEqual([":server 473 bob #room :Cannot join channel (+i)"]);
});

test("who is away is invited, and the host is told that they are away", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  chat.hasAccount("bob");
  ann.sends("INVITE bob #room");
  expect(ann.sees()).toEqual([
    ":server 341 ann bob #room",
    ":server 301 ann bob :is not connected",
  ]);
});

test("noSuchNick: who does not exist cannot be invited", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("INVITE nobody #room");
  expect(ann.sees()).toEqual([":server 401 ann nobody :No such nick/channel"]);
});

test("noSuchChannel: one cannot be invited to a channel that does not exist", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("INVITE ann #room");
  expect(ann.sees()).toEqual([":server 403 ann #room :No such channel"]);
});

test("notOnChannel: who is not in the channel invites nobody", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("INVITE bob #room");
  expect(bob.sees()).toEqual([":server 442 bob #room :You're not on that channel"]);
});

test("userOnChannel: a member cannot be invited", () => {
  const [ann] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("INVITE bob #room");
  expect(ann.sees()).toEqual([":server 443 ann bob #room :is already on channel"]);
});

test("needOperator: where only the invited come in, only operators invite", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  chat.hasAccount("cem");
  ann.sends("MODE #room +i");
  bob.sees();
  bob.sends("INVITE cem #room");
  expect(bob.sees()).toEqual([":server 482 bob #room :You're not channel operator"]);
});

test("listFull: no more are invited than the limit", () => {
  const chat = new Chat({ limits: { invitationsPerChannelMax: 1 } });
  const [ann] = chat.inChannel("#room", "ann");
  chat.member("bob");
  chat.member("cem");
  ann.sends("INVITE bob #room");
  ann.sees();
  ann.sends("INVITE cem #room");
  expect(ann.sees()).toEqual([":server 478 ann #room cem :Channel list is full"]);
});

test("needMoreParams: an invitation names a channel", () => {
  const ann = new Chat().member("ann");
  ann.sends("INVITE ann");
  expect(ann.sees()).toEqual([":server 461 ann INVITE :Not enough parameters"]);
});

test("INVITE alone lists where one is invited to, until one has come", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("JOIN #other", "MODE #other +s");
  const bob = chat.member("bob");
  bob.sends("INVITE");
  ann.sends("INVITE bob #room", "INVITE bob #other");
  bob.sends("INVITE", "JOIN #room", "INVITE");
  expect(bob.sees().filter((line) => / 33[67] /.test(line))).toEqual([
    ":server 337 bob :End of /INVITE list",
    ":server 336 bob #room",
    ":server 336 bob #other",
    ":server 337 bob :End of /INVITE list",
    ":server 336 bob #other",
    ":server 337 bob :End of /INVITE list",
  ]);
});

test("with invite-notify those who may invite see who is invited, others do not", () => {
  const chat = new Chat();
  const [ann, , , cem] = chat.inChannel("#room", "ann", "hal", "ops", "cem");
  const [hal, ops, phone] = [
    chat.member("hal", "invite-notify"),
    chat.member("ops"),
    chat.member("cem", "invite-notify"),
  ];
  const guest = chat.member("guest", "invite-notify");
  ann.sends("MODE #room +ho hal ops");
  for (const person of [ann, hal, ops, cem, phone]) person.sees();
  ann.sends("INVITE guest #room");
  const line = ":ann!ann@server INVITE guest #room";
  expect([hal.sees(), ops.sees(), phone.sees(), cem.sees()]).toEqual([[line], [], [], []]);
  expect(guest.sees()).toEqual([line]);
  expect(ann.sees()).toEqual([":server 341 ann guest #room"]);
});

test.each(["+i", "+k key", "+l 1", "+b bob"])(
  "an invitation by a half-operator opens a channel that is %s",
  (modes) => {
    const chat = new Chat();
    const [ann, hal] = chat.inChannel("#room", "ann", "hal");
    const bob = chat.member("bob");
    ann.sends(`MODE #room ${modes}`, "MODE #room +h hal");
    bob.sends("JOIN #room");
    expect(bob.sees()[0]).toMatch(/ 47[1345] /);
    hal.sends("INVITE bob #room");
    bob.sends("JOIN #room");
    expect(bob.sees()).toContain(":bob!bob@server JOIN #room");
  },
);

test("bannedFromChannel: an invitation by a plain member is seen, and opens nothing", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const cem = chat.member("cem");
  ann.sends("MODE #room +b cem");
  bob.sends("INVITE cem #room");
  expect(cem.sees()).toEqual([":bob!bob@server INVITE cem #room"]);
  cem.sends("JOIN #room");
  expect(cem.sees()).toEqual([":server 474 cem #room :Cannot join channel (+b)"]);
  ann.sends("INVITE cem #room");
  cem.sends("JOIN #room");
  expect(cem.sees()).toContain(":cem!cem@server JOIN #room");
});
