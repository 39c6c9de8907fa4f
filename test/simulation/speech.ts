/**
 * How the crowd says each command: by name, ways to say what comes behind it. Most make sense; all of them are tried
 * with what makes none (`Pools.junk`) as well. A command of the catalog that is not here fails the test.
 */
import { type Pools } from "./pools.ts";

type Way = (pools: Pools) => string;

const nothing: Way = () => "";
const nick: Way = (pools) => pools.nick();
const room: Way = (pools) => pools.room();
const rooms: Way = (pools) => pools.list(() => pools.room());

/** A word to NickServ; those that take something away, only from the crowd. */
const words: Way = (pools) => {
  const name = pools.victim();
  const number = String(pools.number(3));
  return pools.oneOf(
    ...["help", "sessions", "who", "pending", "accounts", "accounts all", "invitations", "log", ""],
    ...["app-password list", "cert list", "totp begin", "totp confirm 123456", "totp off 000000"],
    ...["set always-on off", "set always-on default", `always-on ${name} on`],
    ...["set strict off", "set password a long enough password", "logout others", "invite"],
    ...["app-password add bot 3", `app-password del ${number}`, "cert add", `cert del ${number}`],
    ...[`register ${name}`, `identify ${name} wrong`, "identify a long enough password"],
    ...[`sessions ${name}`, `certs ${name}`, `app-passwords ${name}`, `totp-off ${name}`],
    ...[`approve ${name}`, `reject ${name}`, `role ${name} member`, `role ${name} owner`],
    ...[`add ${name}`, `reset ${name}`, `enable ${name}`, `expire ${name} 3`, `unlock ${name}`],
    ...[`strict ${name} off`, `invite ${name} --uses 2`, `uninvite ${number}`, `log ${name} 5`],
    ...[`say ${pools.ownRoom()} ${pools.text()}`, `msg ${name} ${pools.text()}`],
    ...["stop", "rekey", "owner", "passwd", "__proto__", "constructor", "toString x"],
    pools.is(0.2) ? pools.oneOf(`disable ${name}`, `delete ${name}`, `logout ${name} all`) : "help",
  );
};

const played: Way = (pools) => {
  const target = pools.oneOf(
    "*",
    pools.list(() => pools.target()),
  );
  return pools.oneOf(`play ${target}`, `play ${target} ${pools.number(1_000)} 1e9`, "list", "play");
};

const readUpTo: Way = (pools) => {
  const time = `timestamp=2026-01-01T00:0${pools.number(9)}:00.000Z`;
  return `${pools.target()} ${pools.oneOf(time, time, "*", "timestamp=soon", "")}`;
};

const message: Way = (pools) => {
  if (pools.is(0.05)) return `NickServ :${words(pools)}`;
  if (pools.is(0.03)) return `*playback :${played(pools)}`;
  return pools.is(0.95) ? `${pools.list(() => pools.target())} :${pools.text()}` : pools.target();
};

const history: Way = (pools) => {
  const target = pools.target();
  const most = pools.oneOf("1", "10", "100", "0", "-1", "101", "x", "1e9", "");
  const [from, to] = [pools.reference(), pools.reference()];
  return pools.oneOf(
    `LATEST ${target} * ${most}`,
    `${pools.oneOf("LATEST", "BEFORE", "AFTER", "AROUND", "latest")} ${target} ${from} ${most}`,
    `BETWEEN ${target} ${from} ${to} ${most}`,
    `TARGETS ${from} ${to} ${most}`,
    `SIDEWAYS ${target} ${from} ${most}`,
  );
};

const search: Way = (pools) => {
  const text = pools.text().replaceAll(" ", "\\s").replaceAll(";", "\\:");
  const bound = pools.reference().replace(/^timestamp=/, "");
  return pools.oneOf(
    `text=${text}`,
    `text=${text};in=${pools.target()};limit=${pools.oneOf("1", "5", "0", "x")}`,
    `from=${pools.nick()};${pools.oneOf("after", "before")}=${bound}`,
    `in=${pools.target()}`,
  );
};

const capability: Way = (pools) => {
  const names = ["server-time", "account-tag", "away-notify", "extended-join", "setname"];
  const more = ["multi-prefix", "invite-notify", "echo-message", "chghost", "draft/multiline"];
  const name = pools.oneOf(
    ...names,
    ...more,
    "cap-notify",
    "draft/search",
    "sts",
    "__proto__",
    "constructor",
    "",
  );
  return pools.oneOf(
    ...["LS", "LS 302", "LS x", "LIST", "END", "CLEAR", "ACK", "REQ"],
    `REQ :${name}`,
    `REQ :-${name}`,
    `REQ :${name} -${pools.oneOf(...names)}`,
  );
};

const register: Way = (pools) =>
  pools.oneOf(
    `${pools.oneOf("*", pools.victim())} * :a long enough password`,
    `${pools.victim()} someone@example.org ${pools.oneOf("short", "x".repeat(400))}`,
  );

