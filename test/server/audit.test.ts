/**
 * Audit: which notes are kept, each of them made by what really happens, and that no secret is in any.
 */
import { expect, test } from "bun:test";
import { auditOf } from "../../src/server/audit.ts";
import { type Note } from "../../src/server/notes.ts";
import { type Answer, type Question, type QuestionKind } from "../../src/server/outside.ts";
import { Chat, password } from "../support/chat.ts";
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

type Audited = { readonly [E in Note["event"]]?: (chat: Chat, told: Told) => void };

/** How each comes about; who adds one to the audit adds a row. */
const audited: Audited = {
  "login.ok": (chat) => {
    chat.member("ann");
  },
  "login.refused": (chat) => chat.stranger().logsIn("ann", "wrong"),
  "account.asked": (chat) => chat.stranger().sends(`REGISTER ann * :${password}`),
  "account.registered": () => {
    const open = new Chat({ settings: { registration: "open" } });
    open.stranger().sends(`REGISTER ann * :${password}`);
    expect(eventsOf(open)).toContain("account.registered");
  },
  "account.approved": (chat) => {
    chat.hasAccount("ann", "pending");
    chat.operatorSays("approve ann");
  },
  "account.rejected": (chat) => {
    chat.hasAccount("ann", "pending");
    chat.operatorSays("reject ann");
  },
  "account.role": (chat) => {
    chat.hasAccount("ann");
    chat.operatorSays("role ann operator");
  },
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
};

function eventsOf(chat: Chat): string[] {
  const answer = chat.store.answer("audit", { account: undefined, before: undefined, limit: 100 });
  if (answer.outcome !== "found") throw new Error(answer.outcome);
  return answer.entries.map(({ event }) => event);
}

test.each(Object.keys(audited) as (keyof Audited)[])("%s is kept when it happens", (event) => {
  const told = new Told();
  const chat = new Chat({ passwords: told });
  audited[event]?.(chat, told);
  if (event !== "account.registered") expect(eventsOf(chat)).toContain(event);
});

test("every note about an account or a login is in the table above, or is not kept", () => {
  const connection = { connection: 1, address: "", account: "ann", reason: "", mechanism: "" };
  const events = ["login.ok", "login.refused", "login.throttled"].concat(
    ["asked", "registered", "approved", "rejected", "role", "locked", "unlocked"].map(
      (what) => `account.${what}`,
    ),
  );
  const kept = events.filter(
    (event) => auditOf({ event, ...connection, role: "", by: "" } as unknown as Note) !== undefined,
  );
  expect(kept.toSorted()).toEqual(Object.keys(audited).toSorted());
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
