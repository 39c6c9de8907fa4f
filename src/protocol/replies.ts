/**
 * Replies and refusals: every numeric and standard reply the server sends, by name, with typed arguments.
 *
 * A reply answers a command, a refusal says why not; both are made here and nowhere else, so that a text can be
 * found and changed in one place. Who they are sent to (the nick that numerics begin with) is added when they are
 * written. Texts follow Modern IRC, which asks clients to go by the numeric and not by the text.
 */
import { bare, fail, note, numeric, plain, refusal, tooManyTries } from "./reply-forms.ts";
import { channelModeLetters, channelModeLettersWithParam, userModeLetters } from "./modes.ts";

/** A message from the server to the one who asked. `isNumeric`: the receiver's nick goes before the parameters. */
export interface Reply {
  readonly command: string;
  readonly params: readonly string[];
  readonly isNumeric: boolean;
  /** Other than the server itself; empty: none, where the protocol has it so. */
  readonly source?: string;
  readonly tags?: ReadonlyMap<string, string>;
}

/** A reply that says why not. */
export interface Refusal extends Reply {
  readonly isRefusal: true;
}

/** Which of the two drafts a client speaks: `draft/metadata-2` or `draft/metadata-3`. */
export type MetadataVersion = 2 | 3;

/** ERROR says so when the login of a device is over: it is not to come again by itself. */
export const loggedOutReason = "Logged out";

