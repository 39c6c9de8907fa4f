/**
 * What the server says of itself in 004 and 005, held against what it does, whatever its settings.
 *
 * One table has a row for every token: what its value looks like, and what it promises, tried out. A token without a row,
 * or a row without a token, fails.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readIsupport } from "../../src/protocol/isupport.ts";
import { parseMessage } from "../../src/protocol/message.ts";
import { defaultSettings, type Limits, type ServerSettings } from "../../src/server/settings.ts";
import { catalog } from "../../src/server/commands/index.ts";
import { Chat, type Person } from "../support/chat.ts";

interface Tried {
  readonly chat: Chat;
  /** Logged in as `ann`, founder of `#room`, in which `bob` is too. */
  readonly ann: Person;
  readonly settings: ServerSettings;
}

interface Row {
  readonly form: RegExp;
  /** True where the server does what the value says. */
  holds?(value: string, tried: Tried): boolean;
}

const number = /^[1-9]\d*$/;

/** The numerics and standard replies that the lines are answered with. */
function answers(person: Person, ...lines: readonly string[]): string[] {
  person.sees();
  person.sends(...lines);
  return person.sees().map((line) => /^(?:@\S+ )?(?::\S+ )?(\S+)/.exec(line)?.[1] ?? "");
}

function text(length: string, more = 0): string {
  return "x".repeat(Number(length) + more);
}

/** The last parameter of the last line that is this command. */
function said(person: Person, command: string, ...lines: readonly string[]): string {
  person.sees();
  person.sends(...lines);
  const found = person.sees().findLast((line) => line.split(" ")[1] === command) ?? "";
  const parsed = parseMessage(found);
  return (parsed.ok ? parsed.value.params.at(-1) : undefined) ?? "";
}