export const speech: ReadonlyMap<string, readonly Way[]> = new Map<string, readonly Way[]>([
  ["ADMIN", [nothing, nick]],
  ["AUTHENTICATE", [() => "PLAIN", () => "*", () => "+", () => "AAAA", () => "A".repeat(401)]],
  ["AWAY", [nothing, (pools) => `:${pools.text()}`]],
  [
    "BATCH",
    [
      (pools) => `+b${pools.number(2)} draft/multiline ${pools.target()}`,
      (pools) => `-b${pools.number(2)}`,
      (pools) => `+b1 ${pools.oneOf("netsplit", "__proto__", "chathistory")} ${pools.nick()}`,
    ],
  ],
  ["CAP", [capability]],
  ["CHATHISTORY", [history]],
  ["MARKREAD", [readUpTo]],
  ["HELP", [nothing, (pools) => pools.oneOf("JOIN", "index", "__proto__", "constructor", "x")]],
  ["HELPOP", [nothing, () => "MODE", nick]],
  ["INFO", [nothing, nick]],
  ["INVITE", [nothing, (pools) => `${pools.nick()} ${pools.room()}`]],
  ["ISON", [(pools) => `${pools.nick()} ${pools.nick()} :${pools.nick()} ${pools.nick()}`]],
  ["ISUPPORT", [nothing]],
  [
    "JOIN",
    [rooms, rooms, (pools) => `${rooms(pools)} ${pools.oneOf("sesame", ",sesame", "x,,y")}`],
  ],
  ["KICK", [(pools) => `${pools.ownRoom()} ${pools.list(() => pools.nick())} :${pools.text()}`]],
  ["KILL", [(pools) => `${pools.victim()} :${pools.text()}`]],
  ["LINKS", [nothing, nick]],
  [
    "LIST",
    [nothing, rooms, (pools) => pools.oneOf(">1", "<9,>0", "*a*", "!*a*", "C<10", "T>1", "x,,")],
  ],
  ["LUSERS", [nothing, nick]],
  ["MARKREAD", [room]],
  [
    "METADATA",
    [(pools) => `${pools.target()} ${pools.oneOf("LIST", "GET x", "SET x :y", "SUB x")}`],
  ],
  [
    "MODE",
    [
      (pools) => `${pools.ownRoom()} ${pools.modes()}`,
      (pools) => `${pools.ownRoom()} ${pools.modes()}`,
      (pools) => `${pools.room()} ${pools.oneOf("", "b", "+b", "e", "I", "-", "+")}`,
      (pools) => `${pools.victim()} ${pools.userModes()}`,
    ],
  ],
  [
    "MONITOR",
    [
      (pools) => `${pools.oneOf("+", "-")} ${pools.list(() => pools.nick())}`,
      (pools) => pools.oneOf("C", "L", "S", "x", "+"),
    ],
  ],
  ["MOTD", [nothing, nick]],
  ["NAMES", [nothing, rooms]],
  ["NICK", [(pools) => pools.victim(), nothing]],
  ["NICKSERV", [words]],
  ["NOTICE", [message]],
  ["NS", [words]],
  ["OPAQUE", [(pools) => pools.oneOf("REQUEST AAAA", "RECORD AAAA", "START", "*", "+", "AA==")]],
  ["OPER", [(pools) => `${pools.nick()} password`]],
  ["PART", [rooms, (pools) => `${pools.ownRoom()} :${pools.text()}`]],
  ["PASS", [(pools) => `:${pools.text()}`]],
  ["PING", [(pools) => `:${pools.text()}`, nothing, (pools) => pools.nick()]],
  ["PONG", [(pools) => `:${pools.text()}`, nothing]],
  ["PRIVMSG", [message, message, message]],
  ["QUIT", [nothing, (pools) => `:${pools.text()}`]],
  ["REDACT", [(pools) => `${pools.target()} ${pools.messageId()} :${pools.text()}`]],
  ["REGISTER", [register]],
  ["REHASH", [nothing]],
  ["RENAME", [(pools) => `${pools.ownRoom()} ${pools.ownRoom()} :${pools.text()}`]],
  ["SEARCH", [search]],
  ["SETNAME", [(pools) => `:${pools.text()}`, nothing]],
  ["STATS", [(pools) => pools.oneOf("u", "o", "x", "", "*")]],
  ["TAGMSG", [(pools) => pools.list(() => pools.target())]],
  ["TIME", [nothing, nick]],
  ["TOPIC", [room, (pools) => `${pools.room()} :${pools.is(0.2) ? "" : pools.text()}`]],
  ["USER", [(pools) => `${pools.nick()} 0 * :${pools.text()}`]],
  ["USERHOST", [(pools) => `${pools.nick()} ${pools.nick()} ${pools.nick()}`]],
  ["VERIFY", [(pools) => `${pools.victim()} 123456`]],
  ["VERSION", [nothing, nick]],
  ["WALLOPS", [(pools) => `:${pools.text()}`]],
  ["WEBIRC", [(pools) => `password gateway ${pools.nick()} 192.0.2.1`]],
  [
    "WHO",
    [
      room,
      nick,
      (pools) => pools.mask(),
      (pools) => `${pools.target()} ${pools.oneOf("%tcuihsnfdlaor,1", "%", "%zz,9999", "o", "%t")}`,
    ],
  ],
  ["WHOIS", [nick, (pools) => `server ${pools.nick()}`, (pools) => pools.list(() => pools.nick())]],
  ["WHOWAS", [nick, (pools) => `${pools.nick()} ${pools.oneOf("1", "-1", "x")}`]],
]);
