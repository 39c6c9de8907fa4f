/** CHATHISTORY, as those who read and those who may not see it. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

const newYear = "2026-01-01T00:00:00";

/** What was said in the page, and nothing else of it. */
function page(person: Person, request: string): string[] {
  person.sees();
  person.sends(`CHATHISTORY ${request}`);
  return person.sees().map((line) => line.replace(/^.* (?:PRIVMSG|NOTICE) \S+ :/, ""));
}

const said = ["one", "two", "three", "four", "five"] as const;

/** ann has said one to five in a channel, a second apart; ids begin at 2, after her JOIN. */
function fiveSaid(limits = {}): [Person, Chat] {
  const chat = new Chat({ limits });
  const [ann] = chat.inChannel("#room", "ann");
  for (const word of said) {
    ann.sends(`PRIVMSG #room :${word}`);
    chat.passes(1_000);
  }
  return [ann, chat];
}

test("history is a batch of what was said, with time, id, account and client tags as then", () => {
  const chat = new Chat();
  const wire = ["batch", "server-time", "message-tags", "account-tag"];
  const ann = chat.member("ann", ...wire);
  ann.sends("JOIN #room", "@+draft/reply=x PRIVMSG #room :Hello", "TOPIC #room :Tea");
  ann.sees();
  ann.sends("CHATHISTORY LATEST #room * 10");
  expect(ann.sees()).toEqual([
    "@draft/chathistory-end :server BATCH +1 chathistory #room",
    `@batch=1;time=${newYear}.000Z;msgid=c1-2;+draft/reply=x;account=ann :ann!ann@server PRIVMSG #room :Hello`,
    ":server BATCH -1",
  ]);
});

test("without the capabilities history is bare lines", () => {
  const [ann] = fiveSaid();
  ann.sends("CHATHISTORY LATEST #room * 1");
  expect(ann.sees()).toEqual([":ann!ann@server PRIVMSG #room :five"]);
});

test("with a label the page is a batch in the answer's batch", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch", "labeled-response");
  ann.sends("JOIN #room", "PRIVMSG #room :Hello");
  ann.sees();
  ann.sends("@label=x CHATHISTORY LATEST #room * 10");
  expect(ann.sees()).toEqual([
    "@label=x :server BATCH +2 labeled-response",
    "@batch=2 :server BATCH +1 chathistory #room",
    "@batch=1 :ann!ann@server PRIVMSG #room :Hello",
    "@batch=2 :server BATCH -1",
    ":server BATCH -2",
  ]);
});

test.each([
  ["LATEST #room * 2", ["four", "five"]],
  ["LATEST #room msgid=c1-4 9", ["four", "five"]],
  ["LATEST #ROOM msgid=c1-2 2", ["four", "five"]],
  [`LATEST #room timestamp=${newYear}.999Z 9`, ["two", "three", "four", "five"]],
  ["BEFORE #room msgid=c1-4 9", ["one", "two"]],
  ["BEFORE #room msgid=c1-6 2", ["three", "four"]],
  [`BEFORE #room timestamp=${newYear.slice(0, -2)}02.000Z 9`, ["one", "two"]],
  ["AFTER #room msgid=c1-4 9", ["four", "five"]],
  ["AFTER #room msgid=c1-2 2", ["two", "three"]],
  [`AFTER #room timestamp=${newYear.slice(0, -2)}03.000Z 9`, ["five"]],
  ["AFTER #room msgid=c1-6 9", []],
  ["AFTER #room msgid=c2-2 9", []],
  ["AFTER #room msgid=p1-2 9", []],
  ["BEFORE #room msgid=c1-2 9", []],
  ["BETWEEN #room msgid=c1-2 msgid=c1-6 9", ["two", "three", "four"]],
  ["BETWEEN #room msgid=c1-2 msgid=c1-6 2", ["two", "three"]],
  ["BETWEEN #room msgid=c1-6 msgid=c1-2 2", ["three", "four"]],
  [`BETWEEN #room msgid=c1-6 timestamp=${newYear}.000Z 2`, ["three", "four"]],
  [`BETWEEN #room timestamp=${newYear}.000Z msgid=c1-6 2`, ["two", "three"]],
  [`BETWEEN #room timestamp=2030-01-01T00:00:00Z timestamp=${newYear}Z 9`, said.slice(1)],
  ["BETWEEN #room msgid=c1-3 msgid=c1-3 9", []],
  ["BETWEEN #room msgid=c1-2 msgid=c2-6 9", []],
  ["AROUND #room msgid=c1-4 1", ["three"]],
  ["AROUND #room msgid=c1-4 2", ["two", "three"]],
  ["AROUND #room msgid=c1-4 3", ["two", "three", "four"]],
  ["AROUND #room msgid=c1-2 3", ["one", "two", "three"]],
  ["AROUND #room msgid=c1-6 3", ["three", "four", "five"]],
  ["AROUND #room msgid=c1-99 2", ["four", "five"]],
  [`AROUND #room timestamp=${newYear.slice(0, -2)}02.000Z 3`, ["two", "three", "four"]],
  ["AROUND #room msgid=c2-4 3", []],
] as const)("CHATHISTORY %s", (request, expected) => {
  const [ann] = fiveSaid();
  expect(page(ann, request)).toEqual([...expected]);
});

