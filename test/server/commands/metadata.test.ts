/** METADATA: what people note of themselves and of channels, in the words of both drafts. */
import { describe, expect, test } from "bun:test";
import { Chat, type ChatOptions, type Person } from "../../support/chat.ts";

const older = ["draft/metadata-2", "batch"] as const;
const newer = ["draft/metadata-3", "batch"] as const;

function ann(capabilities: readonly string[], options: ChatOptions = {}): Person {
  return new Chat(options).member("ann", ...capabilities);
}

function operator(chat: Chat, name: string): Person {
  const person = chat.member(name, ...newer);
  chat.operatorSays(`role ${name} operator`);
  person.sees();
  return person;
}

/** The lines, batches called by what they are: `[type param` and `]`, and lines in them without their tag. */
function seen(person: Person): string[] {
  return person
    .sees()
    .map((line) => line.replace(/^@batch=\S+ /, "").replace(/^:server /, ""))
    .map((line) => line.replace(/^BATCH \+\S+ (.*)$/, "[$1").replace(/^BATCH -\S+$/, "]"));
}

describe("setting and reading", () => {
  test.each([[older], [newer]])("one's own by * and by one's nick (%s)", (capabilities) => {
    const person = ann(capabilities);
    person.sends("METADATA * SET display-name :Ann the First", "METADATA ANN GET display-name");
    expect(seen(person)).toEqual([
      "761 ann ann display-name * :Ann the First",
      "[metadata ann",
      "761 ann ann display-name * :Ann the First",
      "]",
    ]);
  });

  test("for every key in order there is an answer", () => {
    const person = ann(older);
    person.sends("METADATA * SET b 1");
    seen(person);
    person.sends("METADATA * GET c b %key% a");
    expect(seen(person)).toEqual([
      "[metadata ann",
      "766 ann ann c :Key not set",
      "761 ann ann b * 1",
      "FAIL METADATA KEY_INVALID %key% :Invalid key",
      "766 ann ann a :Key not set",
      "]",
    ]);
  });

  test("the newer draft warns of a key that is none, where the rest is answered", () => {
    const person = ann(newer);
    person.sends("METADATA * GET a %key%");
    expect(seen(person).slice(1, -1)).toEqual([
      "766 ann ann a :Key not set",
      "WARN METADATA INVALID_KEY %key% :Invalid key",
    ]);
  });

  test("LIST is all of it, in a batch, also when there is none", () => {
    const person = ann(newer);
    person.sends(
      "METADATA * LIST",
      "METADATA * SET b 2",
      "METADATA * SET a :x y",
      "METADATA * LIST",
    );
    expect(seen(person)).toEqual([
      "[metadata ann",
      "]",
      "761 ann ann b * 2",
      "761 ann ann a * :x y",
      "[metadata ann",
      "761 ann ann a * :x y",
      "761 ann ann b * 2",
      "]",
    ]);
  });

  test("without a value the key is set no more", () => {
    const person = ann(older);
    person.sends("METADATA * SET a 1", "METADATA * SET a", "METADATA * GET a");
    expect(seen(person).slice(1)).toEqual([
      "766 ann ann a :Key not set",
      "[metadata ann",
      "766 ann ann a :Key not set",
      "]",
    ]);
  });

  test("an empty value is one to the older draft, and as if not set to the newer one", () => {
    const chat = new Chat();
    const [first, second] = [chat.member("ann", ...older), chat.member("bob", ...newer)];
    first.sends("METADATA * SET a :");
    expect(seen(first)).toEqual(["761 ann ann a * :"]);
    second.sends(
      "METADATA ann GET a",
      "METADATA ann LIST",
      "METADATA * SET a 1",
      "METADATA * SET a :",
    );
    expect(seen(second)).toEqual([
      "[metadata ann",
      "766 bob ann a :Key not set",
      "]",
      "[metadata ann",
      "]",
      "761 bob bob a * 1",
      "766 bob bob a :Key not set",
    ]);
  });

  test("CLEAR takes all away: by 761 in the older draft, by 766 in the newer one", () => {
    for (const [capabilities, cleared] of [
      [older, ["761 ann ann a * :", "761 ann ann b * :"]],
      [newer, ["766 ann ann a :Key not set", "766 ann ann b :Key not set"]],
    ] as const) {
      const person = ann(capabilities);
      person.sends("METADATA * SET b 2", "METADATA * SET a 1");
      seen(person);
      person.sends("METADATA * CLEAR", "METADATA * LIST");
      expect(seen(person)).toEqual(["[metadata ann", ...cleared, "]", "[metadata ann", "]"]);
    }
  });

  test("it is kept with the account and the channel, and a guest's is gone with the guest", () => {
    const chat = new Chat({ settings: { accountsRequired: false } });
    const person = chat.member("ann", ...newer);
    person.sends("JOIN #room", "METADATA * SET a 1", "METADATA #room SET __proto__ 2");
    const guest = chat.stranger();
    guest.sends("NICK gus", "USER gus 0 * :Gus", "METADATA * SET a 3", "METADATA gus GET a");
    expect(guest.sees().slice(-1)).toEqual([":server 761 gus gus a * 3"]);
    const later = chat.restarts().member("ann", ...newer);
    later.sends("METADATA ann LIST", "METADATA #room GET __proto__", "METADATA gus LIST");
    expect(seen(later)).toEqual([
      "[metadata ann",
      "761 ann ann a * 1",
      "]",
      "[metadata #room",
      "761 ann #room __proto__ * 2",
      "]",
      "FAIL METADATA INVALID_TARGET gus :Invalid metadata target",
    ]);
  });

  test("who has not negotiated batches is answered without them", () => {
    const person = ann([]);
    person.sends("METADATA * SET a 1", "METADATA * LIST");
    expect(person.sees()).toEqual([":server 761 ann ann a * 1", ":server 761 ann ann a * 1"]);
  });

  test("a labelled answer has the batch within its own", () => {
    const person = ann([...newer, "labeled-response", "message-tags"]);
    person.sends("@label=x METADATA * GET a");
    const lines = person.sees().map((line) => line.replace(":server ", ""));
    const [outer = "", inner = ""] = lines.flatMap((line) => /BATCH \+(\S+)/.exec(line)?.[1] ?? []);
    expect(lines).toEqual([
      `@label=x BATCH +${outer} labeled-response`,
      `@batch=${outer} BATCH +${inner} metadata ann`,
      `@batch=${inner} 766 ann ann a :Key not set`,
      `@batch=${outer} BATCH -${inner}`,
      `BATCH -${outer}`,
    ]);
  });
});

