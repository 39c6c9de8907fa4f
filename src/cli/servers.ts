/**
 * `authchat servers`: the servers this user trusts: lists them, trusts one by its fingerprint, forgets one.
 */
import { parseAddress, placeName } from "./client/address.ts";
import { clientFolder } from "./client/client-files.ts";
import { exitCodes, Fault } from "./command-line/exit.ts";
import {
  type KnownServer,
  KnownServers,
  parseFingerprint,
  type ServerProof,
} from "./client/known-servers.ts";
import { RememberedSessions } from "./client/remembered-sessions.ts";
import { standardError, standardOut } from "./terminal/out.ts";
import { printable } from "../protocol/text.ts";
import { type Arguments, type Subcommand, usageFault } from "./command-line/strict.ts";

/** As much of a key as is told apart by eye. */
const keyShown = 12;

export const serversCommand: Subcommand = {
  name: "servers",
  summary: "list the servers you trust, trust one or forget one",
  options: [
    { kind: "text", name: "home", value: "DIR", summary: "the folder of the client's files" },
  ],
  positionals: [
    {
      name: "what",
      summary: "what to do; without it: list",
      isRequired: false,
      choices: ["list", "trust", "forget"],
    },
    { name: "address", summary: "HOST[:PORT] of the server", isRequired: false },
    {
      name: "fingerprint",
      summary: "sha256:… of its key, as the server shows it",
      isRequired: false,
    },
  ],
  run: (args) => Promise.resolve(run(args)),
};

function run(args: Arguments): number {
  const folder = clientFolder(args.text("home"));
  const known = KnownServers.open(folder);
  const sessions = new RememberedSessions(folder, (line) => standardError.line(line));
  const what = args.positional("what") ?? "list";
  if (what === "list") return list(known, sessions);
  const place = placeOf(args.positional("address"), what);
  if (what === "forget") return forget(known, sessions, place);
  const text = args.positional("fingerprint");
  const fingerprint = text === undefined ? undefined : parseFingerprint(text);
  if (fingerprint === undefined) {
    throw usageFault("trust needs the server's fingerprint: sha256:… as it shows it", "servers");
  }
  known.trust(place, fingerprint, new Date());
  standardOut.line(`${place} is trusted with the key SHA256:${fingerprint}`);
  return exitCodes.ok;
}

function list(known: KnownServers, sessions: RememberedSessions): number {
  const servers = known.list();
  if (servers.length === 0) standardOut.line("no server is trusted yet");
  for (const { place, server, proof } of servers) {
    const words = [place, ...wordsOfServer(server), ...wordsOfProof(proof)];
    standardOut.line(words.map(printable).join("  "));
  }
  for (const { place, account, since } of sessions.list()) {
    const day = since.slice(0, 10);
    const text = `${place}  remembers this machine as ${account} since ${day}`;
    standardOut.line(printable(text));
  }
  return exitCodes.ok;
}

function wordsOfServer(server: KnownServer | undefined): string[] {
  if (server === undefined) return ["certificate of an authority"];
  const { spkiSha256, since, account } = server;
  const as = account === undefined ? [] : [`as ${account}`];
  return [`SHA256:${spkiSha256}`, `since ${since.slice(0, 10)}`, ...as];
}

function wordsOfProof(proof: ServerProof | undefined): string[] {
  if (proof === undefined) return [];
  const { opaqueKey, floor } = proof;
  const stretched = floor === undefined ? [] : [`floor ${floor.memoryKib} KiB × ${floor.passes}`];
  return [`OPAQUE:${opaqueKey.slice(0, keyShown)}…`, ...stretched];
}

function forget(known: KnownServers, sessions: RememberedSessions, place: string): number {
  const wasRemembered = sessions.forget(place);
  if (!known.forget(place) && !wasRemembered)
    throw new Fault(exitCodes.failure, `${place} is not among the servers you trust`);
  standardOut.line(`${place} is forgotten; you are asked again when you connect`);
  return exitCodes.ok;
}

function placeOf(text: string | undefined, what: string): string {
  if (text === undefined) throw usageFault(`${what} needs the server's HOST[:PORT]`, "servers");
  const address = parseAddress(text);
  if (!address.ok) throw usageFault(address.error, "servers");
  return placeName(address.value);
}
