/** CAP: what a connection is offered, asks for, and has. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

function newcomer(): Person {
  return new Chat().stranger();
}

/** What CAP LS tells, its lines put together. */
function listed(...lines: readonly string[]): readonly string[] {
  const ann = newcomer();
  ann.sends(...lines);
  const told = ann.sees().filter((line) => line.startsWith(":server CAP * LS "));
  return told.flatMap((line) => line.replace(/^:server CAP \* LS (?:\* )?:/, "").split(" "));
}

const names =
  "server-time message-tags batch labeled-response echo-message account-tag account-notify " +
  "extended-join multi-prefix userhost-in-names invite-notify away-notify chghost extended-monitor setname " +
  "no-implicit-names draft/no-implicit-names soju.im/no-implicit-names cap-notify " +
  "standard-replies draft/channel-rename draft/chathistory draft/event-playback draft/extended-isupport " +
  "draft/message-redaction draft/pre-away draft/read-marker znc.in/playback znc.in/self-message draft/search soju.im/search";

test("CAP LS 302 offers capabilities with their values", () => {
  const metadata = "before-connect,max-subs=64,max-keys=32,max-value-bytes=288";
  const values = [
    "sasl=PLAIN",
    "draft/account-registration=before-connect,custom-account-name",
    "draft/multiline=max-bytes=4096,max-lines=32",
    `draft/metadata-2=${metadata}`,
    `draft/metadata-3=${metadata},max-key-bytes=40`,
  ];
  expect([...listed("CAP LS 302")].sort()).toEqual([...values, ...names.split(" ")].sort());
});

test("an older CAP LS offers them without values, as many as fit one line", () => {
  const all = listed("CAP LS 302").map((name) => name.replace(/=.*$/, ""));
  const shown = listed("CAP LS");
  expect(shown).toEqual(all.slice(0, shown.length));
  expect(shown.length).toBeGreaterThan(20);
  const next = all[shown.length];
  if (next === undefined) return;
  expect(`:server CAP * LS :${[...shown, next].join(" ")}`.length).toBeGreaterThan(510);
  const stranger = newcomer();
  stranger.sends("CAP LS", `CAP REQ ${next}`);
  expect(stranger.sees().at(-1)).toBe(`:server CAP * ACK :${next}`);
});

test("an older CAP LS that would not fit one line leaves the last ones out", () => {
  const ann = new Chat({ settings: { name: "s".repeat(200) } }).stranger();
  ann.sends("CAP LS");
  const [line = ""] = ann.sees();
  expect(line).toContain(":sasl server-time message-tags batch");
  expect(line).not.toContain("draft/pre-away");
});

test("what is asked for and offered is had", () => {
  const ann = newcomer();
  ann.sends("NICK ann", "CAP REQ :batch server-time", "CAP LIST");
  expect(ann.sees()).toEqual([
    ":server CAP ann ACK :batch server-time",
    ":server CAP ann LIST :server-time batch",
  ]);
});

test("what is not offered is refused whole", () => {
  const ann = newcomer();
  ann.sends("CAP REQ :batch no-such-thing", "CAP LIST");
  expect(ann.sees()).toEqual([":server CAP * NAK :batch no-such-thing", ":server CAP * LIST :"]);
});

test("a capability is given back with a minus", () => {
  const ann = newcomer();
  ann.sends("CAP REQ :batch server-time", "CAP REQ :-batch", "CAP LIST");
  expect(ann.sees().slice(1)).toEqual([
    ":server CAP * ACK :-batch",
    ":server CAP * LIST :server-time",
  ]);
});

test("cap-notify comes with version 302, and stays", () => {
  const ann = newcomer();
  ann.sends("CAP LS 302");
  ann.sees();
  ann.sends("CAP REQ :-cap-notify", "CAP LIST");
  expect(ann.sees()).toEqual([":server CAP * NAK :-cap-notify", ":server CAP * LIST :cap-notify"]);
});

test("cap-notify may be given back by who asked for it", () => {
  const ann = newcomer();
  ann.sends("CAP REQ cap-notify", "CAP REQ -cap-notify");
  expect(ann.sees()).toEqual([":server CAP * ACK :cap-notify", ":server CAP * ACK :-cap-notify"]);
});

test("a version that was told is not taken back by an older one", () => {
  expect(listed("CAP LS 302", "CAP LS").filter((name) => name === "sasl=PLAIN")).toHaveLength(2);
});

