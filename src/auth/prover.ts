/**
 * Prover: the client's side of a login with a password or a certificate, for the client's machine,
 * which sees none of it.
 *
 * It picks a mechanism out of those that the server offers and it may use, the better one first,
 * and answers that mechanism's challenges. The client logs in again after every lost connection: by
 * the token by which the server remembers it, and then the password is wiped with the first login;
 * or else by the password, which stays with the prover until `wipe`.
 *
 * OPAQUE and the token are for connections with an exporter, of which it is told with each
 * connection. Where the server is known by its OPAQUE key, nothing else is used, unless the
 * mechanisms were named: a server that has it goes on having it, and who takes it away wants the
 * password. The token is no lesser way: the server shows that it has it, on this very connection.
 *
 * But it is the same on both sides, so who has copied the client's file could pass for the server.
 * Whoever is to be believed in spite of another certificate than before has to have the OPAQUE key,
 * which no client has: on such a connection (`isIdentityKnown` is false) the token is not used.
 */
import { type Secret } from "../base/secret.ts";
import { fold } from "../protocol/names.ts";
import { type Choice, type Proof, type ProofStep, type Prover } from "../client/prover.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import { type ClientLogin, type Known, type Met } from "./client-mechanism.ts";
import { type AskCode } from "./client-second-factor.ts";
import { clientMechanisms } from "./client-mechanisms.ts";
import { externalName } from "./external.ts";
import { isEnough, lessText, OpaqueEnrolment, takesScram } from "./opaque-enrolment.ts";
import { PasswordChanger } from "./password-changer.ts";
import { opaqueName } from "./opaque/profile.ts";
import { plainName } from "./plain.ts";
import { type Remembered } from "./remembered.ts";
import { resumeKeysOf, resumeName, type ResumeToken } from "./resume.ts";

/** What else is known of a new connection. */
export interface Connected {
  /** RFC 5929 `tls-server-end-point`. */
  readonly endPoint?: Uint8Array | undefined;
  /** False: the server's certificate is another one than before. */
  readonly isIdentityKnown?: boolean;
}

/** Mechanisms in which the server proves nothing: all others have to have come to their end. */
const oneSided: ReadonlySet<string> = new Set([plainName, externalName]);

export interface LoginProverOptions {
  readonly name: string;
  /** Taken over; undefined: there is a token or a certificate only. */
  readonly password: Secret | undefined;
  /** Connections over TLS show the client's own certificate. */
  readonly hasCertificate?: boolean;
  /** Where the token is kept; left out: there is none, and none is asked for. */
  readonly remembered?: Remembered | undefined;
  /** What the server is to call this device. */
  readonly device?: string | undefined;
  /** Mechanisms that may be used; left out: all there are. */
  readonly mechanisms?: readonly string[] | undefined;
  /** The server's OPAQUE key from an earlier login, base64. */
  readonly pinnedKey?: string | undefined;
  /** The server's, which no new password is to be made of. */
  readonly host?: string;
  /** Least stretching of a password that is registered. */
  readonly floor?: Argon2Settings;
  /** As the server stretched at earlier logins: it may not ask for less when a password is registered. */
  readonly pinnedFloor?: Argon2Settings | undefined;
}

