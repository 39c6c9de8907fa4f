/**
 * The client's machine from the connection to the welcome and back: what it sends, what it tells.
 */
import { expect, test } from "bun:test";
import { type Login } from "../../src/client/login.ts";
import { capabilityNames } from "../../src/protocol/capabilities.ts";
import { everything, plainProver, registering, tagOf, Talk } from "./talk.ts";

test("registration: negotiates capabilities, logs in by SASL and is welcomed", () => {
  const talk = new Talk({ channels: ["#room"] }).opens();
  expect(talk.sees()).toEqual(["CAP LS :302", "NICK ann", "USER ann 0 * ann"]);
  talk.hears(":srv CAP * LS * :sasl=PLAIN,OTHER unknown/one=x", ":srv CAP * LS :batch");
  expect(talk.sees()).toEqual(["CAP REQ :sasl batch"]);
  talk.hears(":srv CAP * ACK :sasl batch");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN"]);
  talk.hears("AUTHENTICATE +");
  const response = Buffer.from("\0ann\0secret").toString("base64");
  expect(talk.sees()).toEqual([`AUTHENTICATE ${response}`]);
  talk.hears(":srv 900 ann ann!ann@host Ann :in", ":srv 903 ann :ok");
  expect(talk.sees()).toEqual(["CAP :END"]);
  talk.events();
  talk.hears(":srv 001 ann :Welcome");
  expect(talk.eventsOf("hello")).toMatchObject([{ server: "srv", nick: "ann", account: "Ann" }]);
  expect(talk.sees()).toEqual(["JOIN #room"]);
});

test("registration: a server that knows no CAP just welcomes", () => {
  const talk = new Talk({ login: { kind: "none" }, nick: "ann" }).opens();
  talk.hears(":old 421 ann CAP :Unknown command", ":old 001 ann :Welcome");
  expect(talk.session.model.state).toEqual({ state: "online" });
});

test("registration: a refused set of capabilities is asked for one by one", () => {
  const talk = new Talk({ login: { kind: "none" }, nick: "ann" }).opens();
  talk.hears(":srv CAP * LS :batch server-time");
  talk.sees();
  talk.hears(":srv CAP * NAK :server-time batch");
  expect(talk.sees()).toEqual(["CAP REQ :server-time", "CAP REQ :batch"]);
  talk.hears(":srv CAP * NAK :server-time", ":srv CAP * ACK :batch");
  expect(talk.sees()).toEqual(["CAP :END"]);
});

test("registration: asks only for what it reads, in short lines, and goes on when all are answered", () => {
  const talk = new Talk({ login: { kind: "none" }, nick: "ann" }).opens();
  talk.sees();
  const offered = capabilityNames.filter((name) => name !== "sasl");
  const [first, second] = [offered.slice(0, 16), offered.slice(16)];
  talk.hears(`:srv CAP * LS * :${first.join(" ")}`, `:srv CAP * LS :${second.join(" ")}`);
  const requests = talk.sees().map((line) => line.replace("CAP REQ :", ""));
  expect(requests.length).toBeGreaterThan(1);
  for (const names of requests) expect(names.length).toBeLessThanOrEqual(300);
  const asked = requests.join(" ").split(" ");
  expect(asked).toContain("draft/chathistory");
  for (const name of ["no-implicit-names", "extended-monitor", "draft/pre-away"]) {
    expect(asked).not.toContain(name);
  }
  const answers = requests.map((names) => `:srv CAP * ACK :${names}`);
  talk.hears(...answers.slice(1));
  expect(talk.sees()).toEqual([]);
  talk.hears(...answers.slice(0, 1));
  expect(talk.sees()).toEqual(["CAP :END"]);
});

test("registration: a nick in use gets an underscore", () => {
  const talk = new Talk({ login: { kind: "none" }, nick: "ann" }).opens();
  talk.sees();
  talk.hears(":srv 433 * ann :in use");
  expect(talk.sees()).toEqual(["NICK ann_"]);
  talk.hears(":srv 001 ann_ :Welcome");
  expect(talk.session.model.nick).toBe("ann_");
});

