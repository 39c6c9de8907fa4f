/**
 * `authchat logout`: a server that remembers this machine is to do so no longer.
 *
 * It logs in by the token, says so, and removes the token here; also when the server cannot be reached, and then says
 * that it is still good there, until another device or an operator takes it away or it expires.
 */
import { LoginProver } from "../auth/prover.ts";
import { ClientSession } from "../client/session.ts";
import { printable } from "../protocol/text.ts";
import { parseAddress, placeName, type ServerAddress } from "./client/address.ts";
import { clientFolder } from "./client/client-files.ts";
import { ClientRunner } from "./client/client-runner.ts";
import { deviceName } from "./client/device-name.ts";
import { connector, type DoorOptions } from "./client/door.ts";
import { KnownServers, parseFingerprint } from "./client/known-servers.ts";
import { RememberedSessions } from "./client/remembered-sessions.ts";
import { judge, refusalLines } from "./client/trust.ts";
import { describeError, exitCodes, Fault } from "./command-line/exit.ts";
import { type Arguments, type Subcommand, usageFault } from "./command-line/strict.ts";
import { systemClocks, SystemRandom } from "./server/outside.ts";
import { standardError, standardOut } from "./terminal/out.ts";

/** A server that has not answered by then is one that cannot be reached. */
const answerMsMax = 20_000;

export const logoutCommand: Subcommand = {
  name: "logout",
  summary: "Have a server forget this machine",
  options: [
    {
      kind: "text",
      name: "pin",
      value: "sha256:…",
      summary: "the server's key has to be this one",
    },
    { kind: "text", name: "home", value: "DIR", summary: "the folder of the client's files" },
  ],
  positionals: [{ name: "address", summary: "[NAME@]HOST[:PORT]", isRequired: true }],
  run,
};

async function run(args: Arguments): Promise<number> {
  const address = parseAddress(args.positional("address") ?? "");
  if (!address.ok) throw usageFault(address.error, "logout");
  const folder = clientFolder(args.text("home"));
  const sessions = new RememberedSessions(folder, (line) => standardError.line(printable(line)));
  const place = placeName(address.value);
  const account = accountAt(sessions, place, address.value.account);
  const door = doorTo(address.value, place, { folder, pin: args.text("pin") });
  const outcome = await logsOut(door, account, sessions.of(place, account, deviceName()));
  sessions.forget(place, account);
  if (outcome === undefined) {
    standardOut.line(printable(`${account} is logged out of ${place}`));
    return exitCodes.ok;
  }
  throw new Fault(
    exitCodes.cannotConnect,
    `the token is removed here, and ${place} still takes it: ${outcome}`,
    "Log it out from another device (/sessions, /logout NUMBER), or ask an operator.",
  );
}

/** Whose it is, when only one account is remembered there. */
function accountAt(sessions: RememberedSessions, place: string, named?: string): string {
  const accounts = sessions
    .list()
    .filter((each) => each.place === place)
    .map(({ account }) => account);
  if (named !== undefined && sessions.has(place, named)) return named;
  const [only, ...others] = accounts;
  if (only === undefined || named !== undefined) {
    const whom = named === undefined ? "" : ` as ${named}`;
    throw new Fault(exitCodes.failure, `${place} does not remember this machine${whom}`);
  }
  if (others.length === 0) return only;
  throw usageFault(`which account? NAME@${place}, of ${accounts.join(", ")}`, "logout");
}

function doorTo(
  address: ServerAddress,
  place: string,
  how: { readonly folder: string; readonly pin: string | undefined },
): DoorOptions {
  const pin = how.pin === undefined ? undefined : parseFingerprint(how.pin);
  if (how.pin !== undefined && pin === undefined) {
    throw usageFault("--pin is sha256: and the fingerprint as the server shows it", "logout");
  }
  const pins = { spkiSha256: pin, certificateSha256: undefined };
  const known = KnownServers.open(how.folder).find(place);
  return {
    address,
    isPlain: false,
    judge: (identity) => judge(identity, { place, pins, known, mayProveItself: false }),
    refusal: (identity, judgement) => refusalLines(identity, judgement, place).join(" "),
    report: (bug) => standardError.line(`authchat: internal error: ${describeError(bug)}`),
  };
}

/** Undefined when it is done, or was before: otherwise why not. */
function logsOut(
  door: DoorOptions,
  account: string,
  remembered: ReturnType<RememberedSessions["of"]>,
): Promise<string | undefined> {
  const prover = new LoginProver({ name: account, password: undefined, remembered });
  const login = { kind: "account", account, prover } as const;
  const session = new ClientSession({ login, random: new SystemRandom(), historyMessages: 0 });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const runner: ClientRunner = new ClientRunner(session, {
    connect: connector(door, (exporter, endPoint) => prover.connected(exporter, { endPoint })),
    clocks: systemClocks,
    listener(event) {
      if (event.kind === "hello") {
        const params = ["NickServ", "logout"];
        runner.act({ kind: "command", command: "PRIVMSG", params });
      }
      if (event.kind !== "state") return;
      const { state } = event;
      if (state.state === "offline") resolve(state.reason);
      if (state.state !== "closed") return;
      const isOver = state.failCode === "LOGGED_OUT" || prover.isForgotten;
      resolve(isOver ? undefined : state.reason);
    },
  });
  runner.start();
  const patience = setTimeout(() => resolve("it does not answer"), answerMsMax);
  return promise.finally(() => {
    clearTimeout(patience);
    runner.stop();
  });
}
