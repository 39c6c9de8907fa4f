/**
 * The client's conversation with the server about a change of the password, line by line. The prover is a stand-in that
 * answers at once: the mechanism's own work is tested in test/auth.
 */
import { expect, test } from "bun:test";
import {
  type ChangeProver,
  type Proof,
  type Prover,
  recordBytes,
} from "../../src/client/prover.ts";
import { everything, plainProver, Talk } from "./talk.ts";

const next = base64("request");
const record = Uint8Array.from({ length: recordBytes }, (_, index) => index);
const proof = Uint8Array.of(9, 9, 9);

function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64");
}

function response(bytes: string | Uint8Array): Proof {
  return { kind: "response", bytes: Uint8Array.from(Buffer.from(bytes)) };
}

function failed(reason: string): Proof {
  return { kind: "failed", code: "refused", reason };
}

interface Stand {
  readonly talk: Talk;
  /** What the prover was told of the end, in order. */
  readonly settled: string[];
}

function stands(changes: Partial<ChangeProver> = {}, others: Partial<Prover> = {}): Stand {
  const settled: string[] = [];
  const change: ChangeProver = {
    mechanism: "OPAQUE-R255-EXPR",
    isPossible: () => true,
    respond: (_, isFirst) => response(isFirst ? "first" : "third"),
    enrol: (server) => response(server === undefined ? "request" : Buffer.concat([record, proof])),
    settle: (outcome, isSame) => settled.push(isSame ? `${outcome} same` : outcome),
    ...changes,
  };
  const prover: Prover = { ...plainProver("ann"), change, ...others };
  const talk = new Talk({ login: { kind: "account", account: "ann", prover } });
  return { talk, settled };
}

function online(stand: Stand): Talk {
  stand.talk.comesOnline();
  stand.talk.sees();
  stand.talk.events();
  return stand.talk;
}

/** Up to the record. */
function sendsRecord(talk: Talk): void {
  talk.does({ kind: "password", ref: "p" });
  talk.hears("AUTHENTICATE +", `AUTHENTICATE ${base64("second")}`);
  talk.hears(":srv 900 ann ann!ann@host ann :in", ":srv 903 ann :ok");
  talk.hears(`:srv OPAQUE RESP ann ${base64("answer")}`);
}

test("proves the old password, asks, sends the record with its proof, and says when it is done", () => {
  const stand = stands();
  const talk = online(stand);
  sendsRecord(talk);
  expect(talk.sees()).toEqual([
    "AUTHENTICATE OPAQUE-R255-EXPR",
    `AUTHENTICATE ${base64("first")}`,
    `AUTHENTICATE ${base64("third")}`,
    `OPAQUE CHG ${next}`,
    `OPAQUE REC ann ${base64(record)} ${base64(proof)}`,
  ]);
  expect(talk.events()).toEqual([]);
  talk.hears(":srv NOTE OPAQUE CHANGED ann :It is done");
  expect(talk.events()).toEqual([
    { kind: "notice", from: "srv", text: "It is done" },
    { kind: "ack", ref: "p", id: undefined },
  ]);
  expect(stand.settled).toEqual(["changed"]);
});

test.each([
  ["the login is refused", ["AUTHENTICATE +", ":srv 904 ann :No"], "No"],
  ["it is not offered", [":srv 908 ann PLAIN :list", ":srv 904 ann :None"], "None"],
  ["there is no such login now", [":srv 907 ann :Already"], "Already"],
  [
    "the server is busy",
    ["AUTHENTICATE +", ":srv FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :Later"],
    "Later",
  ],
])("when %s, it is said, and the password stays", (_, lines, text) => {
  const stand = stands();
  const talk = online(stand);
  talk.does({ kind: "password", ref: "p" });
  talk.hears(...lines);
  const [error] = talk.eventsOf("error");
  expect(error).toMatchObject({ ref: "p", code: "PASSWORD_NOT_CHANGED", text });
  expect(stand.settled).toEqual(["kept"]);
  expect(talk.session.model.state.state).toBe("online");
});