test("registration: a refused password ends the session for good", () => {
  const talk = new Talk().opens();
  talk.hears(`:srv CAP * LS :${everything}`, ":srv CAP * ACK :sasl", ":srv CAP * NAK :batch");
  talk.events();
  const others = everything.replace(/=\S*/g, "").split(" ");
  talk.hears(`:srv CAP * ACK :${others.join(" ")}`, "AUTHENTICATE +", ":srv 904 ann :No");
  expect(talk.eventsOf("state").at(-1)?.state).toMatchObject({
    state: "closed",
    code: "refused",
    reason: "No",
  });
  expect(talk.session.wakeAt).toBeUndefined();
});

test("registration: too busy to check a password is no refusal: it tries again later", () => {
  const talk = new Talk().opens();
  talk.hears(":srv CAP * LS :sasl standard-replies", ":srv CAP * ACK :sasl standard-replies");
  talk.hears("AUTHENTICATE +", "FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :busy");
  talk.hears(":srv 904 ann :busy");
  expect(talk.session.model.state.state).toBe("offline");
  talk.waits(2_000);
  expect(talk.session.model.state).toEqual({ state: "connecting", attempt: 2 });
});

test("registration: without an account where one is required it is refused", () => {
  const talk = new Talk({ login: { kind: "none" }, nick: "ann" }).opens();
  talk.hears("FAIL * ACCOUNT_REQUIRED :You must log in");
  expect(talk.session.model.state).toMatchObject({ state: "closed", code: "refused" });
});

const caps = "sasl=PLAIN standard-replies draft/account-registration=before-connect";
const acked = "sasl standard-replies draft/account-registration";

function asks(): Talk {
  const talk = new Talk({ login: registering("ann") }).opens();
  talk.hears(`:srv CAP * LS :${caps}`, `:srv CAP * ACK :${acked}`);
  expect(talk.sees().at(-1)).toBe("REGISTER ann * secret");
  talk.events();
  return talk;
}

test("a new account: registered at once, it logs in and goes on", () => {
  const talk = asks().hears(":srv REGISTER SUCCESS ann :done");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN"]);
  talk.hears(":srv 907 ann :already");
  expect(talk.sees()).toEqual(["CAP :END"]);
});

test("a new account: waits for an operator, answers PING meanwhile, and logs in when approved", () => {
  const talk = asks().hears(":srv REGISTER VERIFICATION_REQUIRED ann :an operator decides");
  expect(talk.eventsOf("state").map(({ state }) => state)).toEqual([
    { state: "waiting", account: "ann", reason: "an operator decides" },
  ]);
  talk.hears("PING :are you there");
  expect(talk.sees()).toEqual(["PONG :are you there"]);
  for (let minute = 0; minute < 60; minute += 1) talk.waits(15_000).hears("PING x");
  expect(talk.session.model.state.state).toBe("waiting");
  talk.sees();
  talk.hears("NOTE REGISTER APPROVED ann :welcome");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN"]);
  talk.hears("AUTHENTICATE +", ":srv 900 * * ann :in", ":srv 903 * :ok", ":srv 001 ann :hi");
  expect(talk.session.model.state.state).toBe("online");
});

test("a new account: an address is said where it goes, and an invitation takes its place", () => {
  const email = "ann@example.org";
  for (const [invitation, said] of [
    [undefined, email],
    ["act-invite-x", "act-invite-x"],
  ]) {
    const login = { ...registering("ann"), email, invitation };
    const talk = new Talk({ login }).opens();
    talk.hears(`:srv CAP * LS :${caps}`, `:srv CAP * ACK :${acked}`);
    expect(talk.sees().at(-1)).toBe(`REGISTER ann ${said} secret`);
  }
});