export class LoginProver implements Prover {
  readonly #options: LoginProverOptions;
  #exporter: Uint8Array | undefined;
  #endPoint: Uint8Array | undefined;
  #offered: readonly string[] | undefined;
  #login: { readonly mechanism: string; readonly of: ClientLogin } | undefined;
  /** That was chosen on this connection. */
  #chosen: string | undefined;
  #enrolment: OpaqueEnrolment | undefined;
  #listener: ((proof: Proof) => void) | undefined;
  #serverKey: string | undefined;
  #password: Secret | undefined;
  /** The password is this one, if it is not the other. */
  #other: Secret | undefined;
  #met: Met | undefined;
  #isIdentityKnown = true;
  /** A way to log in that the server has refused on this connection. */
  #refused: string | undefined;
  /** The token that the login under way shows. */
  #shown: ResumeToken | undefined;
  /** The token that there will be when the login under way has come to its end. */
  #coming: ResumeToken | undefined;
  #isRemembered = false;
  #askCode: AskCode | undefined;
  #isCodeAsked = false;
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
      host: options.host,
      came: (proof) => this.#listener?.(proof),
      take: (password, isSure) => this.#take(password, isSure),
      renewed: () => {
        if (this.#isRemembered) this.#forgetPassword();
      },
    });
  }

  /** By which the password was stretched at the last login on this connection. */
  get settings(): Argon2Settings | undefined {
    return this.#met?.settings;
  }

  /** The server has let us in and will do so by the token: no password is needed any more. */
  get isRemembered(): boolean {
    return this.#isRemembered;
  }

  /** The OPAQUE key by which the server has proven itself, base64: now, or the pinned one. */
  get serverKey(): string | undefined {
    return this.#serverKey;
  }

  /** Not any more once the server remembers this device. */
  get hasPassword(): boolean {
    return this.#password !== undefined;
  }

  /** The server did not take the token on this connection: it remembers this device no more. */
  get isForgotten(): boolean {
    return this.#refused === resumeName;
  }

  /** The last login came so far that a code was asked for: the password is right. */
  get isCodeAsked(): boolean {
    return this.#isCodeAsked;
  }

  /** Who is told of steps that took their time, and who is asked for codes. */
  attach(listener: (proof: Proof) => void, askCode?: AskCode): void {
    this.#listener = listener;
    this.#askCode = (question) => {
      this.#isCodeAsked = true;
      return askCode?.(question) ?? Promise.resolve(undefined);
    };
  }

  /** There is a new connection: its exporter, if it has one. */
  connected(
    exporter: Uint8Array | undefined,
    { endPoint, isIdentityKnown = true }: Connected = {},
  ): void {
    this.#end();
    this.#exporter = exporter;
    this.#endPoint = endPoint;
    this.#isIdentityKnown = isIdentityKnown;
    this.#chosen = undefined;
    this.#refused = undefined;
    this.#met?.sessionKey.fill(0);
    this.#met = undefined;
  }

  takeOther(): boolean {
    const other = this.#other;
    if (other === undefined) return false;
    this.#other = undefined;
    this.#password?.wipe();
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
      (each) =>
        each.name !== this.#refused &&
        (mechanisms?.includes(each.name) ?? true) &&
        each.mayUse(known),
    )?.name;
    const downgrade = this.#downgrade(name);
    if (downgrade !== undefined) return { kind: "downgrade", reason: downgrade };
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
    if (this.#chosen !== undefined && !oneSided.has(this.#chosen)) return false;
    return !this.#mustBeStrong();
  }

  enrol(response: Uint8Array | undefined, offered: readonly string[] = []): ProofStep | undefined {
    const { name, host, floor, pinnedFloor, mechanisms } = this.#options;
    const password = this.#password;
    const hasOpaque = this.#exporter !== undefined && mechanisms?.includes(opaqueName) !== false;
    if (!hasOpaque || password === undefined) return undefined;
    if (response !== undefined) return this.#enrolment?.respond(response);
    this.#chosen = opaqueName; // the login that follows is by nothing else
    const enrolment = new OpaqueEnrolment({
      name,
      password,
      host,
      floor,
      pinnedFloor,
      hasScram: takesScram(offered),
      came: (outcome) => {
        if (this.#enrolment === enrolment) this.#listener?.(outcome);
      },
    });
    this.#enrolment = enrolment;
    return enrolment.respond(undefined);
  }

  admitted(isOutdated = false): void {
    const { remembered } = this.#options;
    const isKept = this.#coming !== undefined && remembered?.put(this.#coming) === true;
    if (!isKept && this.#shown === undefined) return;
    this.#isRemembered = true;
    if (!isOutdated) this.#forgetPassword(); // else once another record is made of it
  }

  /** A token that is refused is none: it goes, and the password, where it is known, is the next way. */
  refused(): boolean {
    const { remembered } = this.#options;
    if (this.#login?.mechanism !== resumeName || this.#shown === undefined) return false;
    remembered?.remove(this.#shown);
    this.#isRemembered = false;
    this.#refused = resumeName;
    this.#end();
    return this.#password !== undefined;
  }

  /** The password is not needed any more; nothing can be proven by it after this. */
  wipe(): void {
    this.#end();
    this.change.settle("kept", false);
    this.#forgetPassword();
    this.#met?.sessionKey.fill(0);
  }

  #forgetPassword(): void {
    this.#password?.wipe();
    this.#password = undefined;
    this.#other?.wipe();
    this.#other = undefined;
  }

  /** After a change of the password. */
  #take(password: Secret, isSure: boolean): void {
    if (isSure && this.#isRemembered) {
      password.wipe(); // as the one before: the token is enough
      return;
    }
    this.#other?.wipe();
    this.#other = isSure ? undefined : this.#password;
    if (isSure) this.#password?.wipe();
    this.#password = password;
  }

  #known(): Known {
    const { name, hasCertificate = false, remembered, device } = this.#options;
    const [exporter, endPoint] = [this.#exporter, this.#endPoint];
    const offered = this.#offered;
    const mayResume = remembered !== undefined && offered?.includes(resumeName) === true;
    return {
      name,
      password: this.#password,
      hasCertificate,
      exporter,
      endPoint,
      offered,
      pinnedKey: this.#serverKey,
      resume: mayResume && this.#isIdentityKnown ? remembered.find() : undefined,
      remember: mayResume ? device : undefined,
      askCode: this.#askCode,
    };
  }

  /** Why a login by that mechanism would be less than what the server had before, if it would. */
  #downgrade(name: string | undefined): string | undefined {
    if (name === opaqueName || name === resumeName || !this.#mustBeStrong()) return undefined;
    const isTaken = this.#offered?.includes(opaqueName) !== true;
    if (this.#password !== undefined || isTaken) return downgradeText;
    return this.#isIdentityKnown ? undefined : changedText;
  }

  /**
   * The server is known by its OPAQUE key, and nothing else was asked for. With nothing but a certificate there is
   * nothing to be told: it proves nothing to anyone else.
   */
  #mustBeStrong(): boolean {
    const { mechanisms, hasCertificate, remembered } = this.#options;
    if (this.#serverKey === undefined || mechanisms !== undefined) return false;
    const isCertificateAll =
      hasCertificate === true && this.#password === undefined && remembered?.find() === undefined;
    return !isCertificateAll;
  }

  #begin(name: string): void {
    this.#end();
    this.#isCodeAsked = false;
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
        if (this.#login?.of !== of) return;
        this.#meet(met);
        if (known.remember === undefined) return;
        const keys = resumeKeysOf(met.sessionKey, fold(known.name));
        this.#coming = { ...keys, from: undefined };
      },
      resumes: (next) => this.#resumes(known.resume, next),
    });
    this.#login = { mechanism: name, of };
    if (name === resumeName) this.#shown = known.resume;
  }

  #meet(met: Met): void {
    this.#serverKey = met.serverKey;
    this.#met?.sessionKey.fill(0);
    this.#met = met;
    this.#other?.wipe();
    this.#other = undefined;
  }

  #resumes(before: ResumeToken | undefined, next: ResumeToken): boolean {
    if (before === undefined) return false;
    if (this.#options.remembered?.replace(before, next) !== true) return false;
    this.#shown = next;
    return true;
  }

  #end(): void {
    this.#login?.of.wipe();
    this.#login = undefined;
    this.#enrolment = undefined;
    this.#shown = undefined;
    this.#coming = undefined;
  }
}

const changedText = [
  "The server's key has changed, and by the remembered login alone it cannot be believed.",
  "Log in once with your password, by which it can prove itself.",
].join("\n");

const downgradeText = [
  "The server offered OPAQUE before, which keeps the password to yourself, and does not any more.",
  "Someone may be between you and it. Not sending the password.",
  "If its operator has turned OPAQUE off, and you want to tell the server your password:",
  "  --mechanism PLAIN",
].join("\n");
