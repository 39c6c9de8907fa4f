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
import { type Services } from "./services.ts";

export class Enrolment {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async enrol({ gone }: Client, ask: Ask<"enrol">): Promise<Answer<"enrol">> {
    const { passwords, passwordLengthMin, rows, vault, wall } = this.#services;
    const { account: id, name } = ask;
    const password = preparePassword(ask.password);
    try {
      const checked = checkPassword(password, { name, lengthMin: passwordLengthMin });
      if (!checked.ok) return { outcome: "weak", why: checked.error };
      const made = await passwords.verifierFor({ id, name }, password, gone.signal);
      if (made.kind === "busy") return { outcome: "busy" };
      if (made.kind !== "made") return { outcome: "unavailable" };
      vault.removeOf(id, "session");
      rows.put(id, made.verifier, wall());
      return { outcome: "enrolled", account: proven({ id, name }, "REGISTER") };
    } finally {
      password.wipe();
    }
  }

  async evaluate(
    client: Client,
    { name, request }: Pick<Ask<"evaluate">, "name" | "request">,
  ): Promise<Answer<"evaluate">> {
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
    client.claim = verifier === undefined ? undefined : { account, verifier };
    return { outcome: verifier === undefined ? "refused" : "claimed" };
  }
}

/** Of that name, once: a response makes one record. */
export function evaluationFor(client: Client, name: string): Evaluation | undefined {
  const { evaluation } = client;
  client.evaluation = undefined;
  return evaluation?.name === fold(name) ? evaluation : undefined;
}