/** Is welcomed as a guest where an account is asked for only then. */
function asksAsGuest(): Talk {
  const talk = new Talk({ login: registering("ann") }).opens();
  talk.hears(`:srv CAP * LS :${caps.replace("=before-connect", "")}`, `:srv CAP * ACK :${acked}`);
  expect(talk.sees().at(-1)).toBe("CAP :END");
  talk.hears(":srv 001 ann_ :hi");
  expect(talk.sees().at(-1)).toBe("REGISTER ann * secret");
  return talk;
}

test("a new account: where that is only for who is connected, it is asked for after the welcome", () => {
  const talk = asksAsGuest();
  talk.hears(":srv REGISTER SUCCESS ann :done", ":srv 900 ann_ * ann :in", ":srv 903 ann_ :ok");
  expect(talk.eventsOf("registered").at(-1)).toMatchObject({ account: "ann", isWaiting: false });
  expect(talk.session.model.state.state).toBe("online");
  expect(talk.sees()).toEqual([]);
});

test("a new account: who is connected and waits stays, and logs in when approved", () => {
  const talk = asksAsGuest().hears(":srv REGISTER VERIFICATION_REQUIRED ann :an operator decides");
  expect(talk.eventsOf("registered").at(-1)).toMatchObject({ account: "ann", isWaiting: true });
  expect(talk.session.model.state.state).toBe("online");
  talk.hears("NOTE REGISTER APPROVED ann :welcome");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN"]);
  talk.hears("AUTHENTICATE +", ":srv 900 * * ann :in", ":srv 903 * :ok");
  expect(talk.sees().map((line) => line.split(" ")[0])).toEqual(["AUTHENTICATE"]);
  expect(talk.session.model.state.state).toBe("online");
});

test("a new account: a rejected request ends the session", () => {
  const talk = asks().hears(":srv REGISTER VERIFICATION_REQUIRED ann :an operator decides");
  talk.hears("FAIL REGISTER REJECTED ann :An operator rejected this request");
  expect(talk.session.model.state).toMatchObject({ state: "closed", code: "rejected" });
});

test("a new account: a name taken is told with its code", () => {
  const talk = asks().hears("FAIL REGISTER ACCOUNT_EXISTS ann :This name is taken");
  expect(talk.session.model.state).toMatchObject({
    state: "closed",
    code: "registration",
    failCode: "ACCOUNT_EXISTS",
    reason: "This name is taken",
  });
});

test("a new account: when the answer to REGISTER was lost, a taken name may be ours: it logs in", () => {
  const talk = asks().loses().comesBack();
  talk.hears(`:srv CAP * LS :${caps}`, `:srv CAP * ACK :${acked}`);
  talk.sees();
  talk.hears("FAIL REGISTER ACCOUNT_EXISTS ann :This name is taken");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN"]);
  talk.hears("AUTHENTICATE +", ":srv 904 ann :no");
  expect(talk.session.model.state).toMatchObject({ failCode: "ACCOUNT_EXISTS" });
});

test("a new account: an invitation goes where the server takes it, and a lost answer is not a lost account", () => {
  const login = { ...registering("ann"), invitation: "act-invite-x" };
  const talk = new Talk({ login }).opens();
  const offer = "sasl=PLAIN draft/account-registration=before-connect";
  const given = offer.replace(/=\S*/g, "");
  talk.sees();
  talk.hears(`:srv CAP * LS :${offer}`, `:srv CAP * ACK :${given}`);
  expect(talk.sees()).toEqual([`CAP REQ :${given}`, "REGISTER ann act-invite-x secret"]);
  talk.loses().comesBack();
  talk.hears(`:srv CAP * LS :${offer}`, `:srv CAP * ACK :${given}`);
  talk.sees();
  talk.hears(":srv FAIL REGISTER INVALID_INVITE ann :Used");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN"]);
});

test("a new account: an invitation that is good no more ends it", () => {
  const login = { ...registering("ann"), invitation: "act-invite-x" };
  const talk = new Talk({ login }).opens();
  const offer = "sasl=PLAIN draft/account-registration=before-connect";
  talk.hears(`:srv CAP * LS :${offer}`, `:srv CAP * ACK :${offer.replace(/=\S*/g, "")}`);
  talk.hears(":srv FAIL REGISTER INVALID_INVITE ann :Used");
  expect(talk.eventsOf("state").at(-1)?.state).toMatchObject({
    state: "closed",
    code: "registration",
    failCode: "INVALID_INVITE",
  });
});