describe("who may", () => {
  test("metadataNoPermission: only their own, and of channels only operators", () => {
    const chat = new Chat();
    const [first, second] = [chat.member("ann", ...newer), chat.member("bob", ...newer)];
    first.sends("JOIN #room", "METADATA #room SET url :http://a");
    second.sends("JOIN #room");
    seen(second);
    second.sends(
      "METADATA ann SET a 1",
      "METADATA ann CLEAR",
      "METADATA #room SET a 1",
      "METADATA #room GET url",
    );
    expect(seen(second)).toEqual([
      "FAIL METADATA KEY_NO_PERMISSION ann a :Permission denied",
      "FAIL METADATA KEY_NO_PERMISSION ann * :Permission denied",
      "FAIL METADATA KEY_NO_PERMISSION #room a :Permission denied",
      "[metadata #room",
      "761 bob #room url * http://a",
      "]",
    ]);
  });

  test("what of a channel is shown to its members only where it is not open", () => {
    const chat = new Chat();
    const [first, second] = [chat.member("ann", ...newer), chat.member("bob", ...newer)];
    first.sends("JOIN #room", "METADATA #room SET url :http://a");
    for (const mode of ["+i", "-i+s", "-s+k x"]) {
      first.sends(`MODE #room ${mode}`);
      second.sends("METADATA #room GET url", "METADATA #room LIST", "METADATA #room SYNC");
      const invalid = "FAIL METADATA INVALID_TARGET #room :Invalid metadata target";
      expect(seen(second)).toEqual([invalid, invalid, invalid]);
    }
  });

  test("operators of the server set keys of theirs, which nobody else sees or sets", () => {
    const chat = new Chat();
    const olga = operator(chat, "olga");
    const [first, second] = [chat.member("ann", ...newer), chat.member("bob", ...older)];
    olga.sends("METADATA ann SET operators/note :talks much", "METADATA ann GET operators/note");
    expect(seen(olga)).toEqual([
      "761 olga ann operators/note operators :talks much",
      "[metadata ann",
      "761 olga ann operators/note operators :talks much",
      "]",
    ]);
    first.sends(
      "METADATA * LIST",
      "METADATA * GET operators/note",
      "METADATA * SET operators/note",
      "METADATA * CLEAR",
      "METADATA * SUB operators/note",
    );
    expect(seen(first)).toEqual([
      "[metadata ann",
      "]",
      "[metadata ann",
      "766 ann ann operators/note :Key not set",
      "]",
      "FAIL METADATA KEY_NO_PERMISSION ann operators/note :Permission denied",
      "[metadata ann",
      "]",
      "770 ann operators/note",
      "NOTE METADATA KEY_NO_PERMISSION * operators/note :You may not see this key",
      "774 ann *ALL 0 :Try again later",
    ]);
    second.sends("METADATA * SUB operators/note", "JOIN #room");
    first.sends("JOIN #room");
    expect(seen(second).slice(0, 2)).toEqual([
      "770 bob operators/note",
      "FAIL METADATA KEY_NO_PERMISSION * operators/note :Permission denied",
    ]);
    olga.sends("METADATA ann SET operators/note :still");
    expect([...seen(first), ...seen(second)].join("\n")).not.toContain("still");
  });
});

