/**
 * irssi, on a terminal, against the built server: TLS with the certificate pinned, SASL PLAIN, talk in the room and in
 * private, and again after the server's restart. Nothing it asks on connecting is answered by an error. It comes by an
 * invitation too, with the token as its password, or by NickServ where it has no SASL.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient, password } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { approveMember, installed, LogFile } from "../support/foreign-client.ts";
import { Terminal } from "../support/screen.ts";
import { runs, ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

class Irssi extends Terminal {
  readonly status: LogFile;
  readonly room: LogFile;
  readonly conversation: LogFile;

  /** `sasl`: its password; `none`: it has no SASL. */
  constructor(program: string, server: ServerProcess, sasl = password) {
    const home = freshFolder();
    writeFileSync(join(home, "config"), configuration(server, home, sasl));
    // Run on starting: the status window has what the server says to nobody else.
    writeFileSync(join(home, "startup"), `window log on ${join(home, "status.log")}\n`);
    const environment = { HOME: home, TERM: "xterm", LANG: "C.UTF-8" };
    super([program, "--home", home], { environment, folder: home });
    this.status = new LogFile(join(home, "status.log"));
    this.room = new LogFile(join(home, "#general.log"));
    this.conversation = new LogFile(join(home, "ann.log"));
  }
}

function configuration(server: ServerProcess, home: string, sasl: string): string {
  const login =
    sasl === "none"
      ? ""
      : `sasl_mechanism = "PLAIN"; sasl_username = "ian"; sasl_password = "${sasl}";`;
  const certificate = readFileSync(join(server.data, "certificate.pem"));
  const { fingerprint256 } = new X509Certificate(certificate);
  return `
servers = ({
  address = "127.0.0.1"; port = "${server.port()}"; chatnet = "authchat"; autoconnect = "yes";
  use_tls = "yes"; tls_verify = "no"; tls_pinned_cert = "${fingerprint256}";
});
chatnets = { authchat = {
  type = "IRC"; nick = "ian";
  ${login}
}; };
settings = {
  core = { real_name = "Ian"; user_name = "ian"; nick = "ian"; server_reconnect_time = "1sec"; };
  "irc/core" = { cmd_queue_speed = "10msec"; };
  "fe-common/core" = {
    autolog = "yes"; autolog_level = "all"; autolog_path = "${home}/$0.log";
  };
};
`;
}

test("irssi logs in with SASL over TLS, talks, and comes back after a restart", async () => {
  const program = installed("irssi");
  if (program === undefined) return;
  const words = ["--listen", `127.0.0.1:${await stablePort()}`];
  const server = await ServerProcess.starts({ words });
  await approveMember(server, "ann");
  await approveMember(server, "ian");
  const ann = await JsonClient.online(server, "ann", "--keep");
  const irssi = new Irssi(program, server);
  await irssi.status.shows(/SASL authentication succeeded/);
  await irssi.status.shows(/Welcome to the authchat network, ian!ian@/);
  await irssi.room.shows(/-!- ian \[ian@[^\]]+\] has joined #general/);
  await irssi.room.shows(/Join to #general was synced/);

  irssi.types("/window goto #general\r");
  irssi.types("good morning from irssi, żółć\r");
  await ann.sees({ type: "message", target: "#general", from: "ian", account: "ian" });
  await ann.says("#general", "good morning, ian");
  await irssi.room.shows(/<.?ann> good morning, ian/);
  await ann.says("ian", "a word in private");
  await irssi.conversation.shows(/<.?ann> a word in private/);
  irssi.types("/msg ann and one back\r");
  await ann.sees({ type: "message", target: "ian", text: "and one back" });

  server.signals("SIGKILL");
  await server.ended();
  await irssi.status.shows(/Connection lost|Disconnected/i);
  await ServerProcess.starts({ data: server.data, words });
  await irssi.status.shows(/SASL authentication succeeded/);
  await ann.sees({ type: "state", state: "offline" });
  await ann.sees({ type: "state", state: "online" });
  await irssi.room.shows(/-!- ian \[ian@[^\]]+\] has joined #general/);
  irssi.types("/msg #general back again\r");
  await ann.sees({ type: "message", target: "#general", from: "ian", text: "back again" });
  irssi.types("/quit\r");
  expect(await irssi.ended()).toBe(0);
  const noise = /unknown command|not enough parameters|not registered|(?<!authchat\.)invalid/i;
  expect(irssi.status.text.split("\n").filter((line) => noise.test(line))).toEqual([]);
});

test("irssi joins by an invitation's token in the place of the password, and then has its own", async () => {
  const program = installed("irssi");
  if (program === undefined) return;
  const server = await ServerProcess.starts();
  const irssi = new Irssi(program, server, await invitation(server));
  await irssi.status.shows(/SASL authentication succeeded/);
  await irssi.status.shows(/whoever has that link can log in as you/);
  await irssi.room.shows(/-!- ian \[ian@[^\]]+\] has joined #general/);
  irssi.types(`/msg NickServ SET PASSWORD ${password}\r`);
  await server.logs("account.password");
  irssi.types("/quit\r");
  expect(await irssi.ended()).toBe(0);
  const again = new Irssi(program, server);
  await again.status.shows(/SASL authentication succeeded/);
  await again.room.shows(/-!- ian \[ian@[^\]]+\] has joined #general/);
});

test("irssi without SASL registers by NickServ with an invitation, and is welcomed", async () => {
  const program = installed("irssi");
  if (program === undefined) return;
  const server = await ServerProcess.starts();
  const irssi = new Irssi(program, server, "none");
  await irssi.status.shows(/Log in: {2}\/msg NickServ IDENTIFY/);
  irssi.types(`/quote NS REGISTER ${password} ${await invitation(server)}\r`);
  await irssi.status.shows(/you are logged in as ian/);
  await irssi.room.shows(/-!- ian \[ian@[^\]]+\] has joined #general/);
});

/** The token of one. */
async function invitation(server: ServerProcess): Promise<string> {
  const { out } = await runs("invite", "--data", server.data);
  const token = /invite=([\w-]+)/.exec(out)?.[1];
  if (token === undefined) throw new Error(`no link: ${out}`);
  return token;
}

test("irssi logs in to a strict account with an app password, and not with the password", async () => {
  const program = installed("irssi");
  if (program === undefined) return;
  const words = ["--listen", "127.0.0.1:0", "--registration", "open"];
  const server = await ServerProcess.starts({ words });
  const ian = await JsonClient.online(server, "ian", "--register");
  ian.does({ op: "send", target: "NickServ", text: "app-password add irssi 30" });
  const told = await ian.sees({ type: "message", from: "NickServ" });
  const [token = ""] = /act-app-[0-9a-z]{26}/.exec(String(told["text"])) ?? [];
  ian.does({ op: "send", target: "NickServ", text: "set strict on" });
  await server.logs("account.strict");

  const refused = new Irssi(program, server);
  await refused.status.shows(/SASL authentication failed/);
  refused.types("/quit\r");
  const irssi = new Irssi(program, server, token);
  await irssi.status.shows(/SASL authentication succeeded/);
  await irssi.room.shows(/Join to #general was synced/);
  irssi.types("/msg #general from irssi\r");
  await ian.sees({ type: "message", target: "#general", from: "ian", text: "from irssi" });
  irssi.types("/quit\r");
  expect(await irssi.ended()).toBe(0);
});