test("no more is answered than the limit of the server, also when 0 asks for that", () => {
  const [ann] = fiveSaid({ historyMax: 2 });
  expect(page(ann, "LATEST #room * 1000")).toEqual(["four", "five"]);
  expect(page(ann, "LATEST #room * 0")).toEqual(["four", "five"]);
});

test("a member reads what was said since they came, and not what was before", () => {
  const [ann, chat] = fiveSaid();
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  ann.sends("PRIVMSG #room :six");
  expect(page(bob, "LATEST #room * 10")).toEqual(["six"]);
});

test("a private conversation is read by both, under the other's name", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  ann.sends("PRIVMSG bob :Hello");
  bob.sends("NOTICE ann :Hi");
  expect(page(ann, "LATEST bob * 10")).toEqual(["Hello", "Hi"]);
  expect(page(bob, "LATEST ANN * 10")).toEqual(["Hello", "Hi"]);
});

test("a conversation in which nothing was said is an empty page", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch");
  chat.hasAccount("bob");
  ann.sends("CHATHISTORY LATEST bob * 10");
  expect(ann.sees()).toEqual([":server BATCH +1 chathistory bob", ":server BATCH -1"]);
});

test("what was said with the server is read under its name", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("PRIVMSG server :Help");
  chat.operatorSays("msg ann What is it?");
  expect(page(ann, "LATEST server * 10")).toEqual(["Help", "What is it?"]);
});

test("TARGETS tells where something was said between two times, soonest first", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch");
  chat.hasAccount("bob");
  ann.sends("JOIN #room", "PRIVMSG bob :Hello");
  chat.passes(1_000);
  ann.sends("PRIVMSG #room :Hello", "PRIVMSG server :Hello");
  ann.sees();
  ann.sends(`CHATHISTORY TARGETS timestamp=2027-01-01T00:00:00Z timestamp=2025-01-01T00:00:00Z 9`);
  expect(ann.sees()).toEqual([
    ":server BATCH +1 draft/chathistory-targets",
    `@batch=1 :server CHATHISTORY TARGETS bob ${newYear}.000Z`,
    "@batch=1 :server CHATHISTORY TARGETS #room 2026-01-01T00:00:01.000Z",
    "@batch=1 :server CHATHISTORY TARGETS server 2026-01-01T00:00:01.000Z",
    ":server BATCH -1",
  ]);
});

test.each(["#nowhere", "#room", "nobody", "*"])(
  "historyInvalidTarget: %j is nothing that bob may read",
  (target) => {
    const [, chat] = fiveSaid();
    const bob = chat.member("bob");
    bob.sends(`CHATHISTORY LATEST ${target} * 10`);
    expect(bob.sees()).toEqual([
      `:server FAIL CHATHISTORY INVALID_TARGET LATEST ${target} :Messages could not be retrieved`,
    ]);
  },
);

test("historyInvalidTarget: who left a channel no longer reads it", () => {
  const [ann] = fiveSaid();
  ann.sends("PART #room");
  ann.sees();
  ann.sends("CHATHISTORY LATEST #room * 10");
  expect(ann.sees()).toEqual([
    ":server FAIL CHATHISTORY INVALID_TARGET LATEST #room :Messages could not be retrieved",
  ]);
});

test.each([
  "LATEST",
  "LATEST #room",
  "AFTER #room msgid=c1-1",
  "BETWEEN #room msgid=c1-1 msgid=c1-2",
  "TARGETS timestamp=x",
])("historyNeedMoreParams: %j lacks something", (request) => {
  const [ann] = fiveSaid();
  ann.sees();
  ann.sends(`CHATHISTORY ${request}`);
  const [subcommand = ""] = request.split(" ");
  expect(ann.sees()).toEqual([
    `:server FAIL CHATHISTORY INVALID_PARAMS ${subcommand} :Insufficient parameters`,
  ]);
});