export const replies = {
  // Registration
  welcome: (network: string, source: string) =>
    numeric("001", `Welcome to the ${network} network, ${source}`),
  yourHost: (server: string, version: string) =>
    numeric("002", `Your host is ${server}, running version ${version}`),
  created: (when: string) => numeric("003", `This server was created ${when}`),
  myInfo: (server: string, version: string) =>
    numeric(
      "004",
      server,
      version,
      userModeLetters,
      channelModeLetters,
      channelModeLettersWithParam,
    ),
  isupport: (tokens: readonly string[]) =>
    numeric("005", ...tokens, "are supported by this server"),

  // Capabilities: the nick is a parameter of CAP, `*` before it is known.
  capList: (nick: string, subcommand: string, names: string, hasMore: boolean) =>
    hasMore ? plain("CAP", nick, subcommand, "*", names) : plain("CAP", nick, subcommand, names),

  // Logging in
  authenticate: (chunk: string) => bare("AUTHENTICATE", chunk),
  loggedIn: (source: string, account: string) =>
    numeric("900", source, account, `You are now logged in as ${account}`),
  saslSuccess: () => numeric("903", "SASL authentication successful"),
  saslMechanisms: (mechanisms: string) =>
    numeric("908", mechanisms, "are available SASL mechanisms"),
  opaqueResponse: (account: string, response: string) => plain("OPAQUE", "RESP", account, response),
  opaquePending: (account: string) => note("OPAQUE", "PENDING", account, "Log in to activate it"),
  opaqueOutdated: (account: string) =>
    note("OPAQUE", "OUTDATED", account, "Make your record anew: OPAQUE CHG"),
  passwordChanged: (account: string) =>
    note("OPAQUE", "CHANGED", account, "Your password is changed; all other devices log in anew"),
  recordRenewed: (account: string) =>
    note("OPAQUE", "CHANGED", account, "Your record is made anew; the password is the same"),
  registerSuccess: (account: string) =>
    plain("REGISTER", "SUCCESS", account, "Account registered; you are logged in"),
  passwordReset: (account: string) =>
    plain("REGISTER", "SUCCESS", account, "Your new password is set"),
  passwordResetOnly: (account: string) =>
    plain("REGISTER", "SUCCESS", account, "Your new password is set: log in with it now"),
  verificationRequired: (account: string) =>
    plain("REGISTER", "VERIFICATION_REQUIRED", account, "an operator decides"),
  approved: (account: string) =>
    note("REGISTER", "APPROVED", account, "An operator approved your account: log in now"),
  waiting: (account: string) =>
    note("REGISTER", "WAITING", account, "You are let in when an operator approves your account"),

  // The connection
  pong: (server: string, token: string) => plain("PONG", server, token),
  ping: (token: string) => bare("PING", token),
  error: (reason: string) => bare("ERROR", reason),
  /** From NickServ, the service that answers to people's words. */
  /** To one session: where it is shown is the channel. */
  channelNotice: (channel: string, text: string): Reply => ({
    command: "NOTICE",
    params: [channel, text],
    isNumeric: false,
  }),
  serviceNotice: (server: string, target: string, text: string): Reply => ({
    command: "NOTICE",
    params: [target, text],
    isNumeric: false,
    source: `NickServ!NickServ@${server}`,
  }),
  serverNotice: (server: string, target: string, text: string): Reply => ({
    command: "NOTICE",
    params: [target, text],
    isNumeric: false,
    source: server,
  }),
  /** `time`: ISO 8601; undefined: nothing is known to be read. */
  readMarker: (target: string, time: string | undefined) =>
    plain("MARKREAD", target, time === undefined ? "*" : `timestamp=${time}`),
  /** What the receiver's own user did, when it is told outside of the event. */
  ownLine: (source: string, command: string, ...params: string[]): Reply => ({
    command,
    params,
    isNumeric: false,
    source,
  }),

  // Channels
  channelMode: (channel: string, modes: readonly string[]) => numeric("324", channel, ...modes),
  channelCreated: (channel: string, seconds: string) => numeric("329", channel, seconds),
  noTopic: (channel: string) => numeric("331", channel, "No topic is set"),
  topic: (channel: string, text: string) => numeric("332", channel, text),
  topicSetBy: (channel: string, by: string, seconds: string) =>
    numeric("333", channel, by, seconds),
  invitedTo: (channel: string) => numeric("336", channel),
  endOfInvitations: () => numeric("337", "End of /INVITE list"),
  inviting: (nick: string, channel: string) => numeric("341", nick, channel),
  names: (symbol: string, channel: string, names: string) => numeric("353", symbol, channel, names),
  endOfNames: (channel: string) => numeric("366", channel, "End of /NAMES list"),
  listStart: () => numeric("321", "Channel", "Users  Name"),
  listed: (channel: string, memberCount: string, topic: string) =>
    numeric("322", channel, memberCount, topic),
  listEnd: () => numeric("323", "End of /LIST"),
  banned: (channel: string, mask: string, by: string, seconds: string) =>
    numeric("367", channel, mask, by, seconds),
  endOfBans: (channel: string) => numeric("368", channel, "End of channel ban list"),
  inviteException: (channel: string, mask: string, by: string, seconds: string) =>
    numeric("346", channel, mask, by, seconds),
  endOfInviteExceptions: (channel: string) =>
    numeric("347", channel, "End of channel invite exception list"),
  banException: (channel: string, mask: string, by: string, seconds: string) =>
    numeric("348", channel, mask, by, seconds),
  endOfBanExceptions: (channel: string) => numeric("349", channel, "End of channel exception list"),

  // People
  away: (nick: string, text: string) => numeric("301", nick, text),
  unaway: () => numeric("305", "You are no longer marked as being away"),
  nowAway: () => numeric("306", "You have been marked as being away"),
  userHosts: (users: string) => numeric("302", users),
  isOn: (nicks: string) => numeric("303", nicks),
  monitorOnline: (sources: string) => numeric("730", sources),
  monitorOffline: (nicks: string) => numeric("731", nicks),
  monitorList: (nicks: string) => numeric("732", nicks),
  endOfMonitorList: () => numeric("733", "End of MONITOR list"),
  whoWas: (nick: string, user: string, host: string, realName: string) =>
    numeric("314", nick, user, host, "*", realName),
  endOfWhoWas: (nick: string) => numeric("369", nick, "End of WHOWAS"),
  whox: (fields: readonly string[]) => numeric("354", ...fields),
  whoIsUser: (nick: string, user: string, host: string, realName: string) =>
    numeric("311", nick, user, host, "*", realName),
  whoIsServer: (nick: string, server: string, description: string) =>
    numeric("312", nick, server, description),
  whoIsOperator: (nick: string) => numeric("313", nick, "is an operator of this server"),
  whoIsBot: (nick: string) => numeric("335", nick, "is a bot"),
  whoIsIdle: (nick: string, idleSeconds: string, signonSeconds: string) =>
    numeric("317", nick, idleSeconds, signonSeconds, "seconds idle, signon time"),
  whoIsChannels: (nick: string, channels: string) => numeric("319", nick, channels),
  whoIsAccount: (nick: string, account: string) => numeric("330", nick, account, "is logged in as"),
  whoIsHost: (nick: string, address: string) =>
    numeric("378", nick, `is connecting from ${address}`),
  whoIsSecure: (nick: string) => numeric("671", nick, "is using a secure connection"),
  endOfWhoIs: (nick: string) => numeric("318", nick, "End of /WHOIS list"),
  who: (fields: readonly string[]) => numeric("352", ...fields),
  endOfWho: (mask: string) => numeric("315", mask, "End of /WHO list"),
  userModeIs: (modes: string) => numeric("221", modes),

  youAreOperator: () => numeric("381", "You are now an operator of this server"),

  // The server
  rehashing: (file: string) => numeric("382", file, "Rehashing"),
  motdStart: (server: string) => numeric("375", `- ${server} Message of the day - `),
  motd: (line: string) => numeric("372", `- ${line}`),
  endOfMotd: () => numeric("376", "End of /MOTD command."),
  lusersClient: (visible: number, invisible: number) =>
    numeric("251", `There are ${visible} users and ${invisible} invisible on 1 servers`),
  lusersOperators: (count: number) => numeric("252", String(count), "operator(s) online"),
  lusersUnknown: (count: number) => numeric("253", String(count), "unknown connection(s)"),
  lusersChannels: (count: number) => numeric("254", String(count), "channels formed"),
  lusersMe: (clients: number) => numeric("255", `I have ${clients} clients and 0 servers`),
  localUsers: (count: number, max: number) =>
    numeric("265", String(count), String(max), `Current local users ${count}, max ${max}`),
  globalUsers: (count: number, max: number) =>
    numeric("266", String(count), String(max), `Current global users ${count}, max ${max}`),
  version: (version: string, server: string, comment: string) =>
    numeric("351", version, server, comment),

  time: (server: string, seconds: string, text: string) =>
    numeric("391", server, seconds, "0", text),
  link: (server: string, description: string) => numeric("364", server, server, `0 ${description}`),
  endOfLinks: () => numeric("365", "*", "End of /LINKS list"),
  adminMe: (server: string) => numeric("256", server, "Administrative info"),
  adminPlace: (text: string) => numeric("257", text),
  adminMore: (text: string) => numeric("258", text),
  adminMail: (text: string) => numeric("259", text),
  info: (text: string) => numeric("371", text),
  endOfInfo: () => numeric("374", "End of /INFO list"),
  statsUptime: (text: string) => numeric("242", `Server Up ${text}`),
  statsOperator: (source: string, nick: string) => numeric("243", "O", source, "*", nick),
  endOfStats: (letter: string) => numeric("219", letter, "End of /STATS report"),
  helpStart: (subject: string, text: string) => numeric("704", subject, text),
  help: (subject: string, text: string) => numeric("705", subject, text),
  endOfHelp: (subject: string, text: string) => numeric("706", subject, text),

  // Metadata
  whoIsKeyValue: (target: string, key: string, visibility: string, value: string) =>
    numeric("760", target, key, visibility, value),
  keyValue: (target: string, key: string, visibility: string, value: string) =>
    numeric("761", target, key, visibility, value),
  keyNotSet: (target: string, key: string) => numeric("766", target, key, "Key not set"),
  /** Metadata-2 only: without a value, the key is set no more. */
  metadata: (target: string, key: string, visibility: string, value: string | undefined) =>
    plain("METADATA", target, key, visibility, ...(value === undefined ? [] : [value])),
  metadataSubscribed: (keys: readonly string[]) => numeric("770", ...keys),
  metadataUnsubscribed: (keys: readonly string[]) => numeric("771", ...keys),
  metadataSubscriptions: (keys: readonly string[]) => numeric("772", ...keys),
  metadataSyncLater: (target: string, seconds: number) =>
    numeric("774", target, String(seconds), "Try again later"),
  metadataKeyHidden: (target: string, key: string) =>
    note("METADATA", "KEY_NO_PERMISSION", target, key, "You may not see this key"),

  // History
  /** A line of history as it was said, with its tags. */
  historyLine: (
    line: { readonly source: string; readonly command: string; readonly params: readonly string[] },
    tags: ReadonlyMap<string, string>,
  ): Reply => ({ ...line, isNumeric: false, tags }),
  historyTarget: (name: string, latest: string) => plain("CHATHISTORY", "TARGETS", name, latest),
  /** There may be more; `from` is the attribute by which a search goes on. */
  searchMore: (code: "MORE" | "TIMED_OUT" | "SHORT_TEXT", from: string, why: string) =>
    note("SEARCH", code, from, why),
  batchStart: (reference: string, type: string, ...params: string[]) =>
    plain("BATCH", `+${reference}`, type, ...params),
  batchEnd: (reference: string) => plain("BATCH", `-${reference}`),
  ack: () => plain("ACK"),
} as const satisfies Record<string, (...args: never[]) => Reply>;

