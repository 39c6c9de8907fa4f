/** MARKREAD: up to when someone has read, on all of their devices. */
import { expect, test } from "bun:test";
import { accountId } from "../../../src/base/ids.ts";
import { isoTime, wallMs } from "../../../src/base/time.ts";
import { markersMax } from "../../../src/server/commands/read-marker.ts";
import { Chat } from "../../support/chat.ts";
import { keep } from "../../storage/records.ts";

const marks = "draft/read-marker";
const early = "timestamp=2025-12-31T10:00:00.000Z";
const late = "timestamp=2025-12-31T11:00:00.000Z";

test("a marker that is set is told to all devices that want it, and to nobody else", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const [phone, tablet] = [chat.member("ann", marks), chat.member("ann", marks)];
  phone.sends(`MARKREAD #room ${early}`);
  expect(phone.sees()).toEqual([`:server MARKREAD #room ${early}`]);
  expect(tablet.sees()).toEqual([`:server MARKREAD #room ${early}`]);
  expect([ann.sees(), bob.sees()]).toEqual([[], []]);
});

test("a marker does not run back, and who tries is told where it is", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends(`MARKREAD #room ${late}`, `MARKREAD #room ${early}`, `MARKREAD #room ${late}`);
  expect(ann.sees()).toEqual([1, 2, 3].map(() => `:server MARKREAD #room ${late}`));
});

test("nobody has read what is not yet said", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MARKREAD #room timestamp=2030-01-01T00:00:00.000Z");
  expect(ann.sees()).toEqual([":server MARKREAD #room timestamp=2026-01-01T00:00:00.000Z"]);
});

test("a marker is told between the JOIN and the end of the names, also of who comes again after a restart", () => {
  const chat = new Chat();
  const ann = chat.member("ann", marks);
  ann.sends("JOIN #room");
  const commands = ann.sees().map((line) => line.split(" ")[1]);
  expect(commands).toEqual(["JOIN", "MARKREAD", "353", "366"]);
  ann.sends(`MARKREAD #room ${early}`, "PART #room", "JOIN #room");
  expect(ann.sees()).toContain(`:server MARKREAD #room ${early}`);
  const again = chat.restarts().stranger();
  again.sends(`CAP REQ ${marks}`, "NICK ann", "USER x 0 * :x");
  again.logsIn("ann", "correct horse battery");
  again.sends("CAP END");
  const lines = again.sees();
  const [join, marker] = [" JOIN #room", ` MARKREAD #room ${early}`].map((part) =>
    lines.findIndex((line) => line.endsWith(part)),
  );
  expect(marker).toBe((join ?? 0) + 1);
});

test("of a conversation it is kept for the two names in any case, and of one without a marker it is *", () => {
  const chat = new Chat();
  chat.hasAccount("Bob");
  const ann = chat.member("ann");
  ann.sends(`MARKREAD bob ${early}`, "MARKREAD BOB", "MARKREAD ann", "MARKREAD server");
  expect(ann.sees()).toEqual([
    `:server MARKREAD bob ${early}`,
    `:server MARKREAD BOB ${early}`,
    ":server MARKREAD ann *",
    ":server MARKREAD server *",
  ]);
});

test("markReadNeedMoreParams: MARKREAD without a target is refused", () => {
  const ann = new Chat().member("ann");
  ann.sends("MARKREAD");
  expect(ann.sees()).toEqual([":server FAIL MARKREAD NEED_MORE_PARAMS :Missing parameters"]);
});

test("markReadInvalidParams: what is no time is refused, and what one does not read", () => {
  const chat = new Chat();
  const [, bob] = chat.inChannel("#room", "ann", "bob");
  const cem = chat.member("cem");
  bob.sends("MARKREAD #room *", "MARKREAD #room timestamp=soon");
  cem.sends(`MARKREAD #room ${early}`, `MARKREAD #none ${early}`, `MARKREAD nobody ${early}`);
  cem.sends("MARKREAD #room");
  const invalid = (given: string): string =>
    `:server FAIL MARKREAD INVALID_PARAMS ${given} :Invalid parameters`;
  expect(bob.sees()).toEqual([invalid("*"), invalid("timestamp=soon")]);
  expect(cem.sees()).toEqual([
    ...[invalid("#room"), invalid("#none"), invalid("nobody")],
    ":server MARKREAD #room *",
  ]);
});

test("beyond markersMax the marker furthest back is forgotten", () => {
  const chat = new Chat();
  const store = chat.store;
  const ann = chat.member("ann");
  for (let number = 0; number <= markersMax; number += 1) {
    const name = `a${number}`;
    const id = accountId(10_000 + number);
    const being = { state: "active", role: "member", createdAt: wallMs(1) } as const;
    const account = { id, name, ...being, isStrict: false, expiresAt: undefined };
    keep(store, [{ kind: "account", account }], wallMs(1));
    ann.sends(`MARKREAD ${name} timestamp=${isoTime(wallMs(1_000 + number))}`);
  }
  ann.sees();
  ann.sends("MARKREAD a0", "MARKREAD a1");
  expect(ann.sees()).toEqual([
    ":server MARKREAD a0 *",
    ":server MARKREAD a1 timestamp=1970-01-01T00:00:01.001Z",
  ]);
});

test("a guest's markers last as long as the guest", () => {
  const chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  const come = () => {
    const guest = chat.stranger();
    guest.sends("NICK gus", "USER x 0 * :x", "JOIN #room");
    guest.sees();
    return guest;
  };
  const guest = come();
  guest.sends(`MARKREAD #room ${early}`, "MARKREAD #room");
  expect(guest.sees()).toEqual([1, 2].map(() => `:server MARKREAD #room ${early}`));
  guest.drops();
  const other = come();
  other.sends("MARKREAD #room");
  expect(other.sees()).toEqual([":server MARKREAD #room *"]);
});