const rows: Readonly<Record<string, Row>> = {
  ACCOUNTEXTBAN: {
    form: /^[a-z]$/,
    holds: (letter, { ann }) => answers(ann, `MODE #room +b ~${letter}:bob`).includes("MODE"),
  },
  AWAYLEN: {
    form: number,
    holds: (value, tried) => {
      tried.ann.sends(`AWAY ${text(value, 9)}`);
      const bob = tried.chat.member("bob");
      return said(bob, "301", "WHOIS ann") === text(value);
    },
  },
  BOT: {
    form: /^[A-Z]$/,
    holds: (letter, { ann }) => said(ann, "MODE", `MODE ann +${letter}`) === `+${letter}`,
  },
  CASEMAPPING: {
    form: /^ascii$/,
    holds: (_value, { ann }) => !answers(ann, "TOPIC #ROOM").includes("403"),
  },
  CHANLIMIT: {
    form: /^#:[1-9]\d*$/,
    holds: (value, { chat }) => {
      const limit = Number(value.slice(2));
      const dan = chat.member("dan");
      const joins = Array.from({ length: limit + 1 }, (_, index) => `JOIN #c${index}`);
      const got = answers(dan, ...joins);
      return got.filter((each) => each === "JOIN").length === limit && got.at(-1) === "405";
    },
  },
  CHANMODES: {
    form: /^[A-Za-z]*,[A-Za-z]*,[A-Za-z]*,[A-Za-z]*$/,
    holds: (value, { ann }) => {
      const [lists = "", settings = "", options = "", flags = ""] = value.split(",");
      const params = new Map([
        ["l", "5"],
        ["H", "30"],
        ["f", "#room2"],
      ]);
      ann.sends("JOIN #room2");
      const isList = [...lists].every(
        (each) => !answers(ann, `MODE #room ${each}`).includes("472"),
      );
      const takes = [...settings, ...options].every((each) =>
        answers(ann, `MODE #room +${each} ${params.get(each) ?? "key"}`).includes("MODE"),
      );
      const gives =
        [...settings].every((each) => answers(ann, `MODE #room -${each} key`).includes("MODE")) &&
        [...options].every((each) => answers(ann, `MODE #room -${each}`).includes("MODE"));
      const isFlag = [...flags].every((each) => {
        ann.sends(`MODE #room -${each}`);
        return answers(ann, `MODE #room +${each}`, `MODE #room -${each}`).includes("MODE");
      });
      return isList && takes && gives && isFlag;
    },
  },
  CHANNELLEN: {
    form: number,
    holds: (value, { chat }) => {
      const dan = chat.member("dan");
      const name = `#${text(value, -1)}`;
      return (
        answers(dan, `JOIN ${name}`, `PART ${name}`).includes("JOIN") &&
        answers(dan, `JOIN ${name}x`).includes("476")
      );
    },
  },
  CHANTYPES: {
    form: /^#$/,
    holds: (sign, { ann }) => answers(ann, `NAMES ${sign}room`).includes("353"),
  },
  CHATHISTORY: {
    form: number,
    holds: (value, { chat, ann }) => {
      const reader = chat.member("ann", "batch", "draft/chathistory");
      for (let count = 0; count <= Number(value); count += 1) ann.sends(`PRIVMSG #room :${count}`);
      reader.sees();
      reader.sends("CHATHISTORY LATEST #room * 2000");
      const lines = reader.sees().filter((line) => line.includes(" PRIVMSG "));
      return lines.length === Number(value);
    },
  },
  "draft/ACCOUNTREQUIRED": {
    form: /^$/,
    holds: (_value, { chat }) => {
      const stranger = chat.stranger();
      return answers(stranger, "NICK eve", "USER eve 0 * :Eve").includes("FAIL");
    },
  },
  "draft/ICON": { form: /^https:\/\// },
  ELIST: {
    form: /^[CMNTU]+$/,
    holds: (letters, { ann }) =>
      letters === "CMNTU" &&
      ["C>0", "*om", "!#r*", "T>0", ">1"].every(
        (condition) => answers(ann, `LIST ${condition}`).at(-1) === "323",
      ),
  },
  EXCEPTS: {
    form: /^e$/,
    holds: (letter, { ann }) => answers(ann, `MODE #room +${letter} x`).includes("MODE"),
  },
  EXTBAN: {
    form: /^~,[a-z]+$/,
    holds: (value, { ann }) =>
      [...value.slice(2)].every((each) =>
        answers(ann, `MODE #room +b ~${each}:cem`).includes("MODE"),
      ),
  },
  HOSTLEN: { form: number },
  INVEX: {
    form: /^I$/,
    holds: (letter, { ann }) => answers(ann, `MODE #room +${letter} x`).includes("MODE"),
  },
  KEYLEN: {
    form: number,
    holds: (value, { ann }) =>
      answers(ann, `MODE #room +k ${text(value)}`, `MODE #room -k x`).includes("MODE") &&
      answers(ann, `MODE #room +k ${text(value, 1)}`).includes("525"),
  },
  KICKLEN: {
    form: number,
    holds: (value, { chat, ann }) => {
      const bob = chat.member("bob");
      return [0, 9].every((more) => {
        bob.sends("JOIN #room");
        return said(ann, "KICK", `KICK #room bob :${text(value, more)}`) === text(value);
      });
    },
  },
  MAXLIST: {
    form: /^[A-Za-z]+:[1-9]\d*$/,
    holds: (value, { chat }) => {
      const [letters = "", limit = ""] = value.split(":");
      const dan = chat.member("dan");
      dan.sends("JOIN #lists");
      // One limit for all of the lists together.
      const sets = Array.from(
        { length: Number(limit) + 1 },
        (_, index) => `MODE #lists +${letters[index % letters.length]} m${index}`,
      );
      return answers(dan, ...sets).indexOf("478") === Number(limit);
    },
  },
  MODES: {
    form: number,
    holds: (value, { ann }) => {
      const masks = Array.from({ length: Number(value) + 1 }, (_, index) => `m${index}`);
      ann.sends(`MODE #room +${"I".repeat(masks.length)} ${masks.join(" ")}`);
      const listed = answers(ann, "MODE #room I").filter((each) => each === "346");
      return listed.length === Number(value);
    },
  },
  MONITOR: {
    form: number,
    holds: (value, { chat }) => {
      const dan = chat.member("dan");
      const adds = Array.from({ length: Number(value) + 1 }, (_, index) => `MONITOR + w${index}`);
      return answers(dan, ...adds).indexOf("734") === Number(value);
    },
  },
  MSGREFTYPES: { form: /^msgid,timestamp$/ },
  NAMELEN: {
    form: number,
    holds: (value, { chat }) => {
      const dan = chat.member("dan", "setname");
      return (
        said(dan, "SETNAME", `SETNAME :${text(value)}`) === text(value) &&
        answers(dan, `SETNAME :${text(value, 1)}`).includes("FAIL")
      );
    },
  },
  NETWORK: { form: /^\S+$/, holds: (value, { settings }) => value === settings.network },
  NICKLEN: {
    form: number,
    holds: (value, { chat }) => {
      const stranger = chat.stranger();
      return (
        answers(stranger, `NICK ${text(value)}`).length === 0 &&
        answers(stranger, `NICK ${text(value, 1)}`).includes("432")
      );
    },
  },
  PREFIX: {
    form: /^\([a-z]+\)[~&@%+]+$/,
    holds: (value, { ann }) => {
      const [, letters = "", signs = ""] = /^\((.*)\)(.*)$/.exec(value) ?? [];
      const given = [...letters].filter((each) => each !== "q");
      return (
        letters.length === signs.length &&
        given.every((each) => answers(ann, `MODE #room +${each} bob`).includes("MODE")) &&
        said(ann, "353", "NAMES #room").includes(`${signs[0] ?? "?"}ann`)
      );
    },
  },
  SAFELIST: { form: /^$/, holds: (_value, { ann }) => answers(ann, "LIST").at(-1) === "323" },
  STATUSMSG: {
    form: /^[~&@%+]+$/,
    holds: (signs, { ann }) =>
      [...signs].every((sign) => answers(ann, `PRIVMSG ${sign}#room :Hello`).length === 0),
  },
  TARGMAX: {
    form: /^(?:[A-Z]+:\d+,)*[A-Z]+:\d+$/,
    holds: (value, { chat }) => {
      const dan = chat.member("dan");
      dan.sends("JOIN #targets");
      return value.split(",").every((pair) => {
        const [name = "", limit = ""] = pair.split(":");
        if (limit === "1") return true;
        const names = (count: number): string =>
          Array.from({ length: count }, (_, index) => `#t${index}`).join(",");
        const line = (targets: string): string =>
          name === "KICK" ? `KICK #targets ${targets} :x` : `${name} ${targets} :x`;
        return (
          !answers(dan, line(names(Number(limit)))).includes("407") &&
          answers(dan, line(names(Number(limit) + 1))).includes("407")
        );
      });
    },
  },
  TOPICLEN: {
    form: number,
    holds: (value, { ann }) =>
      [0, 9].every(
        (more) => said(ann, "TOPIC", `TOPIC #room :${text(value, more)}`) === text(value),
      ),
  },
  USERLEN: { form: number },
  UTF8ONLY: {
    form: /^$/,
    holds: (_value, { ann }) => {
      ann.sees();
      ann.sendsBytes(Buffer.from([...Buffer.from("PRIVMSG #room :"), 0xff, 13, 10]));
      return ann.sees().some((line) => line.includes("INVALID_UTF8"));
    },
  },
  WHOX: { form: /^$/, holds: (_value, { ann }) => answers(ann, "WHO ann %n").includes("354") },
};

const small = fc.integer({ min: 2, max: 12 });
const settings = fc.record({
  network: fc.stringMatching(/^[!-<>-~]{1,50}$/),
  icon: fc.option(fc.constantFrom("https://example.org/a.svg?x=y&z==", "https://é.example/i"), {
    nil: undefined,
  }),
  accountsRequired: fc.boolean(),
  limits: fc.record({
    channelsPerUserMax: fc.integer({ min: 3, max: 20 }),
    listEntriesMax: fc.integer({ min: 13, max: 20 }),
    modesPerCommandMax: small,
    monitoredMax: small,
    targetsMax: small,
    historyMax: small,
  }),
});

interface Arrived {
  readonly tokens: ReadonlyMap<string, string>;
  readonly lines: readonly (readonly string[])[];
  readonly modes: readonly string[];
  readonly whole: ServerSettings;
  readonly tried: () => Tried;
}

type Chosen = Omit<Partial<ServerSettings>, "limits"> & { readonly limits: Partial<Limits> };

function arrive({ limits, ...chosen }: Chosen): Arrived {
  const make = (): Chat => new Chat({ settings: chosen, limits });
  const chat = make();
  chat.hasAccount("ann");
  const ann = chat.stranger();
  ann.sends("CAP LS 302", "NICK ann", "USER ann 0 * :Ann");
  ann.logsIn("ann", "correct horse battery");
  ann.sends("CAP END");
  const parsed = ann.sees().flatMap((line) => {
    const message = parseMessage(line);
    return message.ok ? [message.value] : [];
  });
  const lines = parsed.filter(({ command }) => command === "005").map(({ params }) => params);
  const tokens = new Map<string, string>();
  for (const params of lines) readIsupport(params, tokens);
  const modes = parsed.find(({ command }) => command === "004")?.params.slice(3) ?? [];
  const whole = { ...defaultSettings, ...chosen, limits: { ...defaultSettings.limits, ...limits } };
  const tried = (): Tried => {
    const fresh = make();
    const [first] = fresh.inChannel("#room", "ann", "bob");
    return { chat: fresh, ann: first, settings: whole };
  };
  return { tokens, lines, modes, whole, tried };
}

function sorted(letters: string): string {
  return [...letters].sort().join("");
}

/** Every run tries some thirty promises, each in a chat of its own. */
const runs = 5;
const withinMs = 60_000;

test(
  "every token of 005 has a row, looks as it should, and is so",
  () => {
    for (const chosen of fc.sample(settings, runs)) {
      const { tokens, lines, whole, tried } = arrive(chosen);
      const absent = new Set([
        ...(whole.icon === undefined ? ["draft/ICON"] : []),
        ...(whole.accountsRequired ? [] : ["draft/ACCOUNTREQUIRED"]),
      ]);
      const named = Object.keys(rows).filter((name) => !absent.has(name));
      expect([...tokens.keys()].sort()).toEqual(named.sort());
      expect(lines.every((params) => params.length <= 15)).toBe(true);
      const words = lines.flatMap((params) => params.slice(1, -1));
      expect(words.filter((word) => !/^[A-Za-z0-9/]+(?:=[^=\s]+)?$/.test(word))).toEqual([]);
      expect(words).toEqual([...catalog.isupport(whole)]);
      const broken = [...tokens].filter(([name, value]) => {
        const row = rows[name];
        return row?.form.test(value) !== true || row.holds?.(value, tried()) === false;
      });
      expect({ chosen, broken }).toEqual({ chosen, broken: [] });
    }
  },
  withinMs,
);

test("004 has the modes that 005 has, and those of users that MODE knows", () => {
  const { tokens, modes, tried } = arrive({ limits: {} });
  const [ofUsers = "", ofChannels = "", withParam = ""] = modes;
  const [lists = "", always = "", options = "", flags = ""] =
    tokens.get("CHANMODES")?.split(",") ?? [];
  const prefixes = /^\((.*)\)/.exec(tokens.get("PREFIX") ?? "")?.[1] ?? "";
  expect(sorted(ofChannels)).toBe(sorted(`${lists}${always}${options}${flags}${prefixes}`));
  expect(sorted(withParam)).toBe(sorted(`${lists}${always}${options}${prefixes}`));
  expect(new Set(ofChannels).size).toBe(ofChannels.length);
  const { ann } = tried();
  for (const letter of ofUsers) expect(answers(ann, `MODE ann +${letter}`)).not.toContain("501");
  expect(answers(ann, "MODE ann +y")).toContain("501");
});
