/**
 * irssi has no history of its own: what was said while it was away it is told by the built server when it comes back,
 * once, in its order, and with the time at which it was said.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { accountId, channelId } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";
import { fold } from "../../src/protocol/names.ts";
import { type EntryRecord } from "../../src/server/outside.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { password } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { approveMember, installed, LogFile } from "../support/foreign-client.ts";
import { RawClient } from "../support/raw-client.ts";
import { Terminal } from "../support/screen.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";
import { keep } from "../storage/records.ts";

setDefaultTimeout(90_000);

/** An hour with a message each second. */
const count = 3_600;

class Irssi extends Terminal {
  readonly room: LogFile;

  constructor(program: string, server: ServerProcess) {
    const home = freshFolder();
    writeFileSync(join(home, "config"), configuration(server, home));
    super([program, "--home", home], {
      environment: { HOME: home, TERM: "xterm", LANG: "C.UTF-8", TZ: "UTC" },
      folder: home,
    });
    this.room = new LogFile(join(home, "#general.log"));
  }

  async quits(): Promise<void> {
    this.types("/quit\r");
    expect(await this.ended()).toBe(0);
  }
}

function configuration(server: ServerProcess, home: string): string {
  const certificate = readFileSync(join(server.data, "certificate.pem"));
  const { fingerprint256 } = new X509Certificate(certificate);
  return `
servers = ({
  address = "127.0.0.1"; port = "${server.port()}"; chatnet = "authchat"; autoconnect = "yes";
  use_tls = "yes"; tls_verify = "no"; tls_pinned_cert = "${fingerprint256}";
});
chatnets = { authchat = {
  type = "IRC"; nick = "ian";
  sasl_mechanism = "PLAIN"; sasl_username = "ian@tty"; sasl_password = "${password}";
}; };
settings = {
  core = { real_name = "Ian"; user_name = "ian"; nick = "ian"; };
  "irc/core" = { cmd_queue_speed = "10msec"; };
  "fe-common/core" = {
    autolog = "yes"; autolog_level = "all"; autolog_path = "${home}/$0.log";
  };
};
`;
}

/** What ann said in the hour before, written as the server writes it. */
function saidBefore(data: string, now: number): void {
  const database = openDatabase(join(data, "authchat.db"));
  const store = new SqliteStore(database, (problem) => {
    throw new Error(problem);
  });
  const [room, ann] = [
    store.answer("channel", { by: fold("#general") }),
    store.answer("account", { by: fold("ann") }),
  ];
  if (room.outcome !== "found" || ann.outcome !== "found") throw new Error("ann is not there");
  const entry: Omit<EntryRecord, "text"> = {
    kind: "entry",
    log: { kind: "channel", channel: channelId(room.channel.id) },
    account: accountId(ann.account.id),
    source: "ann!ann@test",
    command: "PRIVMSG",
    target: "#general",
    middle: "",
    seams: [],
    tags: "",
    nonce: undefined,
  };
  for (let number = 1; number <= count; number += 1) {
    const at = wallMs(now + number * 1_000);
    keep(store, [{ ...entry, text: `message ${number} of the hour` }], at);
  }
  store.close();
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/<.?ann> (?:\[\S+(?: \S+)?\] )?message (\d+) of the hour/g)].map(
    ([, number]) => Number(number),
  );
}

test("irssi, away for an hour with a message each second, sees them once when it comes back, and not again", async () => {
  const program = installed("irssi");
  if (program === undefined) return;
  const words = ["--listen", `127.0.0.1:${await stablePort()}`];
  const server = await ServerProcess.starts({ words });
  await approveMember(server, "ann");
  await approveMember(server, "ian");
  const first = new Irssi(program, server);
  await first.room.shows(/Join to #general was synced/);
  await first.quits();
  server.signals("SIGTERM");
  await server.ended();
  saidBefore(server.data, Date.now() - 3_700_000);

  const again = await ServerProcess.starts({ data: server.data, words });
  const second = new Irssi(program, again);
  await second.room.shows(new RegExp(`message ${count} of the hour`));
  const ann = await RawClient.connect({ port: again.port(), tls: true });
  await ann.logsIn("ann", password);
  ann.sends("PRIVMSG #general :and now");
  await second.room.shows(/<.?ann> and now/);
  expect(numbersIn(second.room.text)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  await second.quits();

  const third = new Irssi(program, again);
  await third.room.shows(/Join to #general was synced/);
  ann.sends("PRIVMSG #general :once more");
  await third.room.shows(/<.?ann> once more/);
  expect(numbersIn(third.room.text)).toEqual([]);
  expect(third.room.text).not.toContain("and now");
  await third.quits();
});
