/**
 * Audit: which notes are kept, each of them made by what really happens, and that no secret is in any.
 */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { dayMs, wallMs } from "../../src/base/time.ts";
import { auditOf } from "../../src/server/audit.ts";
import { type Note } from "../../src/server/notes.ts";
import { type Answer, type Question, type QuestionKind } from "../../src/server/outside.ts";
import { defaultSettings } from "../../src/server/settings.ts";
import { Chat, password, type Person } from "../support/chat.ts";
import { recoveryCodes, rightCode } from "../support/plain-credentials.ts";
import { PlainPasswords } from "../support/plain-passwords.ts";

/** Passwords whose next answer is said by the test. */
class Told extends PlainPasswords {
  next: Answer<QuestionKind> | undefined;

  override answer(question: Question): Answer<QuestionKind> | undefined {
    const { next } = this;
    this.next = undefined;
    return next ?? super.answer(question);
  }
}

type Act = (chat: Chat, told: Told) => void;
type Audited = { readonly [E in Note["event"]]?: Act };

const tls = {
  version: "TLSv1.3",
  exporter: new Uint8Array(32),
  peerCertificate: "0".repeat(64),
  spki: "",
};

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** ann, logged in by OPAQUE over TLS. */
function annByOpaque(chat: Chat): Person {
  chat.hasAccount("ann");
  const ann = chat.stranger({ tls });
  ann.sends("CAP LS 302", "NICK x", "USER x 0 * :x", "AUTHENTICATE OPAQUE-R255-EXPR");
  ann.sends("AUTHENTICATE +", `AUTHENTICATE ${base64(`\0ann\0${password}`)}`, "CAP END");
  return ann;
}

/** Said by ann, to the service. */
function annSays(...words: readonly string[]): Act {
  return (chat) => annByOpaque(chat).sends(...words.map((text) => `PRIVMSG NickServ :${text}`));
}

/** Said by an operator, of ann and at the console. */
function operatorSays(...words: readonly string[]): Act {
  return (chat) => {
    chat.hasAccount("ann");
    for (const each of words) chat.operatorSays(each);
  };
}

/** A request of ann's is there, and an operator decides. */
function decides(word: string): Act {
  return (chat) => {
    chat.hasAccount("ann", "pending");
    chat.operatorSays(`${word} ann`);
  };
}

const newSecondFactor = ["totp begin", `totp confirm ${rightCode}`];

/** How each comes about; who adds one to the audit adds a row. */
const audited: Audited = {
  "login.ok": (chat) => {
    chat.member("ann");
  },
  "login.refused": (chat) => chat.stranger().logsIn("ann", "wrong"),
  "account.asked": (chat) => chat.stranger().sends(`REGISTER ann * :${password}`),
  "account.registered": (chat) => {
    const [token = ""] = chat.operatorSays("invite");
    chat.stranger().sends(`REGISTER ann ${token} :${password}`);
  },
  "account.approved": decides("approve"),
  "account.rejected": decides("reject"),
  "account.role": operatorSays("role ann operator"),
  "account.locked": (chat, told) => {
    const stranger = chat.stranger();
    told.next = { outcome: "refused", name: "ann", isLocked: true };
    stranger.logsIn("ann", "wrong");
  },
  "account.unlocked": (chat, told) => {
    chat.hasAccount("ann");
    told.next = undefined;
    told.answer = (question) =>
      question.kind === "credentials" ? { outcome: "removed", count: 1 } : undefined;
    chat.operatorSays("unlock ann");
  },
  "account.added": (chat) => {
    chat.operatorSays("add eve", password);
  },
  "account.password": (chat) => {
    chat.hasAccount("ann");
    chat.operatorSays("passwd ann", password);
  },
  "account.disabled": operatorSays("disable ann"),
  "account.enabled": operatorSays("disable ann", "enable ann"),
  "account.expires": operatorSays("expire ann 3"),
  "account.deleted": operatorSays("delete ann"),
  "account.strict": operatorSays("strict ann on"),
  "account.always-on": operatorSays("always-on ann off"),
  "account.certificate": annSays("cert add laptop"),
  "app-password.added": annSays("app-password add bot"),
  "app-password.removed": annSays("app-password add bot", "app-password del 1"),
  "device.remembered": (chat, told) => {
    told.at.set("ann", told.remembers("ann", "laptop", wallMs(0)));
    annByOpaque(chat);
  },
  "device.forgotten": (chat, told) => {
    told.at.set("ann", told.remembers("ann", "laptop", wallMs(0)));
    annSays("logout")(chat, told);
  },
  "totp.on": annSays(...newSecondFactor),
  "totp.off": annSays(...newSecondFactor, `totp off ${rightCode}`),
  "totp.recovery": annSays(...newSecondFactor, `totp recovery ${rightCode}`),
  "password.changed": (chat) => {
    const ann = annByOpaque(chat);
    ann.sends(`OPAQUE CHG ${base64("request")}`);
    ann.sends(`OPAQUE REC ann ${base64(password)} ${base64("proof")}`);
  },
  "keys.changed": operatorSays("rekey"),
  "settings.read": (chat) => {
    const settings = { ...defaultSettings, name: "server" };
    chat.reread = () => ({ outcome: "read", settings, lines: ["changed: accounts.rooms"] });
    chat.operatorSays("reload");
  },
  "settings.refused": (chat) => {
    chat.reread = () => ({ outcome: "refused", lines: ["nothing is changed: line 1"] });
    chat.operatorSays("reload");
  },
  "user.operator": (chat, told) => {
    told.operators.set("root", password);
    chat.member("ann").sends(`OPER root :${password}`);
  },
  "invitation.made": operatorSays("invite eve"),
  "invitation.used": (chat) => {
    const [token = ""] = chat.operatorSays("invite");
    chat.stranger().sends(`REGISTER ann ${token} :${password}`);
  },
  "invitation.revoked": (chat) => {
    chat.operatorSays("invite eve");
    const [digits = ""] = /^\w+/.exec(chat.operatorSays("invitations")[0] ?? "") ?? [];
    chat.operatorSays(`uninvite ${digits}`);
  },
  "invitation.expired": (chat) => {
    chat.operatorSays("invite eve --days 1");
    chat.passes(2 * dayMs);
    chat.operatorSays("invitations");
  },
};

