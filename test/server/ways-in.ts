/**
 * The table of the ways in: every path by which someone becomes logged in, and what each state of an account is
 * answered on it. `admission-matrix.test.ts` goes through it cell by cell.
 *
 * A new way in is one more row here: the call of `admit` that it comes through (file and function), its door, its
 * mechanism if it is one of SASL's, what there is to be shown, how it is entered, and the answers. The test fails until there is one. A mechanism
 * of several steps says in `test/support/plain-passwords.ts` how many challenges it has.
 */
import { type Person } from "../support/chat.ts";

/** What the account is that someone wants to get in to; they have the right password unless it is said. */
export const states = [
  "active",
  "pending",
  "disabled",
  "expired",
  /** A name that another connection has claimed with a record, and not yet logged in to. */
  "claimed",
  /** No account, and nobody has the name. */
  "absent",
  /** `auth` refuses for now, whatever the password. */
  "locked",
  /** `auth` has no place for it now. */
  "busy",
  /** `auth` looks at nothing that comes from there for now. */
  "throttled",
  "wrong password",
] as const;

export type State = (typeof states)[number];

export type Answer =
  | "in"
  /** Told that an operator has yet to decide. */
  | "waits"
  /** As for a wrong password of an unknown name, to the letter. */
  | "refused"
  /** Told to try again later. */
  | "busy"
  /** Told how long to wait. */
  | "throttled"
  /** Told that the name is somebody's. */
  | "taken"
  /** The account has its new password, and is refused as it would be with any other. */
  | "set, not in";

/** What someone comes with; each of these is wrong where the password is to be. */
export interface Key {
  readonly name: string;
  readonly password: string;
  readonly appPassword: string;
  /** Of what the way shows. */
  readonly token: string;
}

