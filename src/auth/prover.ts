/**
 * Prover: the client's side of a login with a password, for the client's machine, which sees
 * neither.
 *
 * It picks a mechanism out of those that the server offers and it may use, the better one first,
 * and answers that mechanism's challenges. The password stays with the prover, because the client
 * logs in again after every lost connection; `wipe` ends that.
 *
 * OPAQUE is for connections with an exporter, of which it is told with each connection. Where the
 * server is known by its OPAQUE key, nothing else is used, unless the mechanisms were named: a
 * server that has it goes on having it, and who takes it away wants the password.
 */
import { type Secret } from "../base/secret.ts";
import { type Choice, type Proof, type ProofStep, type Prover } from "../client/prover.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import { type ClientLogin, type Known, type Met } from "./client-mechanism.ts";
import { clientMechanisms } from "./client-mechanisms.ts";
import { isEnough, lessText, OpaqueEnrolment } from "./opaque-enrolment.ts";
import { PasswordChanger } from "./password-changer.ts";
import { opaqueName } from "./opaque/profile.ts";

export interface LoginProverOptions {
  readonly name: string;
  /** Taken over. */
  readonly password: Secret;
  /** Mechanisms that may be used; left out: all there are. */
  readonly mechanisms?: readonly string[] | undefined;
  /** The server's OPAQUE key from an earlier login, base64. */
  readonly pinnedKey?: string | undefined;
  /** Least stretching of a password that is registered. */
  readonly floor?: Argon2Settings;
  /** As the server stretched at earlier logins: it may not ask for less when a password is registered. */
  readonly pinnedFloor?: Argon2Settings | undefined;
}

export class LoginProver implements Prover {
  readonly #options: LoginProverOptions;
  #exporter: Uint8Array | undefined;
  #offered: readonly string[] | undefined;
  #login: { readonly mechanism: string; readonly of: ClientLogin } | undefined;
  /** That was chosen on this connection. */
  #chosen: string | undefined;
  #enrolment: OpaqueEnrolment | undefined;
  #listener: ((proof: Proof) => void) | undefined;
  #serverKey: string | undefined;
  #password: Secret;
  /** The password is this one, if it is not the other. */
  #other: Secret | undefined;
  #met: Met | undefined;
  readonly change: PasswordChanger;

  constructor(options: LoginProverOptions) {
    this.#options = options;
    this.#serverKey = options.pinnedKey;
    this.#password = options.password;
    this.change = new PasswordChanger({
      known: () => this.#known(),
      met: () => this.#met,
      meet: (met) => this.#meet(met),
      floors: options,
      came: (proof) => this.#listener?.(proof),
      take: (password, isSure) => {
        this.#other?.wipe();
        this.#other = isSure ? undefined : this.#password;
        if (isSure) this.#password.wipe();
        this.#password = password;
      },
    });
  }

  /** By which the password was stretched at the last login on this connection. */
  get settings(): Argon2Settings | undefined {
    return this.#met?.settings;
  }

  /** The OPAQUE key by which the server has proven itself, base64: now, or the pinned one. */
  get serverKey(): string | undefined {
    return this.#serverKey;
  }

  /** Who is told of steps that took their time. */
  attach(listener: (proof: Proof) => void): void {
    this.#listener = listener;
  }

  /** There is a new connection: its exporter, if it has one. */
  connected(exporter: Uint8Array | undefined): void {
    this.#end();
    this.#exporter = exporter;
    this.#chosen = undefined;
    this.#met?.sessionKey.fill(0);
    this.#met = undefined;
  }

  takeOther(): boolean {
    const other = this.#other;
    if (other === undefined) return false;
    this.#other = undefined;
    this.#password.wipe();
    this.#password = other;
    return true;
  }