test("a wrong old password is known here: the login is given up, and the connection lives", () => {
  const stand = stands({
    respond: (_, isFirst) => (isFirst ? response("first") : failed("wrong name or password")),
  });
  const talk = online(stand);
  talk.does({ kind: "password", ref: "p" });
  talk.hears("AUTHENTICATE +", `AUTHENTICATE ${base64("second")}`);
  expect(talk.sees().at(-1)).toBe("AUTHENTICATE *");
  talk.hears(":srv 906 ann :Aborted");
  expect(talk.events().map((event) => event.kind === "error" && event.text)).toEqual([
    "wrong name or password",
  ]);
  expect(stand.settled).toEqual(["kept"]);
});

test("a refusal of the record is said in the server's words", () => {
  const stand = stands();
  const talk = online(stand);
  sendsRecord(talk);
  talk.hears(":srv FAIL OPAQUE REAUTHENTICATE ann :Prove the password first");
  expect(talk.eventsOf("error")).toMatchObject([{ text: "Prove the password first" }]);
  expect(stand.settled).toEqual(["kept"]);
});

test("a response that makes no sense makes no record", () => {
  const stand = stands();
  const talk = online(stand);
  talk.does({ kind: "password" });
  talk.hears("AUTHENTICATE +", ":srv 903 ann :ok", ":srv OPAQUE RESP ann !!!!");
  expect(talk.sees().at(-1)).toBe(`OPAQUE CHG ${next}`);
  expect(talk.eventsOf("error").length).toBe(1);
  expect(stand.settled).toEqual(["kept"]);
});

test("when the connection goes before the record was sent, the password is the old one", () => {
  const stand = stands();
  const talk = online(stand);
  talk.does({ kind: "password", ref: "p" });
  talk.loses();
  expect(talk.eventsOf("error")).toMatchObject([
    { ref: "p", text: "the connection was lost: the password is not changed" },
  ]);
  expect(stand.settled).toEqual(["kept"]);
});

test.each([
  ["the connection goes", (talk: Talk) => talk.loses()],
  [
    "the server cannot say",
    (talk: Talk) => talk.hears(":srv FAIL OPAQUE TEMPORARILY_UNAVAILABLE :x"),
  ],
])("when %s after the record was sent, nobody knows", (_, happens) => {
  const stand = stands();
  const talk = online(stand);
  sendsRecord(talk);
  happens(talk);
  expect(talk.eventsOf("error").length).toBe(1);
  expect(stand.settled).toEqual(["unsure"]);
});

test("where two passwords are possible, a login that fails with one is tried with the other", () => {
  let others = 1;
  let tries = 0;
  const stand = stands(
    {},
    {
      respond: () => {
        tries += 1;
        return tries === 1 ? failed("wrong name or password") : response("right");
      },
      takeOther: () => {
        others -= 1;
        return others >= 0;
      },
    },
  );
  const talk = stand.talk.opens();
  talk.hears(":srv CAP * LS :sasl=PLAIN", ":srv CAP * ACK :sasl", "AUTHENTICATE +");
  expect(talk.sees().slice(-2)).toEqual(["AUTHENTICATE PLAIN", "AUTHENTICATE *"]);
  talk.hears(":srv 906 ann :Aborted", "AUTHENTICATE +");
  expect(talk.sees()).toEqual(["AUTHENTICATE PLAIN", `AUTHENTICATE ${base64("right")}`]);
  talk.hears(":srv 904 ann :No");
  expect(talk.session.model.state.state).toBe("closed");
});

test("a record that the server wants anew is made after the welcome, and nobody hears of it", () => {
  const asked: boolean[] = [];
  const stand = stands({
    enrol: (server, isSame) => {
      asked.push(isSame);
      return response(server === undefined ? "request" : Buffer.concat([record, proof]));
    },
  });
  const talk = stand.talk.opens();
  talk.hears(`:srv CAP * LS :${everything}`, `:srv CAP * ACK :${everything.replace(/=\S*/g, "")}`);
  talk.hears("AUTHENTICATE +", ":srv 903 ann :ok", ":srv NOTE OPAQUE OUTDATED ann :Anew");
  expect(talk.sees().some((line) => line.startsWith("OPAQUE"))).toBe(false);
  talk.hears(":srv 001 ann :Welcome");
  expect(talk.sees()).toContain(`OPAQUE CHG ${next} same`);
  talk.events();
  talk.hears(`:srv OPAQUE RESP ann ${base64("answer")}`);
  expect(talk.sees()).toEqual([`OPAQUE REC ann ${base64(record)} ${base64(proof)}`]);
  talk.hears(":srv NOTE OPAQUE CHANGED ann :Anew");
  const over = { kind: "ack", ref: undefined, id: undefined } as const;
  expect([talk.events(), asked, stand.settled]).toEqual([[over], [true, true], ["changed same"]]);
});