export const refusals = {
  noSuchNick: (name: string) => refusal("401", name, "No such nick/channel"),
  noSuchChannel: (name: string) => refusal("403", name, "No such channel"),
  cannotSend: (channel: string, why: string) => refusal("404", channel, why),
  tooManyChannels: (channel: string) =>
    refusal("405", channel, "You have joined too many channels"),
  tooManyTargets: (name: string) => refusal("407", name, "Too many targets"),
  spokenToAlone: (name: string) => refusal("407", name, `${name} is spoken to alone`),
  invalidCapCommand: (subcommand: string) => refusal("410", subcommand, "Invalid CAP command"),
  noRecipient: (command: string) => refusal("411", `No recipient given (${command})`),
  noTextToSend: () => refusal("412", "No text to send"),
  inputTooLong: () => refusal("417", "Input line was too long"),
  unknownCommand: (command: string) => refusal("421", command, "Unknown command"),
  noMotd: () => refusal("422", "MOTD File is missing"),
  noNicknameGiven: () => refusal("431", "No nickname given"),
  erroneousNickname: (nick: string, why: string) => refusal("432", nick, why),
  nicknameInUse: (nick: string) => refusal("433", nick, "Nickname is already in use"),
  nickIsAccount: (nick: string) =>
    refusal("432", nick, "Your nick is your account's name, and stays it"),
  userNotInChannel: (nick: string, channel: string) =>
    refusal("441", nick, channel, "They aren't on that channel"),
  notOnChannel: (channel: string) => refusal("442", channel, "You're not on that channel"),
  userOnChannel: (nick: string, channel: string) =>
    refusal("443", nick, channel, "is already on channel"),
  helpNotFound: (subject: string) => refusal("524", subject, "No help available on this topic"),
  wasNoSuchNick: (nick: string) => refusal("406", nick, "There was no such nickname"),
  monitorListFull: (limit: string, targets: string) =>
    refusal("734", limit, targets, "Monitor list is full."),
  invalidRealName: () => fail("SETNAME", "INVALID_REALNAME", "This real name cannot be used"),
  notRegistered: () => refusal("451", "You have not registered"),
  wrongPassword: () => refusal("464", "Password incorrect"),
  noOperatorHost: () => refusal("491", "No operators are let in from where you are"),
  needMoreParams: (command: string) => refusal("461", command, "Not enough parameters"),
  alreadyRegistered: () => refusal("462", "You may not reregister"),
  forwarded: (channel: string, other: string) =>
    refusal("470", channel, other, "Forwarding to another channel"),
  channelIsFull: (channel: string) => refusal("471", channel, "Cannot join channel (+l)"),
  unknownMode: (letter: string) => refusal("472", letter, "is unknown mode char to me"),
  inviteOnly: (channel: string) => refusal("473", channel, "Cannot join channel (+i)"),
  bannedFromChannel: (channel: string) => refusal("474", channel, "Cannot join channel (+b)"),
  badChannelKey: (channel: string) => refusal("475", channel, "Cannot join channel (+k)"),
  badChannelMask: (name: string, why: string) => refusal("476", name, why),
  needAccount: (channel: string) =>
    refusal("477", channel, "Cannot join channel (+R): only who has an account may"),
  listFull: (channel: string, mask: string) =>
    refusal("478", channel, mask, "Channel list is full"),
  noPrivileges: () => refusal("481", "Permission Denied- You're not an operator of this server"),
  needOperator: (channel: string) => refusal("482", channel, "You're not channel operator"),
  needFounder: (channel: string) =>
    refusal("482", channel, "Only the channel's founder may do that"),
  founderStays: (channel: string) =>
    refusal("482", channel, "The channel's founder cannot be removed or demoted"),
  rankTooHigh: (channel: string) =>
    refusal("482", channel, "You may not do that to someone of their rank"),
  unknownUserMode: () => refusal("501", "Unknown MODE flag"),
  usersDontMatch: () => refusal("502", "Can't view or change mode for other users"),
  invalidKey: (channel: string) =>
    refusal("525", channel, "A key is one word of at most 32 bytes, without commas and colons"),
  needAccountToWrite: (nick: string) =>
    refusal("477", nick, "They take messages only from who has an account"),
  cannotSendToUser: (nick: string, why: string) => refusal("531", nick, why),
  invalidModeParam: (target: string, letter: string, param: string, why: string) =>
    refusal("696", target, letter, param, why),

  // Logging in
  passwordMismatch: () => refusal("464", "Password incorrect"),
  saslFailed: (why: string) => refusal("904", why),
  saslTooLong: () => refusal("905", "SASL message too long"),
  saslAborted: () => refusal("906", "SASL authentication aborted"),
  saslAlready: () => refusal("907", "You have already authenticated using SASL"),
  invalidUtf8: (command: string) =>
    fail(command, "INVALID_UTF8", "Message rejected: it is not UTF-8"),
  invalidMessage: () =>
    fail("*", "INVALID_MESSAGE", "Message rejected: it cannot be read as a message"),
  accountRequired: () =>
    fail("*", "ACCOUNT_REQUIRED", "You must log in with SASL to use this server"),
  loginPending: (account: string) =>
    fail(
      "AUTHENTICATE",
      "VERIFICATION_REQUIRED",
      account,
      "An operator has yet to approve this account",
    ),
  inviteIsForSeveral: (account: string) =>
    fail(
      "AUTHENTICATE",
      "REGISTRATION_NEEDED",
      account,
      "This invitation is for several people: choose a password of your own, with REGISTER",
    ),
  /** As metadata's: `FAIL METADATA RATE_LIMITED … <RetryAfter>`, in seconds. */
  rateLimited: (command: string, seconds: number) =>
    fail(command, "RATE_LIMITED", `${seconds}`, tooManyTries(seconds)),
  saslRateLimited: (seconds: number) => refusal("904", tooManyTries(seconds)),
  storageFull: (command: string) =>
    fail(
      command,
      "STORAGE_FULL",
      "The server's disk is full: nothing is kept now; try again later",
    ),
  temporarilyUnavailable: (command: string) =>
    fail(command, "TEMPORARILY_UNAVAILABLE", "This cannot be done now; try again later"),

  // MARKREAD
  markReadNeedMoreParams: () => fail("MARKREAD", "NEED_MORE_PARAMS", "Missing parameters"),
  markReadInvalidParams: (given: string) =>
    fail("MARKREAD", "INVALID_PARAMS", given, "Invalid parameters"),

  // REGISTER
  accountExists: (name: string) => fail("REGISTER", "ACCOUNT_EXISTS", name, "This name is taken"),
  badAccountName: (name: string, why: string) => fail("REGISTER", "BAD_ACCOUNT_NAME", name, why),
  alreadyAuthenticated: (name: string) =>
    fail("REGISTER", "ALREADY_AUTHENTICATED", name, "You are already logged in"),
  verifyAuthenticated: (name: string) =>
    fail("VERIFY", "ALREADY_AUTHENTICATED", name, "You are already logged in"),
  invalidCode: (name: string) =>
    fail("VERIFY", "INVALID_CODE", name, "This server sends no codes; an operator decides"),
  badOpaque: (why: string) => fail("OPAQUE", "INVALID_PARAMS", why),
  changeNeedsAccount: () =>
    fail("OPAQUE", "NOT_LOGGED_IN", "A password is changed by who is logged in"),
  changeNeedsLogin: (account: string) =>
    fail("OPAQUE", "REAUTHENTICATE", account, "Prove the password first: log in again by OPAQUE"),
  changeNotProven: (account: string) =>
    fail("OPAQUE", "NOT_PROVEN", account, "This record is not of who has logged in"),
  completeConnectionRequired: (name: string) =>
    fail(
      "REGISTER",
      "COMPLETE_CONNECTION_REQUIRED",
      name,
      "Here accounts are asked for once you are connected",
    ),
  emailNeeded: (name: string) =>
    fail("REGISTER", "INVALID_EMAIL", name, "On this server accounts have an e-mail address"),
  invalidEmail: (name: string) =>
    fail("REGISTER", "INVALID_EMAIL", name, "This is no e-mail address"),
  unacceptableEmail: (name: string) =>
    fail("REGISTER", "UNACCEPTABLE_EMAIL", name, "Nobody can be reached by this e-mail address"),
  needNick: () => fail("REGISTER", "NEED_NICK", "*", "Choose a nick first, or name the account"),
  passwordNotTold: (name: string) =>
    fail("REGISTER", "DISALLOWED", name, "This password is not told to the server: use authchat"),
  weakPassword: (name: string, why: string) => fail("REGISTER", "WEAK_PASSWORD", name, why),
  registrationClosed: (name: string) =>
    fail("REGISTER", "DISALLOWED", name, "This server takes no registrations"),
  invitationNeeded: (name: string) =>
    fail("REGISTER", "INVITATION_NEEDED", name, "On this server accounts are made by invitation"),
  invalidInvite: (name: string) =>
    fail("REGISTER", "INVALID_INVITE", name, "This invitation was used, has expired, or never was"),
  registrationBusy: (name: string) =>
    fail("REGISTER", "TEMPORARILY_UNAVAILABLE", name, "Too many wait already; try again later"),
  insecureRegistration: (name: string) =>
    fail("REGISTER", "TEMPORARILY_UNAVAILABLE", name, "Passwords are taken over TLS only"),
  rejected: (name: string) =>
    fail("REGISTER", "REJECTED", name, "An operator rejected this request"),

  // RENAME
  channelNameInUse: (from: string, to: string) =>
    fail("RENAME", "CHANNEL_NAME_IN_USE", from, to, "The channel name is already taken"),
  cannotRename: (from: string, to: string, why: string) =>
    fail("RENAME", "CANNOT_RENAME", from, to, why),

  // BATCH from clients
  batchInvalidReference: (reference: string) =>
    fail(
      "BATCH",
      "INVALID_REFTAG",
      reference,
      "A reference is made of letters, digits and hyphens",
    ),
  batchUnknownType: (reference: string, type: string) =>
    fail("BATCH", "UNKNOWN_TYPE", reference, type, "Unknown batch type"),
  batchTimeout: (reference: string) =>
    fail("BATCH", "TIMEOUT", reference, "The batch was left open for too long"),
  multilineMaxBytes: (limit: string) =>
    fail("BATCH", "MULTILINE_MAX_BYTES", limit, "Multiline batch max-bytes exceeded"),
  multilineMaxLines: (limit: string) =>
    fail("BATCH", "MULTILINE_MAX_LINES", limit, "Multiline batch max-lines exceeded"),
  multilineInvalidTarget: (target: string, provided: string) =>
    fail("BATCH", "MULTILINE_INVALID_TARGET", target, provided, "Invalid multiline target"),
  multilineInvalid: (why: string) => fail("BATCH", "MULTILINE_INVALID", why),
  // METADATA: some codes are other words in draft/metadata-2 and draft/metadata-3.
  metadataInvalidTarget: (target: string) =>
    fail("METADATA", "INVALID_TARGET", target, "Invalid metadata target"),
  metadataInvalidKey: (version: MetadataVersion, key: string) =>
    fail("METADATA", version === 2 ? "KEY_INVALID" : "INVALID_KEY", key, "Invalid key"),
  metadataInvalidValue: (version: MetadataVersion, key: string) =>
    version === 2
      ? fail("METADATA", "VALUE_INVALID", "The value is too long")
      : fail("METADATA", "INVALID_VALUE", key, "The value is too long"),
  metadataUnknownSubcommand: (version: MetadataVersion, name: string) =>
    fail(
      "METADATA",
      version === 2 ? "SUBCOMMAND_INVALID" : "INVALID_PARAMS",
      name,
      "Unknown subcommand",
    ),
  metadataNeedMoreParams: (version: MetadataVersion, subcommand: string) =>
    version === 2
      ? refusal("461", "METADATA", "Not enough parameters")
      : fail("METADATA", "INVALID_PARAMS", subcommand, "Not enough parameters"),
  metadataKeyNotSet: (target: string, key: string) =>
    fail("METADATA", "KEY_NOT_SET", target, key, "Key not set"),
  metadataNoPermission: (target: string, key: string) =>
    fail("METADATA", "KEY_NO_PERMISSION", target, key, "Permission denied"),
  metadataLimitReached: (version: MetadataVersion, target: string, limit: string) =>
    version === 2
      ? fail("METADATA", "LIMIT_REACHED", target, "Metadata limit reached")
      : fail("METADATA", "LIMIT_REACHED", target, limit, "Metadata limit reached"),
  metadataTooManySubscriptions: (version: MetadataVersion, key: string, limit: string) =>
    version === 2
      ? fail("METADATA", "TOO_MANY_SUBS", key, "Too many subscriptions")
      : fail("METADATA", "LIMIT_REACHED", key, limit, "Too many subscriptions"),

  // SEARCH
  searchInvalidParams: (name: string, why: string) => fail("SEARCH", "INVALID_PARAMS", name, why),
  searchNeedCapability: () => fail("SEARCH", "NEED_CAPABILITY", "Ask for draft/search first"),

  // CHATHISTORY
  historyInvalidParams: (subcommand: string, why: string) =>
    fail("CHATHISTORY", "INVALID_PARAMS", subcommand, why),
  historyInvalidReference: (subcommand: string, reference: string, why: string) =>
    fail("CHATHISTORY", "INVALID_PARAMS", subcommand, reference, why),
  historyUnknownReferenceType: (subcommand: string, target: string, reference: string) =>
    fail(
      "CHATHISTORY",
      "INVALID_MSGREFTYPE",
      subcommand,
      target,
      reference,
      "Messages are referred to by msgid= or timestamp=",
    ),
  historyInvalidTarget: (subcommand: string, target: string) =>
    fail("CHATHISTORY", "INVALID_TARGET", subcommand, target, "Messages could not be retrieved"),
  historyNeedMoreParams: (subcommand: string) =>
    fail("CHATHISTORY", "INVALID_PARAMS", subcommand, "Insufficient parameters"),
  historyTooManyParams: (subcommand: string) =>
    fail("CHATHISTORY", "INVALID_PARAMS", subcommand, "Too many parameters"),
  historyUnknownCommand: (subcommand: string) =>
    fail("CHATHISTORY", "INVALID_PARAMS", subcommand, "Unknown command"),
  historyError: (subcommand: string, target: string) =>
    fail("CHATHISTORY", "MESSAGE_ERROR", subcommand, target, "Messages could not be retrieved"),

  // REDACT
  redactInvalidTarget: (target: string) =>
    fail("REDACT", "INVALID_TARGET", target, `You cannot delete messages from ${target}`),
  redactForbidden: (target: string, id: string) =>
    fail("REDACT", "REDACT_FORBIDDEN", target, id, "You are not authorised to delete this message"),
  redactUnknownMessage: (target: string, id: string) =>
    fail("REDACT", "UNKNOWN_MSGID", target, id, "This message does not exist or is too old"),
} as const satisfies Record<string, (...args: never[]) => Refusal>;
