/**
 * HELP and HELPOP: what each command is for.
 *
 * Every command of the server has a topic here (`help.test.ts`).
 */
import { isSameName } from "../../protocol/names.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { optional, shownName, word } from "../params.ts";

interface Topic {
  readonly usage: string;
  readonly text: string;
}

export const helpTopics: Readonly<Record<string, Topic>> = {
  ADMIN: { usage: "ADMIN", text: "says who runs the server" },
  AUTHENTICATE: { usage: "AUTHENTICATE mechanism|data|*", text: "logs in (SASL)" },
  AWAY: {
    usage: "AWAY [reason]",
    text: "says that you are away; without a reason, that you are back",
  },
  BATCH: {
    usage: "BATCH +name type target | BATCH -name",
    text: "begins and ends what belongs together: a message of several lines",
  },
  CAP: { usage: "CAP LS|LIST|REQ|END [names]", text: "negotiates capabilities" },
  CHATHISTORY: {
    usage: "CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS target bound limit",
    text: "fetches what was said",
  },
  HELP: { usage: "HELP [command]", text: "says what a command is for" },
  HELPOP: { usage: "HELPOP [command]", text: "is HELP" },
  INFO: { usage: "INFO", text: "says what the server runs" },
  INVITE: { usage: "INVITE nick #channel", text: "lets someone into a channel" },
  ISON: { usage: "ISON nick …", text: "says which of them are connected" },
  ISUPPORT: { usage: "ISUPPORT", text: "says what the server supports" },
  JOIN: { usage: "JOIN #channel[,#channel] [key[,key]]", text: "goes into channels" },
  KICK: { usage: "KICK #channel nick[,nick] [reason]", text: "puts members out of a channel" },
  KILL: { usage: "KILL nick reason", text: "closes someone's connections (operators)" },
  LINKS: { usage: "LINKS", text: "lists the servers, of which there is one" },
  LIST: { usage: "LIST [masks]", text: "lists the channels" },
  LUSERS: { usage: "LUSERS", text: "counts who is there" },
  MARKREAD: {
    usage: "MARKREAD target [timestamp=…]",
    text: "says up to when you have read, for all of your devices",
  },
  METADATA: {
    usage: "METADATA target|* GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC …",
    text: "notes things of you and of channels, and reads them",
  },
  MODE: { usage: "MODE target [modes [parameters]]", text: "shows or changes modes" },
  MONITOR: { usage: "MONITOR +|-|C|L|S [nicks]", text: "tells you when someone comes and goes" },
  MOTD: { usage: "MOTD", text: "shows the message of the day" },
  NAMES: { usage: "NAMES #channel", text: "lists who is in a channel" },
  NICK: { usage: "NICK nick", text: "says what you are called" },
  NICKSERV: { usage: "NICKSERV help", text: "speaks to the service for accounts" },
  NOTICE: { usage: "NOTICE target text", text: "says something that nobody answers by itself" },
  NS: { usage: "NS help", text: "is NICKSERV" },
  OPAQUE: {
    usage: "OPAQUE REG|REC|CHG …",
    text: "makes an account or changes the password, without telling it",
  },
  OPER: { usage: "OPER name password", text: "makes you an operator of the server" },
  PART: { usage: "PART #channel[,#channel] [reason]", text: "leaves channels" },
  PASS: { usage: "PASS account:password", text: "logs in, for clients without SASL" },
  PING: { usage: "PING token", text: "is answered by a PONG with the token" },
  PONG: { usage: "PONG token", text: "answers a PING" },
  PRIVMSG: {
    usage: "PRIVMSG target[,target] text",
    text: "says something to a channel or someone",
  },
  QUIT: { usage: "QUIT [reason]", text: "ends the connection" },
  REDACT: {
    usage: "REDACT target msgid [reason]",
    text: "deletes a message: your own, or any in a channel you are an operator of",
  },
  REGISTER: { usage: "REGISTER account|* email|* password", text: "asks for an account" },
  REHASH: { usage: "REHASH", text: "reads the settings file again (operators)" },
  RENAME: { usage: "RENAME #channel #name [reason]", text: "gives a channel another name" },
  SEARCH: {
    usage: "SEARCH text=…;in=target;from=nick;after=time;before=time;limit=number",
    text: "finds what was said, where you may read it",
  },
  SETNAME: { usage: "SETNAME real name", text: "changes your real name" },
  STATS: { usage: "STATS u|o", text: "says how long the server is up; who its operators are" },
  TAGMSG: { usage: "TAGMSG target", text: "sends tags without a text" },
  TIME: { usage: "TIME", text: "says what time it is there" },
  TOPIC: { usage: "TOPIC #channel [topic]", text: "shows or changes a channel's topic" },
  USER: { usage: "USER name 0 * real name", text: "introduces you" },
  USERHOST: { usage: "USERHOST nick …", text: "says where up to five are from" },
  VERIFY: { usage: "VERIFY account code", text: "is for servers that send codes" },
  VERSION: { usage: "VERSION", text: "says what the server runs and supports" },
  WALLOPS: { usage: "WALLOPS text", text: "is read by everyone with user mode w (operators)" },
  WEBIRC: { usage: "WEBIRC …", text: "is for gateways" },
  WHO: { usage: "WHO mask [%fields]", text: "lists who is in a channel or goes by a mask" },
  WHOIS: { usage: "WHOIS nick", text: "says who someone is" },
  WHOWAS: { usage: "WHOWAS nick [count]", text: "says who went by a nick" },
};

const overview = "index";

function helpCommand(name: string) {
  return command({
    name,
    when: "registered",
    params: { subject: optional(word()) },
    run(ctx, { subject = overview }) {
      if (isSameName(subject, overview)) {
        tellIndex(ctx);
        return undefined;
      }
      const found = subject.toUpperCase();
      const topic = Object.hasOwn(helpTopics, found) ? helpTopics[found] : undefined;
      if (topic === undefined) return refusals.helpNotFound(shownName(subject));
      ctx.reply(replies.helpStart(found, topic.usage));
      ctx.reply(replies.help(found, topic.text));
      ctx.reply(replies.endOfHelp(found, "End of /HELP"));
      return undefined;
    },
  });
}

/** The names of all commands, ten a line. */
function tellIndex(ctx: Context): void {
  const names = Object.keys(helpTopics);
  ctx.reply(replies.helpStart(overview, "Commands; HELP and one of them says more"));
  for (let start = 0; start < names.length; start += 10) {
    ctx.reply(replies.help(overview, names.slice(start, start + 10).join(" ")));
  }
  ctx.reply(replies.endOfHelp(overview, "To your account: /msg NickServ help"));
}

export const helpFamily = family({ commands: [helpCommand("HELP"), helpCommand("HELPOP")] });