/** Logged in, with the server wanting the record anew; the record is on its way. */
function renews(stand: Stand): Talk {
  const { talk } = stand;
  talk.opens().hears(":srv CAP * LS :sasl=PLAIN", ":srv CAP * ACK :sasl", "AUTHENTICATE +");
  talk.hears(":srv 903 ann :ok", ":srv NOTE OPAQUE OUTDATED ann :Anew", ":srv 001 ann :Welcome");
  talk.hears(`:srv OPAQUE RESP ann ${base64("answer")}`);
  talk.sees();
  talk.events();
  return talk;
}

test("it counts as outstanding until it is over, also when the server refuses it", () => {
  const talk = renews(stands());
  expect(talk.session.outstanding).toBe(1);
  talk.hears(":srv FAIL OPAQUE INVALID_PARAMS :No");
  expect(talk.session.outstanding).toBe(0);
  expect(talk.events()).toEqual([{ kind: "ack", ref: undefined, id: undefined }]);
});

test("a wish to change it waits until the record is made anew", () => {
  const stand = stands();
  const talk = renews(stand);
  talk.does({ kind: "password", ref: "p" });
  expect(talk.sees()).toEqual([]);
  talk.hears(":srv NOTE OPAQUE CHANGED ann :Anew");
  expect(talk.sees()).toEqual(["AUTHENTICATE OPAQUE-R255-EXPR"]);
  talk.hears(":srv 904 ann :No");
  expect(stand.settled).toEqual(["changed same", "kept"]);
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "p", text: "No" }]);
});

test("a wish that waits is over when the connection goes", () => {
  const stand = stands();
  const talk = renews(stand);
  talk.does({ kind: "password", ref: "p" });
  talk.loses();
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "p" }]);
  expect(stand.settled).toEqual(["kept", "unsure same"]);
});

test("when the prover will not make the record anew, the user is told why", () => {
  const stand = stands({ enrol: () => failed("it protects less than before") });
  const { talk } = stand;
  talk.opens().hears(":srv CAP * LS :sasl=PLAIN", ":srv CAP * ACK :sasl", "AUTHENTICATE +");
  talk.hears(":srv 903 ann :ok", ":srv NOTE OPAQUE OUTDATED ann :Anew", ":srv 001 ann :Welcome");
  expect(talk.eventsOf("warning").map(({ text }) => text)).toEqual([
    "it protects less than before",
  ]);
  expect(stand.settled).toEqual(["kept same"]);
});

test("a server that does less than before is told of, when it does not want the record anew", () => {
  const stand = stands({}, { concern: () => "less than before" });
  stand.talk.comesOnline();
  expect(stand.talk.eventsOf("warning")).toEqual([{ kind: "warning", text: "less than before" }]);
});

test("one change is under way at a time", () => {
  const stand = stands();
  const talk = online(stand);
  talk.does({ kind: "password", ref: "one" }).does({ kind: "password", ref: "two" });
  expect(talk.sees()).toEqual(["AUTHENTICATE OPAQUE-R255-EXPR"]);
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "two" }]);
  expect(stand.settled).toEqual([]);
});

test("without a connection, or where it cannot be had, nothing is sent", () => {
  const offline = stands();
  offline.talk.does({ kind: "password", ref: "p" });
  expect(offline.talk.eventsOf("error")).toMatchObject([{ ref: "p", code: "OFFLINE" }]);
  const without = stands({ isPossible: () => false });
  const talk = online(without);
  talk.does({ kind: "password", ref: "p" });
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "p", code: "PASSWORD_NOT_CHANGED" }]);
  expect([talk.sees(), offline.settled, without.settled]).toEqual([[], ["kept"], ["kept"]]);
});

test("what is said meanwhile is heard", () => {
  const talk = stands().talk.comesOnline("sasl=PLAIN", "");
  talk.does({ kind: "password", ref: "p" });
  talk.hears(":bob!bob@host PRIVMSG ann :psst");
  expect(talk.texts()).toEqual(["psst"]);
});