test("a new account: after a lost connection it logs in instead of registering again", () => {
  const talk = asks().hears(":srv REGISTER VERIFICATION_REQUIRED ann :wait");
  talk.loses().comesBack();
  talk.hears(`:srv CAP * LS :${caps}`, `:srv CAP * ACK :${acked}`);
  expect(talk.sees().at(-1)).toBe("AUTHENTICATE PLAIN");
});

test("a new account: a pending account's login waits too", () => {
  const talk = new Talk().opens();
  talk.hears(`:srv CAP * LS :${caps}`, `:srv CAP * ACK :${acked}`, "AUTHENTICATE +");
  talk.hears("FAIL AUTHENTICATE VERIFICATION_REQUIRED ann :An operator has yet to approve");
  talk.hears(":srv 904 ann :An operator has yet to approve");
  expect(talk.session.model.state).toMatchObject({ state: "waiting", account: "ann" });
  talk.sees();
  talk.hears("NOTE REGISTER APPROVED ann :welcome");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN"]);
});

test("a new account: a server without registrations says so", () => {
  const talk = new Talk({ login: registering("ann") }).opens();
  talk.hears(":srv CAP * LS :sasl=PLAIN", ":srv CAP * ACK :sasl");
  expect(talk.session.model.state).toMatchObject({ state: "closed", code: "registration" });
});

test("the link: reconnects after 1, 2, 4 … 60 seconds, with chance in it", () => {
  const talk = new Talk();
  talk.input({ kind: "start" });
  const waits: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    talk.loses("refused");
    const { state } = talk.session.model;
    const wait = state.state === "offline" ? state.retryInMs : 0;
    waits.push(wait);
    talk.waits(wait);
  }
  const most = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000);
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBeLessThanOrEqual(most[index] ?? 0);
    expect(wait).toBeGreaterThanOrEqual((most[index] ?? 0) / 2);
  }
});

test("the link: asks after 20 s of silence and gives up after 20 more", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.waits(20_000);
  expect(talk.sees()).toEqual(["PING authchat"]);
  talk.hears(":srv PONG srv authchat").waits(19_999);
  expect(talk.session.model.state.state).toBe("online");
  talk.waits(20_001);
  expect(talk.session.model.state).toMatchObject({
    state: "offline",
    reason: "the server does not answer any more",
  });
});

test("the link: inputs of an earlier connection are ignored", () => {
  const talk = new Talk().comesOnline();
  const old = talk.connection;
  talk.loses().comesBack();
  talk.input({ kind: "closed", connection: old, reason: "late" });
  expect(talk.session.model.state.state).toBe("connecting");
});

test("the link: a refused identity ends the session", () => {
  const talk = new Talk();
  talk.input({ kind: "start" });
  const { connection } = talk;
  talk.input({ kind: "closed", connection, reason: "changed key", isFinal: true });
  expect(talk.session.model.state).toMatchObject({ state: "closed", code: "identity" });
});

test("the link: says QUIT and ends when the server closes, or after two seconds", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.does({ kind: "quit", reason: "bye all" });
  expect(talk.sees()).toEqual(["QUIT :bye all"]);
  talk.waits(2_000);
  expect(talk.session.model.state).toMatchObject({ state: "closed", code: "quit" });
});

test("the link: the reason of a close is the server's last word", () => {
  const talk = new Talk().comesOnline();
  talk.hears("ERROR :Going down for repairs").loses("closed");
  expect(talk.session.model.state).toMatchObject({ reason: "Going down for repairs" });
});