describe("refusals", () => {
  test("metadataInvalidTarget: who and what is not there, masks, others' subscriptions", () => {
    const chat = new Chat();
    const person = chat.member("ann", ...newer);
    chat.hasAccount("bob", "pending");
    for (const target of ["nobody", "#nowhere", "$a:user", "bob", "*ALL"]) {
      person.sends(`METADATA ${target} LIST`);
      expect(seen(person)).toEqual([
        `FAIL METADATA INVALID_TARGET ${target.replace(":", "")} :Invalid metadata target`,
      ]);
    }
    person.sends("METADATA #room SUB a", "METADATA server SUBS");
    expect(seen(person)).toHaveLength(2);
  });

  test("metadataInvalidKey: capitals, signs, nothing, more than 40 bytes", () => {
    for (const [capabilities, code] of [
      [older, "KEY_INVALID"],
      [newer, "INVALID_KEY"],
    ] as const) {
      const person = ann(capabilities);
      for (const key of ["Name", "$url$", "ä", "k".repeat(41)]) {
        person.sends(`METADATA * SET ${key} 1`);
        expect(seen(person)).toEqual([`FAIL METADATA ${code} ${key} :Invalid key`]);
      }
      person.sends("METADATA * SET :", `METADATA * SET ${"k".repeat(40)} 1`);
      expect(seen(person)).toEqual([
        `FAIL METADATA ${code} * :Invalid key`,
        `761 ann ann ${"k".repeat(40)} * 1`,
      ]);
    }
  });

  test("metadataInvalidValue: more than 288 bytes, and 288 fit with the longest names", () => {
    const name = `a${"n".repeat(31)}`;
    const channel = `#${"c".repeat(63)}`;
    const chat = new Chat({ settings: { name: "s".repeat(63) } });
    for (const [capabilities, refused] of [
      [older, "FAIL METADATA VALUE_INVALID :The value is too long"],
      [newer, "FAIL METADATA INVALID_VALUE display-name :The value is too long"],
    ] as const) {
      const person = chat.member(name, ...capabilities);
      person.sees();
      person.sends(`METADATA * SET display-name :${"💜".repeat(73)}`);
      expect(person.sees()).toEqual([`:${"s".repeat(63)} ${refused}`]);
      person.sends(
        `JOIN ${channel}`,
        `METADATA ${channel} SET ${"k".repeat(40)} :${"💜".repeat(72)}`,
      );
      expect(person.sees().at(-1)).toContain(`${channel} ${"k".repeat(40)} * `);
    }
  });

  test("metadataNeedMoreParams: without a target, a subcommand or keys, in the words of each draft", () => {
    const [first, second] = [ann(older), ann(newer)];
    for (const person of [first, second]) person.sends("METADATA", "METADATA *", "METADATA * get");
    const [numeric, standard] = ["461 ann METADATA", "FAIL METADATA INVALID_PARAMS"];
    const text = ":Not enough parameters";
    expect(seen(first)).toEqual([1, 2, 3].map(() => `${numeric} ${text}`));
    expect(seen(second)).toEqual(["*", "*", "get"].map((name) => `${standard} ${name} ${text}`));
  });

  test("metadataUnknownSubcommand: in the words of each draft", () => {
    const [first, second] = [ann(older), ann(newer)];
    for (const person of [first, second]) person.sends("METADATA * SNEEZE", "METADATA * ::x y");
    const codes = [
      [first, "SUBCOMMAND_INVALID"],
      [second, "INVALID_PARAMS"],
    ] as const;
    for (const [person, code] of codes) {
      expect(seen(person)).toEqual(
        ["SNEEZE", "xy"].map((name) => `FAIL METADATA ${code} ${name} :Unknown subcommand`),
      );
    }
  });

  test("metadataKeyNotSet: the older draft refuses to take away what is not set, the newer one does not", () => {
    const [first, second] = [ann(older), ann(newer)];
    first.sends("METADATA * SET a");
    second.sends("METADATA * SET a");
    expect([...seen(first), ...seen(second)]).toEqual([
      "FAIL METADATA KEY_NOT_SET ann a :Key not set",
      "766 ann ann a :Key not set",
    ]);
  });

  test("metadataLimitReached: more keys than there may be; those there are may change", () => {
    for (const [capabilities, refused] of [
      [older, "FAIL METADATA LIMIT_REACHED ann :Metadata limit reached"],
      [newer, "FAIL METADATA LIMIT_REACHED ann 2 :Metadata limit reached"],
    ] as const) {
      const person = ann(capabilities, { limits: { metadataKeysMax: 2 } });
      person.sends("METADATA * SET a 1", "METADATA * SET b 1");
      seen(person);
      person.sends(
        "METADATA * SET c 1",
        "METADATA * SET a 2",
        "METADATA * SET b",
        "METADATA * SET c 1",
      );
      expect(seen(person)).toEqual([
        refused,
        "761 ann ann a * 2",
        "766 ann ann b :Key not set",
        "761 ann ann c * 1",
      ]);
    }
  });

  test("metadataTooManySubscriptions: stops at the first key that is too many", () => {
    for (const [capabilities, refused] of [
      [older, "FAIL METADATA TOO_MANY_SUBS c :Too many subscriptions"],
      [newer, "FAIL METADATA LIMIT_REACHED c 2 :Too many subscriptions"],
    ] as const) {
      const person = ann(capabilities, { limits: { metadataSubscriptionsMax: 2 } });
      person.sends("METADATA * SUB a", "METADATA * SUB b c a");
      expect(seen(person).filter((line) => !line.startsWith("774"))).toEqual([
        "770 ann a",
        "770 ann b",
        refused,
      ]);
    }
  });

  test("a lookup that cannot be answered is told as such", () => {
    const chat = new Chat();
    const person = chat.member("ann", ...newer);
    chat.hasAccount("bob");
    chat.holdsQuestions();
    person.sends("METADATA bob LIST");
    chat.passes(30_000);
    expect(seen(person)).toEqual([
      "FAIL METADATA TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
    ]);
  });
});