  /** At a login nothing is sent unless the envelope opens, so less stretching gives nobody anything: it is only said. */
  concern(): string | undefined {
    const { pinnedFloor } = this.#options;
    const settings = this.#met?.settings;
    if (pinnedFloor === undefined || settings === undefined) return undefined;
    return isEnough(settings, pinnedFloor) ? undefined : lessText(settings, pinnedFloor);
  }

  choose(offered: readonly string[] | undefined): Choice {
    const { mechanisms } = this.#options;
    this.#offered = offered;
    const known = this.#known();
    const name = clientMechanisms.find(
      (each) => (mechanisms?.includes(each.name) ?? true) && each.mayUse(known),
    )?.name;
    const isForced = mechanisms !== undefined;
    if (name !== opaqueName && this.#serverKey !== undefined && !isForced) {
      return { kind: "downgrade", reason: downgradeText };
    }
    this.#chosen = name;
    return name === undefined ? { kind: "none" } : { kind: "mechanism", name };
  }

  respond(mechanism: string, challenge: Uint8Array, isFirst: boolean): ProofStep {
    if (isFirst) this.#begin(mechanism);
    if (this.#login?.mechanism !== mechanism) {
      const reason = `no login by ${mechanism} is under way`;
      return { kind: "failed", code: "refused", reason };
    }
    return this.#login.of.respond(challenge);
  }

  isServerProven(): boolean {
    if (this.#login !== undefined) return this.#login.of.isServerProven();
    if (this.#chosen === opaqueName) return false;
    return this.#serverKey === undefined || this.#options.mechanisms !== undefined;
  }

  enrol(response: Uint8Array | undefined): ProofStep | undefined {
    const { name, floor, pinnedFloor, mechanisms } = this.#options;
    const password = this.#password;
    if (this.#exporter === undefined || mechanisms?.includes(opaqueName) === false)
      return undefined;
    if (response !== undefined) return this.#enrolment?.respond(response);
    this.#chosen = opaqueName; // the login that follows is by nothing else
    const enrolment = new OpaqueEnrolment({
      name,
      password,
      floor,
      pinnedFloor,
      came: (outcome) => {
        if (this.#enrolment === enrolment) this.#listener?.(outcome);
      },
    });
    this.#enrolment = enrolment;
    return enrolment.respond(undefined);
  }

  /** The password is not needed any more; nothing can be proven after this. */
  wipe(): void {
    this.#end();
    this.change.settle("kept", false);
    this.#password.wipe();
    this.#other?.wipe();
    this.#met?.sessionKey.fill(0);
  }

  #known(): Known {
    const { name } = this.#options;
    const [password, exporter] = [this.#password, this.#exporter];
    return { name, password, exporter, offered: this.#offered, pinnedKey: this.#serverKey };
  }

  #begin(name: string): void {
    this.#end();
    const { mechanisms } = this.#options;
    const known = this.#known();
    const mechanism = clientMechanisms.find((each) => each.name === name);
    if (mechanisms?.includes(name) === false || mechanism?.mayUse(known) !== true) return;
    const of = mechanism.begin(known, {
      // What comes for a login that is over goes nowhere.
      came: (outcome) => {
        if (this.#login?.of === of) this.#listener?.(outcome);
      },
      met: (met) => {
        if (this.#login?.of === of) this.#meet(met);
      },
    });
    this.#login = { mechanism: name, of };
  }

  #meet(met: Met): void {
    this.#serverKey = met.serverKey;
    this.#met?.sessionKey.fill(0);
    this.#met = met;
    this.#other?.wipe();
    this.#other = undefined;
  }

  #end(): void {
    this.#login?.of.wipe();
    this.#login = undefined;
    this.#enrolment = undefined;
  }
}

const downgradeText = [
  "The server offered OPAQUE before, which keeps the password to yourself, and does not any more.",
  "Someone may be between you and it. Not sending the password.",
  "If its operator has turned OPAQUE off, and you want to tell the server your password:",
  "  --mechanism PLAIN",
].join("\n");