test.each(["LATEST #room * 10 x", "BETWEEN #room msgid=c1-1 msgid=c1-2 10 x", "TARGETS a b 1 x"])(
  "historyTooManyParams: %j has one too many",
  (request) => {
    const [ann] = fiveSaid();
    ann.sends(`CHATHISTORY ${request}`);
    const [subcommand = ""] = request.split(" ");
    expect(ann.sees()).toEqual([
      `:server FAIL CHATHISTORY INVALID_PARAMS ${subcommand} :Too many parameters`,
    ]);
  },
);

test.each([
  ["BEFORE #room * 10", "*", "Invalid message reference"],
  ["LATEST #room msgid=7 10", "msgid=7", "Invalid message reference"],
  ["AROUND #room c1-1 10", "c1-1", "Invalid message reference"],
  ["BETWEEN #room msgid=c1-1 * 10", "*", "Invalid message reference"],
  [
    "AFTER #room timestamp=2026-02-30T00:00:00Z 10",
    "timestamp=2026-02-30T00:00:00Z",
    "Invalid timestamp",
  ],
])("historyInvalidReference: %s", (request, reference, why) => {
  const [ann] = fiveSaid();
  ann.sends(`CHATHISTORY ${request}`);
  const [subcommand = ""] = request.split(" ");
  expect(ann.sees()).toEqual([
    `:server FAIL CHATHISTORY INVALID_PARAMS ${subcommand} ${reference} :${why}`,
  ]);
});

test("historyUnknownReferenceType: messages have no other names than msgid and timestamp", () => {
  const [ann] = fiveSaid();
  ann.sends("CHATHISTORY AFTER #room id=c1-1 10");
  const why = "Messages are referred to by msgid= or timestamp=";
  expect(ann.sees()).toEqual([
    `:server FAIL CHATHISTORY INVALID_MSGREFTYPE AFTER #room id=c1-1 :${why}`,
  ]);
});

test.each([
  ["LATEST #room * many", "Invalid limit"],
  ["LATEST #room * -1", "Invalid limit"],
  ["TARGETS msgid=c1-1 msgid=c1-2 10", "Two timestamps and a limit are needed"],
])("historyInvalidParams: %s", (request, why) => {
  const [ann] = fiveSaid();
  ann.sends(`CHATHISTORY ${request}`);
  const [subcommand = ""] = request.split(" ");
  expect(ann.sees()).toEqual([`:server FAIL CHATHISTORY INVALID_PARAMS ${subcommand} :${why}`]);
});

test.each(["NEXT", "", "::"])("historyUnknownCommand: %j is none of its commands", (word) => {
  const [ann] = fiveSaid();
  ann.sends(`CHATHISTORY ${word}`.trim());
  expect(ann.sees()).toEqual([
    `:server FAIL CHATHISTORY INVALID_PARAMS ${word === "NEXT" ? word : "*"} :Unknown command`,
  ]);
});

test.each(["LATEST #room * 10", "LATEST bob * 10"])(
  "historyError: %s is not answered in time",
  (request) => {
    const [ann, chat] = fiveSaid({ answerWithinMs: 1_000 });
    chat.holdsQuestions();
    ann.sends(`CHATHISTORY ${request}`);
    chat.passes(1_000);
    const [, target = ""] = request.split(" ");
    expect(ann.sees()).toEqual([
      `:server FAIL CHATHISTORY MESSAGE_ERROR LATEST ${target} :Messages could not be retrieved`,
    ]);
  },
);

test("historyError: TARGETS is not answered in time", () => {
  const [ann, chat] = fiveSaid({ answerWithinMs: 1_000 });
  chat.holdsQuestions();
  ann.sends("CHATHISTORY TARGETS timestamp=2025-01-01T00:00:00Z timestamp=2027-01-01T00:00:00Z 9");
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    ":server FAIL CHATHISTORY MESSAGE_ERROR TARGETS * :Messages could not be retrieved",
  ]);
});

test("TARGETS counts its limit from the first of the two times", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch", "message-tags");
  for (const name of ["bob", "cem"]) {
    chat.hasAccount(name);
    ann.sends(`PRIVMSG ${name} :Hello`);
    chat.passes(1_000);
  }
  const [early, late] = ["timestamp=2025-01-01T00:00:00Z", "timestamp=2027-01-01T00:00:00Z"];
  const listed = (request: string): string[] => {
    ann.sees();
    ann.sends(`CHATHISTORY TARGETS ${request}`);
    return ann.sees().map((line) => line.replace(/^(?:@batch=\S+ )?:server (?:CHATHISTORY )?/, ""));
  };
  expect(listed(`${early} ${late} 1`)).toEqual([
    "BATCH +1 draft/chathistory-targets",
    `TARGETS bob ${newYear}.000Z`,
    "BATCH -1",
  ]);
  expect(listed(`${late} ${early} 1`)[1]).toBe("TARGETS cem 2026-01-01T00:00:01.000Z");
  expect(listed(`${late} ${early} 2`)[0]).toStartWith("@draft/chathistory-end ");
});