describe("before the connection is complete", () => {
  function early(chat: Chat, capabilities: readonly string[]): Person {
    const person = chat.stranger();
    person.sends("CAP LS 302", `CAP REQ :${capabilities.join(" ")}`);
    person.sees();
    return person;
  }

  test("what is set ahead is set at the welcome, and told of before the message of the day", () => {
    for (const [capabilities, told] of [
      [older, "METADATA ann display-name * :Ann the First"],
      [newer, "761 ann ann display-name * :Ann the First"],
    ] as const) {
      const chat = new Chat();
      chat.hasAccount("ann");
      const person = early(chat, capabilities);
      person.sends("METADATA * SET display-name :Ann the First", "METADATA * GET display-name");
      person.sends("METADATA * SYNC", "METADATA ann SET a 1");
      expect(seen(person)).toEqual([
        "761 * * display-name * :Ann the First",
        "[metadata *",
        "761 * * display-name * :Ann the First",
        "]",
        "[metadata *",
        "]",
        "FAIL METADATA INVALID_TARGET ann :Invalid metadata target",
      ]);
      person.sends("NICK ann", "USER ann 0 * :Ann");
      person.logsIn("ann", "correct horse battery");
      person.sends("CAP END");
      const burst = seen(person);
      const start = burst.indexOf("[metadata ann");
      expect(burst.slice(start, start + 4)).toEqual([
        "[metadata ann",
        told,
        "]",
        "422 ann :MOTD File is missing",
      ]);
    }
  });

  test("who has nothing is sent an empty batch, and who has no capability none", () => {
    const chat = new Chat();
    chat.hasAccount("ann");
    for (const [capabilities, batches] of [
      [newer, 1],
      [["batch"], 0],
    ] as const) {
      const person = early(chat, capabilities);
      person.sends("NICK ann", "USER ann 0 * :Ann");
      person.logsIn("ann", "correct horse battery");
      person.sends("CAP END");
      expect(seen(person).filter((line) => line === "[metadata ann")).toHaveLength(batches);
    }
  });

  test("keys are taken away ahead, and what is too many is refused, then and at the welcome", () => {
    const chat = new Chat({ limits: { metadataKeysMax: 2 } });
    chat.member("ann", ...newer).sends("METADATA * SET a 1", "METADATA * SET b 1");
    const person = early(chat, newer);
    person.sends("METADATA * SET a", "METADATA * SET c 1", "METADATA * SET d 1");
    expect(seen(person)).toEqual([
      "766 * * a :Key not set",
      "761 * * c * 1",
      "FAIL METADATA LIMIT_REACHED * 2 :Metadata limit reached",
    ]);
    person.sends("METADATA * CLEAR", "METADATA * SET d 1");
    expect(seen(person)).toEqual(["[metadata *", "766 * * c :Key not set", "]", "761 * * d * 1"]);
    person.sends("NICK ann", "USER ann 0 * :Ann");
    person.logsIn("ann", "correct horse battery");
    person.sends("CAP END");
    const burst = seen(person);
    expect(burst).toContain("FAIL METADATA LIMIT_REACHED ann 2 :Metadata limit reached");
    expect(burst.filter((line) => line.startsWith("761"))).toEqual([
      "761 ann ann a * 1",
      "761 ann ann b * 1",
    ]);
  });

  test("keys are subscribed to ahead, without any value yet", () => {
    const person = early(new Chat(), newer);
    person.sends("METADATA * SUB a", "METADATA * SUBS");
    expect(seen(person)).toEqual(["770 * a", "[metadata-subs", "772 * a", "]"]);
  });
});
