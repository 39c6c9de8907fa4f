/**
 * The limits of the wire, in bytes unless said otherwise, with the specification they come from.
 */

/** RFC 1459 §2.3: "IRC messages … shall not exceed 512 characters in length, … including the trailing CR-LF". */
export const lineBytesMax = 512;
/** message-tags: tags a client sends, "4094 bytes" of tag data and the leading `@` and trailing space. */
export const clientTagsBytesMax = 4096;
/** message-tags: "the size limit for message tags is 8191 bytes, including the leading @ and trailing space". */
export const tagsBytesMax = 8191;
/** Without a line end for so many bytes, the other side does not speak this protocol. */
export const unendedBytesMax = 16_384;
/** Modern IRC, "Message format": parameters of one message. */
export const paramsMax = 15;
/** labeled-response: "The value … MUST NOT be more than 64 bytes". */
export const labelBytesMax = 64;
/** Own tag: the client's nonce of a message. */
export const nonceBytesMax = 64;
/** The name that a client gives its batch. */
export const batchReferenceBytesMax = 64;
/** sasl-3.1: a chunk of a response is 400 bytes of base64; a shorter one, or `+`, ends it. */
export const saslChunkLength = 400;
/** Base64 characters in one SASL response, all chunks together. */
export const saslResponseLengthMax = 8_192;
export const nickLengthMax = 32;
/** Of `nick!user@host`: an account's name, or what a guest says. */
export const userLengthMax = nickLengthMax;
/** Of `nick!user@host`: the server's name, or a guest's address. RFC 2812 §2.3.1: "host name has a maximum of 63". */
export const hostLengthMax = 63;
export const channelNameBytesMax = 64;
export const topicBytesMax = 390;
export const reasonBytesMax = 390;
export const awayBytesMax = 390;
export const realNameBytesMax = 150;
/** One line of the message of the day, or of a service: longer ones become several. */
export const noticeBytesMax = 350;
export const channelKeyBytesMax = 32;
export const maskBytesMax = 128;
export const maskWildcardsMax = 8;
/** Tags on one message that are looked at; more are a syntax error. */
export const tagsMax = 64;
export const metadataKeyBytesMax = 40;
/**
 * So that a 761 fits a line: 512 bytes less `:server(63) 761 nick(32) #channel(64) key(40) operators :` and its end.
 */
export const metadataValueBytesMax = 288;