test("rooms: those the server puts it in are there, with members and topic", () => {
  const talk = new Talk().comesOnline();
  talk.hears(
    ":ann!ann@h JOIN #general ann :ann",
    ":srv 332 ann #general :Be kind",
    ":srv 353 ann = #general :~@ann!ann@h +bob!bob@h",
    ":srv 366 ann #general :End",
  );
  const room = talk.session.model.room("#GENERAL");
  expect(room?.topic).toBe("Be kind");
  expect(room?.members.find("bob")).toMatchObject({ nick: "bob", prefixes: "v" });
  expect(room?.members.find("ann")?.prefixes).toBe("qo");
  talk.hears(":ann!ann@h MODE #general -v+o bob bob");
  expect(room?.members.find("bob")?.prefixes).toBe("o");
  talk.hears(":bob!b@h NICK rob", ":rob!b@h QUIT :gone");
  expect(room?.members.has("rob")).toBe(false);
});

test("rooms: where the server keeps the account's rooms, it does not join them again", () => {
  const talk = new Talk().comesOnline().hears(":ann!ann@h JOIN #general ann :ann");
  talk.loses().comesBack();
  talk.sees();
  talk.isLetIn();
  expect(talk.sees().filter((line) => line.includes("JOIN"))).toEqual([]);
});

test("rooms: on any other server it joins them again", () => {
  const talk = new Talk().comesOnline("sasl").hears(":ann!ann@h JOIN #general");
  talk.loses().comesBack();
  talk.sees();
  talk.isLetIn("sasl");
  expect(talk.sees().filter((line) => line.includes("JOIN"))).toEqual(["JOIN #general"]);
});

test("rooms: a join asked for before the welcome is sent with it, and its refusal is told", () => {
  const talk = new Talk().opens();
  talk.does({ kind: "join", channel: "#secret" });
  talk.isLetIn();
  const join = talk.sees().find((line) => line.includes("JOIN"));
  talk.hears(`@label=${tagOf(join, "label")} :srv 473 ann #secret :Cannot join channel (+i)`);
  expect(talk.eventsOf("error")).toMatchObject([
    { code: "INVITE_ONLY", numeric: 473, target: "#secret" },
  ]);
  expect(talk.session.isJoining).toBe(false);
});

test("rooms: a command's answer finds its ref", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.does({ kind: "topic", channel: "#a", text: "new", ref: "1" });
  talk.does({ kind: "topic", channel: "#b", text: "new", ref: "2" });
  const [first, second] = talk.sees().map((line) => tagOf(line, "label"));
  talk.events();
  talk.hears(`@label=${second} :srv 482 ann #b :no`, `@label=${first} :ann!a@h TOPIC #a :new`);
  const events = talk.events().filter(({ kind }) => kind === "ack" || kind === "error");
  expect(events).toMatchObject([
    { kind: "error", ref: "2", code: "NOT_CHANNEL_OPERATOR" },
    { kind: "ack", ref: "1" },
  ]);
});

test("rooms: joining one where one is already is over as soon as the server has it", () => {
  const talk = new Talk({ channels: ["#general"] }).comesOnline();
  const join = talk.sees().find((line) => line.includes("JOIN"));
  talk.events();
  talk.hears(`@label=${tagOf(join, "label")} :srv ACK`);
  expect(talk.events()).toEqual([{ kind: "ack", ref: undefined, id: undefined }]);
  expect([talk.session.isJoining, talk.session.outstanding]).toEqual([false, 0]);
});

test("a person who is asked for a code has longer than a login has, but not for ever", () => {
  const asking: Login = {
    kind: "account",
    account: "ann",
    prover: { ...plainProver("ann"), respond: () => ({ kind: "later", isForPerson: true }) },
  };
  const talk = new Talk({ login: asking }).opens();
  talk.hears(":srv CAP * LS :sasl=PLAIN", ":srv CAP * ACK :sasl", "AUTHENTICATE +");
  for (let passed = 0; passed < 140_000; passed += 10_000) talk.waits(10_000).hears("PING x");
  expect(talk.session.model.state).toMatchObject({ state: "connecting" });
  talk.waits(10_000);
  expect(talk.session.model.state).toMatchObject({
    state: "offline",
    reason: "the server did not let us in, in time",
  });
});
