/**
 * A server that is being served: from its start to its end.
 *
 * The start goes from what may refuse to what others see: lock, database, certificate, listeners, control socket,
 * console. The end goes back: nobody new is let in, everyone is told and closed, the database is closed, the lock is
 * given back. A second signal does not wait for anyone. When the disk fails, or a bug comes to light in a turn,
 * there is no polite end: nothing may be shown that is not on disk.
 */
import { secondMs } from "../../base/time.ts";
import { listen, type Listener } from "../../net/listener.ts";
import { SocketTransport } from "../../net/transport.ts";
import { type JoinAddress } from "../../protocol/invite-link.ts";
import { type Note } from "../../server/notes.ts";
import {
  certificateFingerprint,
  fingerprint,
  type ServerIdentity,
  serverIdentity,
} from "./certificate.ts";
import { sourceOf } from "../../auth/source.ts";
import { type ControlSocket, openControlSocket } from "./control.ts";
import { type DataFolder, dataFolderPath, openDataFolder } from "./data-folder.ts";
import { type Display } from "./display.ts";
import { reportFailure } from "../command-line/ending.ts";
import { Engine } from "./engine.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import {
  type Greeting,
  greetingLines,
  greetingRecords,
  openDoors,
  ownerLinkLines,
  ownerLinkRecord,
} from "./greeting.ts";
import {
  joinAddress,
  type OpenListener,
  publicNameOf,
  rememberJoinAddress,
} from "./join-address.ts";
import { writeListenAddress } from "./listen-address.ts";
import { LettingGo } from "./letting-go.ts";
import { type LogLevel } from "./log.ts";
import { connectionsPossible } from "./open-files.ts";
import { checkStsCertificate } from "./sts.ts";
import { systemClocks } from "./outside.ts";
import { trustedAddresses } from "./proxies.ts";
import { type ListenerSettings, type ServeSettings } from "./serve-settings.ts";

/** For members to take in what was written to them, once they have been told. */
const farewellMs = 3 * secondMs;
/** A second Ctrl-C answers the question of the first one so long. */
const answerMs = 10 * secondMs;

/** What is open to others. */
interface Opened {
  readonly identity: ServerIdentity;
  readonly listeners: readonly OpenListener[];
  readonly join: JoinAddress | undefined;
}

export interface StartOptions {
  /** What was kept and is lost is passed over. */
  readonly acceptsLoss: boolean;
}

export class Serving {
  /** The exit code, at the end. */
  readonly ended: Promise<number>;
  readonly #settings: ServeSettings;
  readonly #display: Display;
  readonly #folder: DataFolder;
  readonly #engine: Engine;
  readonly #transport: SocketTransport;
  readonly #lettingGo: LettingGo;
  readonly #listeners: Listener[] = [];
  readonly #end: (code: number) => void;
  #control: ControlSocket | undefined;
  /** That clients are shown. */
  #certificate: string | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #state: "serving" | "stopping" | "ended" = "serving";