export interface WayIn {
  readonly title: string;
  /** `file function` of the call of `admit`. */
  readonly admits: string;
  /** The exported `Door`. */
  readonly door: string;
  readonly mechanism?: string;
  /** Left out: open. */
  readonly registration?: "approval" | "closed";
  /** An operator has made such a link: reset links are for accounts that there are. */
  readonly shows?: "invitation" | "reset link";
  /** The account's record is to be made anew. */
  readonly isOutdated?: boolean;
  /** The account's password is what an invitation's token was. */
  readonly isByToken?: boolean;
  readonly enters: (person: Person, key: Key) => void;
  readonly answers: Readonly<Record<State, Answer>>;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function response({ name, password }: Pick<Key, "name" | "password">): string {
  return `AUTHENTICATE ${base64(`\0${name}\0${password}`)}`;
}

/** By a mechanism with so many challenges. */
function logsInBy(mechanism: string, challenges = 0): WayIn["enters"] {
  const empty = Array.from({ length: challenges }, () => "AUTHENTICATE +");
  return (person, key) => person.sends(`AUTHENTICATE ${mechanism}`, ...empty, response(key));
}

/** Of an account that exists. */
const known = {
  active: "in",
  pending: "waits",
  disabled: "refused",
  expired: "refused",
  locked: "refused",
  busy: "busy",
  throttled: "throttled",
  "wrong password": "refused",
} as const;

/** Whoever has the link sets the password first, whatever is kept of the one before. */
const resets = {
  active: "in",
  pending: "waits",
  disabled: "set, not in",
  expired: "set, not in",
  claimed: "refused",
  absent: "refused",
  throttled: "throttled",
  "wrong password": "refused",
} as const;

/** Whoever asks for a new account, of a name that somebody has. */
const takenBy = {
  active: "taken",
  pending: "taken",
  disabled: "taken",
  expired: "taken",
  claimed: "taken",
  locked: "taken",
  busy: "taken",
  throttled: "taken",
  "wrong password": "taken",
} as const;

function registers(person: Person, { name, password }: Key): void {
  person.sends(`REGISTER ${name} * :${password}`);
}

/** With a record, which for the stand-in is the password, and the first login by it. */
function enrols(person: Person, key: Key): void {
  const { name, password } = key;
  const shown = key.token === "" ? "*" : key.token;
  person.sends(`OPAQUE REG ${name} * ${shown} ${base64("request")}`);
  if (person.looks().some((line) => line.includes(" FAIL "))) return;
  person.sends(`OPAQUE REC ${name} ${base64(password)}`);
  person.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE +", response(key));
}

export const waysIn: readonly WayIn[] = [
  {
    title: "SASL PLAIN",
    admits: "login.ts proved",
    door: "saslDoor",
    mechanism: "PLAIN",
    enters: logsInBy("PLAIN"),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "SASL PLAIN with an app password",
    admits: "login.ts proved",
    door: "saslDoor",
    mechanism: "PLAIN",
    enters: (person, { name, appPassword }) =>
      person.sends("AUTHENTICATE PLAIN", response({ name, password: appPassword })),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "SASL PLAIN to an account whose password was an invitation's token",
    admits: "login.ts proved",
    door: "warningDoor",
    mechanism: "PLAIN",
    isByToken: true,
    enters: logsInBy("PLAIN"),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "SASL PLAIN with an invitation's token for a new account",
    admits: "asking.ts enrolled",
    door: "warningDoor",
    mechanism: "PLAIN",
    registration: "closed",
    shows: "invitation",
    enters: (person, { name, token }) =>
      person.sends("AUTHENTICATE PLAIN", response({ name, password: token })),
    answers: {
      ...takenBy,
      absent: "in",
      locked: "refused",
      busy: "busy",
      throttled: "throttled",
      "wrong password": "refused",
    },
  },
  {
    title: "SASL OPAQUE-R255-EXPR",
    admits: "login.ts proved",
    door: "saslDoor",
    mechanism: "OPAQUE-R255-EXPR",
    enters: logsInBy("OPAQUE-R255-EXPR", 1),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "SASL OPAQUE-R255-EXPR with a record to be made anew",
    admits: "login.ts proved",
    door: "outdatedDoor",
    mechanism: "OPAQUE-R255-EXPR",
    isOutdated: true,
    enters: logsInBy("OPAQUE-R255-EXPR", 1),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "SASL OPAQUE-R255-EXPR once more, of who is in",
    admits: "login.ts proved",
    door: "againDoor",
    mechanism: "OPAQUE-R255-EXPR",
    enters(person, key) {
      person.sends("AUTHENTICATE PLAIN", response(key), "CAP END");
      logsInBy("OPAQUE-R255-EXPR", 1)(person, key);
    },
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  ...[
    ["HT-SHA-256-EXPR", 1] as const,
    ["EXTERNAL", 0] as const,
    ["SCRAM-SHA-256-PLUS", 2] as const,
    ["SCRAM-SHA-256", 2] as const,
  ].map(([mechanism, challenges]) => ({
    title: `SASL ${mechanism}`,
    admits: "login.ts proved",
    door: "saslDoor",
    mechanism,
    enters: logsInBy(mechanism, challenges),
    answers: { ...known, claimed: "refused", absent: "refused" } as const,
  })),
  {
    title: "PASS",
    admits: "pass.ts answered",
    door: "passDoor",
    enters: (person, { name, password }) => person.sends(`PASS :${name}:${password}`),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "NickServ IDENTIFY",
    admits: "identity-words.ts identified",
    door: "nickServDoor",
    enters: (person, { name, password }) =>
      person.sends(`PRIVMSG NickServ :IDENTIFY ${name} ${password}`),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "REGISTER",
    admits: "asking.ts enrolled",
    door: "saslDoor",
    enters: registers,
    answers: { ...takenBy, absent: "in" },
  },
  {
    title: "REGISTER where operators decide",
    admits: "asking.ts enrolled",
    door: "saslDoor",
    registration: "approval",
    enters: registers,
    answers: { ...takenBy, absent: "waits" },
  },
  {
    title: "REGISTER with an invitation where registration is closed",
    admits: "asking.ts enrolled",
    door: "saslDoor",
    registration: "closed",
    shows: "invitation",
    enters: (person, { name, password, token }) =>
      person.sends(`REGISTER ${name} ${token} :${password}`),
    answers: { ...takenBy, absent: "in", "wrong password": "refused" },
  },
  {
    title: "REGISTER with a reset link",
    admits: "asking.ts hasReset",
    door: "saslDoor",
    shows: "reset link",
    enters: (person, { name, password, token }) =>
      person.sends(`REGISTER ${name} ${token} :${password}`),
    answers: { ...resets, locked: "in", busy: "in" },
  },
  {
    title: "NickServ REGISTER",
    admits: "asking.ts enrolled",
    door: "nickServDoor",
    enters: (person, { name, password }) =>
      person.sends(`NICK ${name}`, `PRIVMSG NickServ :REGISTER ${password}`),
    answers: { ...takenBy, absent: "in" },
  },
  {
    title: "NickServ REGISTER with an invitation where operators decide",
    admits: "asking.ts enrolled",
    door: "nickServDoor",
    registration: "approval",
    shows: "invitation",
    enters: (person, { name, password, token }) =>
      person.sends(`NICK ${name}`, `PRIVMSG NickServ :REGISTER ${password} ${token}`),
    answers: { ...takenBy, absent: "in", "wrong password": "refused" },
  },
  {
    title: "OPAQUE REG and a first login",
    admits: "asking.ts enrolled",
    door: "saslDoor",
    enters: enrols,
    answers: { ...takenBy, absent: "in" },
  },
  {
    title: "OPAQUE REG and a first login where operators decide",
    admits: "asking.ts enrolled",
    door: "saslDoor",
    registration: "approval",
    enters: enrols,
    answers: { ...takenBy, absent: "waits" },
  },
  {
    title: "OPAQUE REG with an invitation and a first login",
    admits: "asking.ts enrolled",
    door: "saslDoor",
    registration: "closed",
    shows: "invitation",
    enters: enrols,
    answers: { ...takenBy, absent: "in", "wrong password": "refused" },
  },
  {
    title: "OPAQUE REG with a reset link and a first login",
    admits: "asking.ts hasReset",
    door: "saslDoor",
    shows: "reset link",
    enters: enrols,
    answers: { ...resets, locked: "refused", busy: "busy" },
  },
];
