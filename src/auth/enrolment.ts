/**
 * Enrolment: an account gets its verifier, from a password that the server is told or from a record
 * that the client has made.
 *
 * An account's verifier is written before the account is, so a crash leaves at most a verifier
 * without an account, which is removed at the next start.
 */
import { fold } from "../protocol/names.ts";
import { type Answer, type Ask } from "../server/outside.ts";
import { type Client, type Evaluation } from "./clients.ts";
import { checkPassword, preparePassword } from "./password-rules.ts";
import { proven } from "./proven.ts";
import { parseVerifier } from "./scram/verifier.ts";
import { isPasswordEnough } from "./second-factor-login.ts";
import { type SecondFactor } from "./second-factor.ts";
import { type Services } from "./services.ts";
import { sourceOf } from "./source.ts";

export class Enrolment {
  readonly #services: Services;
  readonly #secondFactor: SecondFactor;

  constructor(services: Services, secondFactor: SecondFactor) {
    this.#services = services;
    this.#secondFactor = secondFactor;
  }

  async enrol({ gone }: Client, ask: Ask<"enrol">): Promise<Answer<"enrol">> {
    const { passwords, passwordLengthMin, rows, scram, serverNames, throttle, vault, wall } =
      this.#services;
    const { account: id, name, address } = ask;
    const password = preparePassword(ask.password);
    try {
      const seconds = address === undefined ? 0 : throttle.secondsFor(address);
      if (seconds > 0) return { outcome: "throttled", seconds };
      const checked = checkPassword(password, {
        name,
        servers: serverNames,
        lengthMin: passwordLengthMin,
      });
      if (!checked.ok) return { outcome: "weak", why: checked.error };
      const served = passwords.servedTo(address === undefined ? "" : sourceOf(address).key);
      const made = await served.verifierFor({ id, name }, password, gone.signal);
      if (made.kind === "busy") return { outcome: "busy" };
      if (made.kind !== "made") return { outcome: "unavailable" };
      vault.removeOf(id, "session");
      rows.put(id, made.verifier, wall());
      await scram.told({ id, name }, password, gone.signal);
      if (address !== undefined) await throttle.registered(address, { id, name }, false);
      // A new account is in no row yet, and wants nothing more.
      const isEnough = isPasswordEnough(this.#secondFactor, rows.findAccountByName(fold(name)));
      const account = proven({ id, name }, "REGISTER");
      return { outcome: "enrolled", account, ...(isEnough ? {} : { isMoreWanted: true }) };
    } finally {
      password.wipe();
    }
  }

  async evaluate(client: Client, ask: Ask<"evaluate">): Promise<Answer<"evaluate">> {
    const { throttle } = this.#services;
    const { address } = ask;
    const seconds = throttle.secondsFor(address);
    if (seconds > 0) return { outcome: "throttled", seconds };
    if (!throttle.mayCompute(address)) return { outcome: "busy" };
    const answer = await this.respond(client, ask);
    if (answer.outcome === "evaluated") throttle.registrationBegun(address);
    return answer;
  }

  /** The server's part of a record, for who may have one. */
  async respond(
    client: Client,
    { name, request }: Pick<Ask<"evaluate">, "name" | "request">,
  ): Promise<Responded> {
    const evaluated = await this.#services.passwords.evaluate(fold(name), request);
    if (evaluated === undefined) return { outcome: "refused" };
    const { response, scheme } = evaluated;
    client.evaluation = { name: fold(name), scheme };
    return { outcome: "evaluated", response };
  }

  async claim(client: Client, ask: Ask<"claim">): Promise<Answer<"claim">> {
    const account = { id: ask.account, name: ask.name };
    const scheme = evaluationFor(client, ask.name)?.scheme;
    const verifier = await this.#services.passwords.verifierOf(account, ask.record, scheme);
    const scram = ask.scram === undefined ? undefined : parseVerifier(ask.scram);
    const isNone = verifier === undefined || (ask.scram !== undefined && scram === undefined);
    client.claim = isNone ? undefined : { account, verifier, scram };
    return { outcome: isNone ? "refused" : "claimed" };
  }
}

type Responded =
  | { readonly outcome: "evaluated"; readonly response: Uint8Array }
  | { readonly outcome: "refused" };

/** Of that name, once: a response makes one record. */
export function evaluationFor(client: Client, name: string): Evaluation | undefined {
  const { evaluation } = client;
  client.evaluation = undefined;
  return evaluation?.name === fold(name) ? evaluation : undefined;
}
