/**
 * CERT: the TLS client certificates by which an account may log in (SASL EXTERNAL), managed by its owner.
 *
 * They are known by their SHA-256. Who adds one is logged in to the account, and on a connection that has shown the
 * certificate, which proves that they hold its key. By its fingerprint alone none is taken: fingerprints are no secret, and
 * a certificate is one account's, so whoever named another's would keep its owner out of their own account, or bring them
 * into his. Who came in by one that is taken away is logged out.
 */
import { isoTime } from "../../base/time.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { cutToBytes, printable } from "../../protocol/text.ts";
import { type Context } from "../context.ts";
import { type CredentialInfo } from "../proofs.ts";
import { type User } from "../state/user.ts";
import { closeLoggedInBy } from "./sessions.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

const labelBytesMax = 64;

const add: Word = {
  name: "cert add",
  usage: "cert add [FINGERPRINT] [LABEL]",
  does: "lets you log in with the certificate that this connection has shown",
  speaker: "owners",
  keeps: true,
  run(ctx, rest) {
    const named = /^\S*/.exec(rest)?.[0] ?? "";
    const parsed = parseFingerprint(named);
    if (!parsed.ok) {
      refuse(ctx, parsed.error);
      return;
    }
    const fingerprint = shownHere(ctx);
    if (fingerprint === undefined) {
      refuse(ctx, "this connection has shown no certificate: connect with it, and say it there");
      return;
    }
    if (parsed.value !== undefined && parsed.value !== fingerprint) {
      refuse(ctx, `this connection has shown another one: ${fingerprint}`);
      return;
    }
    const words = parsed.value === undefined ? rest : rest.slice(named.length).trim();
    const label = cutToBytes(printable(words === "" ? "certificate" : words), labelBytesMax);
    addCertificate(ctx, fingerprint, label);
  },
};

function addCertificate(ctx: Context, fingerprint: string, label: string): void {
  const {
    id: account,
    account: { name },
  } = ctx.user;
  const action = { kind: "add-certificate", fingerprint, label } as const;
  ctx.ask("credentials", { account, name, own: undefined, action }, (answer, next) => {
    switch (answer.outcome) {
      case "added":
        noteChange(next, { account: name, change: "added", fingerprint });
        next.tell(`certificate ${answer.id} added: ${fingerprint}`);
        return;
      case "taken":
        refuse(next, answer.isOwn ? "you have this one already" : "this one is someone else's");
        return;
      case "full":
        refuse(next, "you have too many certificates: cert del takes one away");
        return;
      default:
        refuse(next, notNow);
    }
  });
}

const list: Word = {
  name: "cert list",
  usage: "cert list",
  does: "lists your certificates",
  speaker: "owners",
  run: (ctx) => withCertificates(ctx, ctx.user, tellCertificates),
};

const del: Word = {
  name: "cert del",
  usage: "cert del NUMBER|FINGERPRINT",
  does: "takes a certificate away; who came in by it is logged out",
  speaker: "owners",
  run(ctx, rest) {
    const fingerprint = parseFingerprint(rest);
    withCertificates(ctx, ctx.user, (next, certificates) => {
      const isNamed = ({ id, fingerprint: known }: CredentialInfo): boolean =>
        String(id) === rest || (fingerprint.ok && known === fingerprint.value);
      const found = certificates.find(isNamed);
      if (found === undefined) refuse(next, "which? cert list has their numbers");
      else removeCertificate(next, found);
    });
  },
};

function removeCertificate(ctx: Context, { id, fingerprint = "" }: CredentialInfo): void {
  const {
    id: account,
    account: { name },
  } = ctx.user;
  const action = { kind: "remove", of: "certificate", which: id } as const;
  ctx.ask("credentials", { account, name, own: undefined, action }, (answer, next) => {
    if (answer.outcome !== "removed") {
      refuse(next, notNow);
      return;
    }
    if (answer.count > 0) noteChange(next, { account: name, change: "removed", fingerprint });
    next.tell(`certificate ${id} is no login any more`);
    closeLoggedInBy(next, [id]);
  });
}

const certs: Word = {
  name: "certs",
  usage: "certs NAME",
  does: "lists a member's certificates",
  speaker: "operators",
  run(ctx, rest) {
    withAccount(ctx, rest, (next, user) => withCertificates(next, user, tellCertificates));
  },
};

function withCertificates(
  ctx: Context,
  { id: account, account: { name } }: User,
  then: (ctx: Context, certificates: readonly CredentialInfo[]) => void,
): void {
  const action = { kind: "list", of: "certificate" } as const;
  ctx.ask("credentials", { account, name, own: undefined, action }, (answer, next) => {
    if (answer.outcome === "listed") then(next, answer.credentials);
    else refuse(next, notNow);
  });
}

function tellCertificates(ctx: Context, certificates: readonly CredentialInfo[]): void {
  for (const { id, fingerprint, label, createdAt, usedAt } of certificates) {
    const since = `since ${isoTime(createdAt).slice(0, 10)}`;
    const used = usedAt === undefined ? "never used" : `used ${isoTime(usedAt).slice(0, 10)}`;
    const here = fingerprint === shownHere(ctx) ? " (this connection's)" : "";
    ctx.tell(`${id} ${label} ${fingerprint} ${since}, ${used}${here}`);
  }
  if (certificates.length === 0) ctx.tell("no certificates");
}

/** The certificate of who speaks; undefined at the console too. */
function shownHere(ctx: Context): string | undefined {
  return ctx.task.session?.facts.tls?.peerCertificate;
}

/**
 * A SHA-256 in hexadecimal, with or without colons, in any case; undefined for a word that is none.
 * What can only be a fingerprint of another kind, or one that was cut, is refused: it is no label.
 */
function parseFingerprint(word: string): Result<string | undefined> {
  if (!/^[0-9a-f:]{32,}$/i.test(word)) return ok(undefined);
  const digits = word.replaceAll(":", "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits)
    ? ok(digits)
    : failed("a fingerprint is the SHA-256 of the certificate: 64 hexadecimal digits");
}

interface Change {
  readonly account: string;
  readonly change: "added" | "removed";
  readonly fingerprint: string;
}

function noteChange(ctx: Context, change: Change): void {
  ctx.note({ event: "account.certificate", ...change });
}

export const certificateWords: readonly Word[] = [add, list, del, certs];