test("capabilities change after the welcome too", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("CAP REQ :multi-prefix", "JOIN #room");
  expect(ann.sees()).toEqual([
    ":server CAP ann ACK :multi-prefix",
    ":ann!ann@server JOIN #room",
    ":server 353 ann = #room :~@ann",
    ":server 366 ann #room :End of /NAMES list",
  ]);
});

test("a request that is too long to be said back is refused", () => {
  const ann = newcomer();
  ann.sends(`CAP REQ :${"batch ".repeat(80)}`);
  expect(ann.sees()).toEqual([`:server CAP * NAK :${"batch ".repeat(80).slice(0, 400)}`]);
});

test("a request for nothing is granted", () => {
  const ann = newcomer();
  ann.sends("CAP REQ :");
  expect(ann.sees()).toEqual([":server CAP * ACK :"]);
});

test("while it negotiates, a connection is not welcomed nor turned away", () => {
  const ann = newcomer();
  ann.sends("CAP LS 302", "NICK ann", "USER ann 0 * :Ann");
  expect(ann.sees().join()).not.toContain("ACCOUNT_REQUIRED");
  ann.sends("CAP END");
  expect(ann.sees()[0]).toContain("ACCOUNT_REQUIRED");
});

test("invalidCapCommand: CAP has these subcommands only", () => {
  const ann = newcomer();
  ann.sends("CAP CLEAR");
  expect(ann.sees()).toEqual([":server 410 * CLEAR :Invalid CAP command"]);
});

test("needMoreParams: CAP has a subcommand", () => {
  const ann = newcomer();
  ann.sends("CAP");
  expect(ann.sees()).toEqual([":server 461 * CAP :Not enough parameters"]);
});

test("the two drafts of metadata are offered with their limits", () => {
  const words = listed("CAP LS 302");
  const limits = "before-connect,max-subs=64,max-keys=32,max-value-bytes=288";
  expect(words).toContain(`draft/metadata-2=${limits}`);
  expect(words).toContain(`draft/metadata-3=${limits},max-key-bytes=40`);
});

test("only one of the two drafts of metadata is granted", () => {
  const ann = new Chat().member("ann", "draft/metadata-2", "batch");
  ann.sends("CAP REQ draft/metadata-3", "CAP REQ :draft/metadata-3 -draft/metadata-2");
  expect(ann.sees()).toEqual([
    ":server CAP ann NAK :draft/metadata-3",
    ":server CAP ann ACK :draft/metadata-3 -draft/metadata-2",
  ]);
});

test.each(["draft/metadata-3", "batch"])(
  "with %s given back, what was subscribed to is so no more",
  (name) => {
    const ann = new Chat().member("ann", "draft/metadata-3", "batch");
    ann.sends("METADATA * SUB a", "CAP REQ :server-time", "METADATA * SUBS");
    expect(ann.sees().join("\n")).toContain("772 ann a");
    ann.sends(`CAP REQ :-${name}`, `CAP REQ ${name}`, "METADATA * SUBS");
    expect(ann.sees().join("\n")).not.toContain("772");
  },
);

test("sts that has ended is told over TLS, as a duration of 0, and in plain text no more", () => {
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "x" };
  const chat = new Chat({ settings: { sts: { port: 6697, durationSeconds: 0 } } });
  const [plain, secure] = [chat.stranger(), chat.stranger({ tls })];
  for (const each of [plain, secure]) each.sends("CAP LS 302");
  expect(plain.sees().join(" ")).not.toContain("sts");
  expect(secure.sees().join(" ")).toEndWith(" sts=duration=0");
});

test("sts tells the port in plain text, the duration over TLS, and cannot be asked for", () => {
  const chat = new Chat({ settings: { sts: { port: 6697, durationSeconds: 2_592_000 } } });
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "x" };
  for (const [facts, value] of [
    [{}, "sts=port=6697"],
    [{ tls }, "sts=duration=2592000"],
  ] as const) {
    const modern = chat.stranger(facts);
    modern.sends("CAP LS 302", "CAP REQ sts");
    const lines = modern.sees();
    expect(lines.join(" ").split(" ")).toContain(value);
    expect(lines.at(-1)).toBe(":server CAP * NAK :sts");
    const old = chat.stranger(facts);
    old.sends("CAP LS");
    expect(old.sees().join(" ")).not.toContain("sts");
  }
});