/** None of them is in any note: what the acts above say, and what they are told. */
const secrets = [password, rightCode, ...recoveryCodes, "act-invite-", "ABCDEFGH"];

const auditSource = await Bun.file(join(import.meta.dir, "../../src/server/audit.ts")).text();
/** Every event there is, as `notes.ts` declares them. */
const noteEvents = await eventsIn("src/server/notes.ts");

async function eventsIn(path: string): Promise<string[]> {
  const text = await Bun.file(join(import.meta.dir, "../..", path)).text();
  const declared = text.match(/readonly event:[^;]+;/g) ?? [];
  return declared.flatMap((each) => each.match(/[\w-]+\.?[\w-]*(?=")/g) ?? []);
}

function eventsOf(chat: Chat): string[] {
  const answer = chat.store.answer("audit", { account: undefined, before: undefined, limit: 100 });
  if (answer.outcome !== "found") throw new Error(answer.outcome);
  return answer.entries.map(({ event }) => event);
}

test.each(Object.entries(audited))("%s is kept when it happens, with no secret", (event, act) => {
  const told = new Told();
  const chat = new Chat({ passwords: told });
  act(chat, told);
  expect(eventsOf(chat)).toContain(event);
  const asked = { account: undefined, before: undefined, limit: 100 };
  const written = JSON.stringify([chat.store.answer("audit", asked), chat.notes]);
  expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
});

test("every note that is kept is in the table above, and every other one is not", () => {
  // With all that any note has; what matters here is the event.
  const [invitation, purpose, label] = ["12345678", "member", ""];
  const about = { connection: 1, address: "", account: "ann", by: "bob", reason: "" };
  const what = { mechanism: "", role: "", at: "", isStrict: true, fingerprint: "", number: 1 };
  const others = { invitation, purpose, label, uses: 1, left: 0, expires: "", keys: 1, older: 0 };
  const isKept = (event: string): boolean =>
    auditOf({ event, ...about, ...what, ...others } as unknown as Note) !== undefined;
  expect(noteEvents.filter(isKept).toSorted()).toEqual(Object.keys(audited).toSorted());
});

test("the list of all notes is the one that is declared", () => {
  expect(noteEvents).toContain("line"); // the last
  expect(noteEvents).toContain("totp.off"); // of several in one
  expect(new Set(noteEvents).size).toBe(noteEvents.length);
  const decided = auditSource.match(/(?<=case ")[^"]+(?=":)/g) ?? [];
  // Of what passes, the guard says it.
  const passing = noteEvents.filter((name) => /^(?:connection|channel|message|store)\./.test(name));
  expect(noteEvents.toSorted()).toEqual([...new Set([...decided, ...passing])].toSorted());
});

test("what happens in rooms and to connections is not kept", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  ann.sends("TOPIC #room :Mine", "PRIVMSG #room :hello", "PRIVMSG bob :hello", "KICK #room bob");
  ann.drops();
  expect(new Set(eventsOf(chat))).toEqual(new Set(["login.ok"]));
});

test("a refusal is kept with name, address and reason; the name folded", () => {
  const told = new Told();
  const chat = new Chat({ passwords: told });
  told.next = { outcome: "refused", name: "Ann" };
  chat.stranger({ address: "192.0.2.1" }).logsIn("Ann", "wrong");
  const asked = { account: undefined, before: undefined, limit: 1 };
  const kept = { event: "login.refused", account: "ann", address: "192.0.2.1", actor: "" };
  expect(chat.store.answer("audit", asked)).toMatchObject({
    entries: [{ ...kept, detail: "PLAIN: not proven" }],
  });
});

test("what was said in the place of a name and is none is kept as *, and is in no note", () => {
  const told = new Told();
  const chat = new Chat({ passwords: told });
  const canary = "my secret canary 42";
  for (const said of [canary, `${canary}\x1b[2J`, "x".repeat(100), ""]) {
    told.next = { outcome: "refused", name: said };
    chat.stranger().logsIn(said, canary);
  }
  const answer = chat.store.answer("audit", { account: undefined, before: undefined, limit: 10 });
  expect(JSON.stringify(answer)).not.toContain("canary");
  expect(JSON.stringify(chat.notes)).not.toContain("canary");
  expect(answer).toMatchObject({ entries: Array.from({ length: 4 }, () => ({ account: "*" })) });
});

test("who does not wait for the answer is kept as refused", () => {
  const chat = new Chat();
  chat.holdsQuestions();
  const stranger = chat.stranger();
  stranger.logsIn("ann", "wrong");
  stranger.drops();
  const asked = { account: undefined, before: undefined, limit: 1 };
  expect(chat.store.answer("audit", asked)).toMatchObject({
    entries: [{ event: "login.refused", detail: "PLAIN: answer not waited for" }],
  });
});

test("what happened and its record are kept in one transaction, before anyone is told", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const ann = chat.stranger();
  chat.holdsKeeping();
  ann.logsIn("ann", password);
  expect(ann.sees()).toEqual(["AUTHENTICATE +"]);
  expect(eventsOf(chat)).toEqual([]);
  chat.keepsAll();
  expect(ann.sees().at(-1)).toContain("903");
  expect(eventsOf(chat)).toEqual(["login.ok"]);
});