  private constructor(
    settings: ServeSettings,
    display: Display,
    reread: () => ServeSettings,
    { acceptsLoss }: StartOptions,
  ) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.ended = promise;
    this.#end = resolve;
    this.#settings = settings;
    this.#display = display;
    this.#folder = openDataFolder(dataFolderPath(settings.dataFolder));
    this.#engine = new Engine({
      folder: this.#folder,
      settings,
      acceptsLoss,
      reread: () => this.#checked(reread()),
      note: (note) => this.#noted(note),
      problem: (sentence) => this.#record("error", "problem", sentence),
      failed: (failure) => this.#failed(failure),
    });
    const { connections } = settings;
    const possible = connectionsPossible(connections, settings.listeners.length);
    this.#transport = new SocketTransport({
      limits: { ...connections, ...possible },
      sourceOf: (address) => sourceOf(address).key,
      report: (bug) => this.#noted({ event: "bug", where: "a socket", stack: stackOf(bug) }),
      events: {
        opened: (connection, facts) => {
          this.#lettingGo.moved();
          this.#engine.take({ kind: "opened", connection, facts });
        },
        bytes: (connection, bytes) => this.#engine.take({ kind: "bytes", connection, bytes }),
        closed: (connection, reason) => {
          this.#lettingGo.moved();
          this.#engine.take({ kind: "closed", connection, reason });
        },
      },
    });
    this.#lettingGo = new LettingGo({
      size: () => this.#transport.size,
      collect: () => Bun.gc(true),
    });
  }

  /** Starts, or gives back all that it took. @throws Fault, StorageFault */
  static async start(
    settings: ServeSettings,
    display: Display,
    reread: () => ServeSettings,
    options: StartOptions,
  ): Promise<Serving> {
    const serving = new Serving(settings, display, reread, options);
    try {
      await serving.#start();
      return serving;
    } catch (error) {
      serving.#close();
      throw error;
    }
  }

  // --- The start -------------------------------------------------------------------------------------------------

  async #start(): Promise<void> {
    const { server, certificate } = this.#settings;
    const identity = serverIdentity({
      folder: this.#folder,
      files: certificate,
      serverName: server.name,
      now: systemClocks.wall(),
    });
    this.#certificate = identity.certificate;
    this.#checked(this.#settings);
    // Links have the real port in them, and nothing that arrives is heard before the engine turns.
    const open = this.#settings.listeners.map((listener) => this.#listen(listener, identity));
    const join = joinAddress(open, { publicName: publicNameOf(server.name), spki: identity.spki });
    this.#engine.start(this.#transport, join);
    rememberJoinAddress(this.#folder, join);
    this.#hearSignals();
    await this.#openControl();
    this.#greet({ identity, listeners: open, join });
    this.#engine.beginUpkeep();
    this.#lettingGo.begin();
    this.#showOwnerLink();
    if (this.#display.settings.hasConsole) this.#openConsole();
  }

  #listen(settings: ListenerSettings, identity: ServerIdentity): OpenListener {
    const { address, isTls, isWebSocket, hasProxyProtocol } = settings;
    const name = writeListenAddress(address);
    const listener = listen({
      hostname: address.host,
      port: address.port,
      name,
      tls: isTls ? identity : undefined,
      transport: this.#transport,
      isWebSocket,
      hasProxyProtocol,
      isTrustedProxy: trustedAddresses(this.#settings.trustedProxies),
    });
    if (!listener.ok) {
      const { code, text } = listener.error;
      const isForbidden = code === "EACCES";
      throw new Fault(
        isForbidden ? exitCodes.noPermission : exitCodes.unavailable,
        text,
        `Listen on another port or address:  authchat serve --listen [::]:PORT`,
      );
    }
    this.#listeners.push(listener.value);
    return { address: { host: address.host, port: listener.value.port }, isTls };
  }

  async #openControl(): Promise<void> {
    const { instructions } = this.#engine;
    const control = await openControlSocket(this.#folder.controlSocket, (request, answered) =>
      instructions.give(request.by, request.words, answered, request.secret),
    );
    if (control.ok) this.#control = control.value;
    else
      this.#record("warn", "control.unavailable", `no commands from the shell: ${control.error}`);
  }

  /** Until there is an operator, each start makes the link by which one comes. */
  #showOwnerLink(): void {
    if (this.#engine.opening.hasOperator) return;
    this.#engine.instructions.give("serve", "owner", ({ isDone, lines: [said = ""] }) => {
      if (!isDone) this.#record("warn", "owner.link", `there is no owner link: ${said}`);
      else if (this.#display.settings.form === "text") this.#display.say(ownerLinkLines(said));
      else this.#display.record(ownerLinkRecord(said));
    });
  }

  #greet({ identity, listeners, join }: Opened): void {
    const greeting: Greeting = {
      dataFolder: this.#folder.path,
      listeners,
      fingerprint: fingerprint(identity.spki),
      certificate: certificateFingerprint(identity.certificate),
      join,
      pendingAccounts: this.#engine.opening.pendingAccounts,
      hasConsole: this.#display.settings.hasConsole,
    };
    if (this.#display.settings.form === "text") this.#display.say(greetingLines(greeting));
    else for (const record of greetingRecords(greeting)) this.#display.record(record);
    if (identity.warning !== undefined) this.#record("warn", "certificate", identity.warning);
    for (const warning of openDoors(this.#settings)) this.#record("warn", "open-door", warning);
    const { orphansRemoved, isAuthKeyNew } = this.#engine;
    if (isAuthKeyNew) {
      const what = `made ${this.#folder.authKey}: keep a copy of it, apart from copies of the database; without it no password works`;
      this.#record("info", "key.made", what);
    }
    if (orphansRemoved > 0) {
      const what = `${orphansRemoved} unfinished registrations were removed`;
      this.#record("info", "orphans.removed", what);
    }
  }

  #openConsole(): void {
    this.#display.openConsole({
      give: (words, answered) => this.#engine.instructions.give("console", words, answered),
      interrupted: () => this.#interrupted(),
    });
  }

  #hearSignals(): void {
    process.on("SIGTERM", () => this.#stop("The server is stopping"));
    process.on("SIGINT", () => this.#stop("The server is stopping"));
    process.on("SIGHUP", () => {
      // On a terminal it says that the terminal is gone, and the operator with it.
      if (this.#display.settings.hasConsole) this.#stop("The server is stopping");
      else this.#reload();
    });
  }

  /** Settings for the certificate that is being shown, which only a restart changes. @throws Fault */
  #checked(settings: ServeSettings): ServeSettings {
    const { sts } = settings.server;
    const shown = this.#certificate;
    if (sts !== undefined && sts.durationSeconds > 0 && shown !== undefined) {
      checkStsCertificate(shown, "the one that is shown", systemClocks.wall());
    }
    return settings;
  }

  #reload(): void {
    // The server notes how it went.
    this.#engine.instructions.give("SIGHUP", "reload", () => undefined);
  }

  // --- What comes from the server ----------------------------------------------------------------------------

  #noted(note: Note): void {
    this.#display.note(note);
    if (note.event === "stop.asked") this.#stop("The server is stopping");
    // Everyone is closed in the turn that notes it.
    if (note.event === "stopping")
      void this.#transport.partedWith().then(() => this.#finish(exitCodes.ok));
  }

  #record(level: LogLevel, event: string, detail: string): void {
    this.#display.record({ level, event, sentence: detail, fields: { detail } });
  }

  // --- The end ---------------------------------------------------------------------------------------------------

  /** Ctrl-C at the prompt: asks once when that would part people. */
  #interrupted(): void {
    const connections = this.#transport.size;
    const isAnswer = performance.now() - this.#askedAtMs < answerMs;
    if (connections === 0 || isAnswer || this.#state !== "serving") {
      this.#stop("The server is stopping");
      return;
    }
    this.#askedAtMs = performance.now();
    const who = connections === 1 ? "1 connection is" : `${connections} connections are`;
    this.#display.say([`${who} open: press Ctrl-C again to stop.`]);
  }

  #stop(reason: string): void {
    if (this.#state !== "serving") {
      this.#finish(exitCodes.ok); // asked for twice: nobody is waited for
      return;
    }
    this.#state = "stopping";
    for (const listener of this.#listeners) listener.stop();
    setTimeout(() => this.#finish(exitCodes.ok), farewellMs);
    this.#engine.take({ kind: "stop", reason });
  }

  /** A bug, or a disk that fails: memory may be ahead of what is kept, so nobody is shown anything more. */
  #failed(failure: unknown): void {
    if (this.#state === "ended") return;
    this.#display.close();
    this.#finish(reportFailure(failure));
  }

  #finish(code: number): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#close();
    if (code === exitCodes.ok) this.#record("info", "stopped", "stopped");
    this.#end(code);
  }

  #close(): void {
    this.#display.close();
    this.#lettingGo.end();
    this.#control?.close();
    for (const listener of this.#listeners) listener.stop();
    this.#engine.close();
    this.#transport.abandon();
  }
}

function stackOf(bug: unknown): string {
  return bug instanceof Error ? (bug.stack ?? bug.message) : String(bug);
}
