/**
 * Admission: every way in × every state of an account, in one table. A way that is added is added here.
 */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";

const own = "a password of my own";
const tls = {
  version: "TLSv1.3",
  exporter: new Uint8Array(32),
  peerCertificate: undefined,
  spki: "",
};

type Outcome = "in" | "waits" | "out";

interface State {
  readonly outcome: Outcome;
  readonly begins: (chat: Chat) => void;
}

/** What an account of ann's can be. */
const states: Readonly<Record<string, State>> = {
  active: { outcome: "in", begins: (chat) => chat.hasAccount("ann") },
  pending: { outcome: "waits", begins: (chat) => chat.hasAccount("ann", "pending") },
  disabled: { outcome: "out", begins: (chat) => chat.hasAccount("ann", "disabled") },
  expired: {
    outcome: "out",
    begins(chat) {
      chat.hasAccount("ann");
      chat.operatorSays("expire ann 0");
    },
  },
  "enabled again": {
    outcome: "in",
    begins(chat) {
      chat.hasAccount("ann", "disabled");
      chat.operatorSays("enable ann");
    },
  },
};

/** How one who has what it takes tries to come in. */
const ways: Readonly<Record<string, (chat: Chat, person: Person) => void>> = {
  "SASL PLAIN": (_chat, person) => person.logsIn("ann", password),
  "NickServ IDENTIFY": (_chat, person) => person.sends(`NS IDENTIFY ann ${password}`),
  "REGISTER with a reset link": (chat, person) =>
    person.sends(`REGISTER ann ${resetToken(chat)} :${own}`),
  "NickServ REGISTER with a reset link": (chat, person) =>
    person.sends(`NS REGISTER ${own} ${resetToken(chat)}`),
  "OPAQUE with a reset link": (chat, person) => {
    const text = Buffer.from(own).toString("base64");
    person.sends(`OPAQUE REG ann * ${resetToken(chat)} ${text}`, `OPAQUE REC ann ${text}`);
    person.logsIn("ann", own);
  },
};

function resetToken(chat: Chat): string {
  return chat.operatorSays("reset ann")[0] ?? "";
}

const table = Object.entries(ways).flatMap(([way, comes]) =>
  Object.entries(states).map(([state, { outcome, begins }]) => ({
    ...{ way, state, outcome, begins, comes },
  })),
);

test.each(table)("saslFailed: $way, an account that is $state: $outcome", (row) => {
  const chat = new Chat();
  row.begins(chat);
  const person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK ann", "USER ann 0 * :ann");
  row.comes(chat, person);
  person.sends("CAP END");
  const seen = person.sees().join("\n");
  const outcome: Outcome = seen.includes(" 001 ")
    ? "in"
    : seen.includes("NOTE REGISTER WAITING")
      ? "waits"
      : "out";
  expect(outcome).toBe(row.outcome);
  // What is refused says no more than a wrong password.
  const isQuiet = !/disabled|expired/i.test(seen);
  expect(isQuiet).toBe(true);
  const refusals = chat.notes.filter(({ event }) => event === "login.refused");
  expect(refusals.length > 0).toBe(outcome === "out");
});
