/**
 * The table of the ways in: every path by which someone becomes logged in, and what each state of an account is
 * answered on it. `admission-matrix.test.ts` goes through it cell by cell.
 *
 * A new way in is one more row here: the call of `admit` that it comes through (file and function), its door, its
 * mechanism if it is one of SASL's, how it is entered, and the answers. The test fails until there is one. A mechanism
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
  /** Told that the name is somebody's. */
  | "taken";

export interface Key {
  readonly name: string;
  readonly password: string;
}

export interface WayIn {
  readonly title: string;
  /** `file function` of the call of `admit`. */
  readonly admits: string;
  /** The exported `Door`. */
  readonly door: string;
  readonly mechanism?: string;
  /** Where operators decide about new accounts; otherwise registration is open. */
  readonly isApproved?: boolean;
  readonly enters: (person: Person, key: Key) => void;
  readonly answers: Readonly<Record<State, Answer>>;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function response({ name, password }: Key): string {
  return `AUTHENTICATE ${base64(`\0${name}\0${password}`)}`;
}

/** Of an account that exists. */
const known = {
  active: "in",
  pending: "waits",
  disabled: "refused",
  expired: "refused",
  locked: "refused",
  busy: "busy",
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
  "wrong password": "taken",
} as const;

function registers(person: Person, { name, password }: Key): void {
  person.sends(`REGISTER ${name} * :${password}`);
}

/** With a record, which for the stand-in is the password, and the first login by it. */
function enrols(person: Person, key: Key): void {
  const { name, password } = key;
  person.sends(`OPAQUE REG ${name} * * ${base64("request")}`);
  if (person.looks().some((line) => line.includes(" FAIL "))) return;
  person.sends(`OPAQUE REC ${name} ${base64(password)}`);
  person.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE +", response(key));
}

export const waysIn: readonly WayIn[] = [
  {
    title: "SASL PLAIN",
    admits: "login.ts answered",
    door: "saslDoor",
    mechanism: "PLAIN",
    enters: (person, key) => person.sends("AUTHENTICATE PLAIN", response(key)),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "SASL OPAQUE-R255-EXPR",
    admits: "login.ts answered",
    door: "saslDoor",
    mechanism: "OPAQUE-R255-EXPR",
    enters: (person, key) =>
      person.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE +", response(key)),
    answers: { ...known, claimed: "refused", absent: "refused" },
  },
  {
    title: "REGISTER",
    admits: "accounts.ts enrolled",
    door: "saslDoor",
    enters: registers,
    answers: { ...takenBy, absent: "in" },
  },
  {
    title: "REGISTER where operators decide",
    admits: "accounts.ts enrolled",
    door: "saslDoor",
    isApproved: true,
    enters: registers,
    answers: { ...takenBy, absent: "waits" },
  },
  {
    title: "OPAQUE REG and a first login",
    admits: "accounts.ts enrolled",
    door: "saslDoor",
    enters: enrols,
    answers: { ...takenBy, absent: "in" },
  },
  {
    title: "OPAQUE REG and a first login where operators decide",
    admits: "accounts.ts enrolled",
    door: "saslDoor",
    isApproved: true,
    enters: enrols,
    answers: { ...takenBy, absent: "waits" },
  },
];