test.each([
  ["LATEST #room * 5", true],
  ["LATEST #room * 4", false],
  ["LATEST #room msgid=c1-3 3", true],
  ["BEFORE #room msgid=c1-4 2", true],
  ["BEFORE #room msgid=c1-4 1", false],
  ["AFTER #room msgid=c1-4 2", true],
  ["AFTER #room msgid=c1-4 1", false],
  ["AFTER #room msgid=c1-6 1", true],
  ["BETWEEN #room msgid=c1-2 msgid=c1-6 3", true],
  ["BETWEEN #room msgid=c1-6 msgid=c1-2 2", false],
  ["AROUND #room msgid=c1-4 5", true],
  ["AROUND #room msgid=c1-4 4", false],
])("%s tells that there is no more: %j", (request, isEnd) => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch", "message-tags");
  ann.sends("JOIN #room", ...said.map((word) => `PRIVMSG #room :${word}`));
  ann.sees();
  ann.sends(`CHATHISTORY ${request}`);
  const [start] = ann.sees();
  expect(start).toBe(`${isEnd ? "@draft/chathistory-end " : ""}:server BATCH +1 chathistory #room`);
});

test("a page that is cut for its bytes has more behind it, whatever end it is counted from", () => {
  const chat = new Chat({ limits: { historyBytesMax: 700, historyMax: 10 } });
  const ann = chat.member("ann", "batch", "message-tags");
  ann.sends("JOIN #room", ...said.map((word) => `PRIVMSG #room :${word} ${"x".repeat(200)}`));
  const cut = (request: string): string[] => {
    ann.sees();
    ann.sends(`CHATHISTORY ${request} 9`);
    return ann.sees().map((line) => line.replace(/^.* #room :?(\S+).*$/, "$1"));
  };
  const lines = (...words: string[]) => [":server BATCH +1 chathistory #room", ...words];
  const seen = ["AFTER #room msgid=c1-1", "LATEST #room *", "AROUND #room msgid=c1-4"].map(cut);
  expect(seen.map((page) => page.slice(1, -1))).toEqual([
    ["one", "two"],
    ["four", "five"],
    ["three", "two"].toSorted().toReversed(),
  ]);
  expect(
    seen.every(
      ([start]) => start === lines()[0]?.replace(/^.* /, "") || start?.startsWith(":server"),
    ),
  ).toBe(true);
});

test("historyInvalidTarget: who was put out no longer reads it, and who comes back reads from then on", () => {
  const [ann, chat] = fiveSaid();
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  ann.sends("PRIVMSG #room :six", "KICK #room bob :Out", "PRIVMSG #room :seven");
  expect(page(bob, "LATEST #room * 10").join()).toContain("INVALID_TARGET");
  bob.sends("JOIN #room");
  ann.sends("PRIVMSG #room :eight");
  expect(page(bob, "LATEST #room * 10")).toEqual(["eight"]);
  expect(page(bob, "BEFORE #room msgid=c1-99 10")).toEqual(["eight"]);
  expect(page(bob, "AROUND #room msgid=c1-2 10")).toEqual(["eight"]);
});

test("who has a name that was another's reads nothing of theirs", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  const bob = chat.member("bob");
  for (const person of [ann, bob]) person.sends("JOIN #room");
  ann.sends("PRIVMSG bob :secret", "PRIVMSG #room :Hello");
  chat.operatorSays("delete bob");
  const other = chat.member("bob");
  expect(page(other, "LATEST ann * 10")).toEqual([]);
  expect(page(other, "LATEST #room * 10").join()).toContain("INVALID_TARGET");
  other.sends("JOIN #room");
  expect(page(other, "LATEST #room * 10")).toEqual([]);
  expect(page(ann, "LATEST bob * 10")).toEqual([]);
});

test("a guest reads what was said since they came", () => {
  const chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  const ann = chat.member("ann");
  ann.sends("JOIN #room", "PRIVMSG #room :before");
  chat.passes(10);
  const gus = chat.stranger();
  gus.sends("NICK gus", "USER gus 0 * :Gus", "JOIN #room");
  chat.passes(10);
  ann.sends("PRIVMSG #room :after");
  expect(page(gus, "LATEST #room * 10")).toEqual(["after"]);
  gus.sends("PART #room");
  expect(page(gus, "LATEST #room * 10").join()).toContain("INVALID_TARGET");
});
