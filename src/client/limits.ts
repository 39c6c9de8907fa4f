/**
 * The client's limits: every list, queue, wait and number of tries it has, by name.
 *
 * Everything that comes from a server is hostile until shown otherwise, so whatever a server can make the client
 * keep has a limit here. Tests hand in smaller ones.
 */

export interface ClientLimits {
  /** Rooms and private conversations that are kept; the longest silent conversation gives way. */
  readonly roomsMax: number;
  readonly membersPerRoomMax: number;
  /** The newest messages of a room that stay readable. */
  readonly messagesPerRoomMax: number;
  /** Of a room's history that was asked for, the messages shown last: reactions to them are told. */
  readonly olderMessagesPerRoomMax: number;
  /** Message ids per room by which a repeated message is known. */
  readonly seenIdsPerRoomMax: number;
  /** A longer `msgid` counts as none. */
  readonly messageIdLengthMax: number;
  /** A longer reaction counts as none; different ones to a message, and people with the same one. */
  readonly reactionLengthMax: number;
  readonly reactionsPerMessageMax: number;
  readonly peoplePerReactionMax: number;
  /** Messages that wait for their acknowledgement or for a connection. */
  readonly outboxMax: number;
  /** Messages on their way at once; the server's hold begins at 100 lines. */
  readonly inFlightMax: number;
  /** Lines that one text may become. */
  readonly piecesPerTextMax: number;
  /** Commands whose answer is awaited, and commands that wait for a connection. */
  readonly requestsMax: number;
  readonly queuedCommandsMax: number;
  readonly openBatchesMax: number;
  readonly batchMessagesMax: number;
  readonly batchBytesMax: number;
  /** Messages asked for in one piece of history. */
  readonly pageMax: number;
  /** Pieces of history in one fill, and lists of conversations after one login. */
  readonly pagesPerFillMax: number;
  /** Fills whose answer is awaited at once. */
  readonly fillsAtOnce: number;
  /** Messages held back in a room while it is being filled; beyond, they are asked for again as history. */
  readonly heldPerRoomMax: number;
  readonly fillAnswerMsMax: number;
  readonly fillTriesMax: number;
  readonly fillRetryMs: number;
  readonly channelWishesMax: number;
  /** Between sending the wish to connect and its outcome. */
  readonly connectMsMax: number;
  /** From the open connection to the welcome, waiting for approval apart. */
  readonly registrationMsMax: number;
  /** For a person to answer what the login asks of them; the server's patience is shorter. */
  readonly personMsMax: number;
  /** From the welcome on: what the server tells of itself (005) is awaited before history is asked for. */
  readonly greetingMsMax: number;
  /** Silence after which the client asks whether the server is there, and how long it waits for a word. */
  readonly silenceMs: number;
  readonly pongMsMax: number;
  readonly reconnectFirstMs: number;
  readonly reconnectMsMax: number;
  /** A connection that lasted so long was a good one: the next wait begins anew. */
  readonly steadyMs: number;
  /** Between QUIT and the end, when the server does not close. */
  readonly quitMsMax: number;
  readonly nickTriesMax: number;
  /** Lines at once, and the distance between lines after that, on servers that acknowledge nothing. */
  readonly unacknowledgedBurst: number;
  readonly unacknowledgedEveryMs: number;
}

export const clientLimits: ClientLimits = {
  roomsMax: 500,
  membersPerRoomMax: 20_000,
  messagesPerRoomMax: 1_000,
  olderMessagesPerRoomMax: 500,
  seenIdsPerRoomMax: 2_000,
  messageIdLengthMax: 128,
  reactionLengthMax: 64,
  reactionsPerMessageMax: 32,
  peoplePerReactionMax: 1_000,
  outboxMax: 1_000,
  inFlightMax: 32,
  piecesPerTextMax: 200,
  requestsMax: 256,
  queuedCommandsMax: 64,
  openBatchesMax: 32,
  batchMessagesMax: 2_000,
  batchBytesMax: 2_000_000,
  pageMax: 100,
  pagesPerFillMax: 100,
  fillsAtOnce: 4,
  heldPerRoomMax: 500,
  fillAnswerMsMax: 60_000,
  fillTriesMax: 6,
  fillRetryMs: 2_000,
  channelWishesMax: 200,
  connectMsMax: 30_000,
  registrationMsMax: 90_000,
  personMsMax: 150_000,
  greetingMsMax: 10_000,
  silenceMs: 20_000,
  pongMsMax: 20_000,
  reconnectFirstMs: 1_000,
  reconnectMsMax: 60_000,
  steadyMs: 5_000,
  quitMsMax: 2_000,
  nickTriesMax: 5,
  unacknowledgedBurst: 5,
  unacknowledgedEveryMs: 2_000,
};
