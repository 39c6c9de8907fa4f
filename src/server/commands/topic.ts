/** TOPIC: read and change a channel's topic. */
import { secondMs } from "../../base/time.ts";
import { nickLengthMax, topicBytesMax } from "../../protocol/limits.ts";
import { cutToLine } from "../../protocol/message.ts";
import { replies, type Reply } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { channelEntry, event, membersOf } from "../event.ts";
import { channel, optional, text } from "../params.ts";
import { mayChangeTopic } from "../policy.ts";
import { type Channel } from "../state/channel.ts";

interface TopicChanged {
  readonly channel: string;
  readonly text: string;
  readonly by: string;
}

export const topicChanged = event<TopicChanged>("topic", {
  audience: (network, { channel: name }) => membersOf(network, name),
  apply: (network, { channel: name, text: topic, by }, at) =>
    network.setChannel(name, {
      topic: topic === "" ? undefined : { text: topic, by, at: at.wall },
    }),
  keep({ channel: name, text: topic }, network, actor) {
    const changed = network.channel(name);
    if (changed === undefined) return undefined;
    return [
      channelEntry(changed, actor, { command: "TOPIC", text: topic }),
      { kind: "channel", channel: changed.row },
    ];
  },
  line: ({ channel: name, text: topic }) => ({ command: "TOPIC", params: [name, topic] }),
  note: (data) => ({ event: "channel.topic", ...data }),
});

const topic = command({
  name: "TOPIC",
  when: "registered",
  keeps: ({ params: [, wanted] }) => wanted !== undefined,
  params: { channel, text: optional(text) },
  run(ctx, { channel: of, text: wanted }) {
    if (wanted === undefined) {
      replyTopic(ctx, of);
      return undefined;
    }
    const refusal = mayChangeTopic(ctx.user, of);
    if (refusal !== undefined) return refusal;
    const text = fittingTopic(ctx, of.name, wanted);
    ctx.emit(topicChanged({ channel: of.name, text, by: ctx.user.nick }));
    return undefined;
  },
});

/** As long as it may be: it has to fit into TOPIC, and into 332 for whoever reads it. */
function fittingTopic(ctx: Context, channelName: string, wanted: string): string {
  const changed = { source: ctx.user.source, command: "TOPIC", params: [channelName] };
  const read = {
    source: ctx.settings.name,
    command: "332",
    params: ["n".repeat(nickLengthMax), channelName],
  };
  return cutToLine(cutToLine(wanted, topicBytesMax, changed), topicBytesMax, read);
}

/** 332 and 333, or 331. */
export function topicReplies({ name, row: { topic: set } }: Channel): readonly Reply[] {
  if (set === undefined) return [replies.noTopic(name)];
  const seconds = String(Math.floor(set.at / secondMs));
  return [replies.topic(name, set.text), replies.topicSetBy(name, set.by, seconds)];
}

function replyTopic(ctx: Context, channel: Channel): void {
  for (const reply of topicReplies(channel)) ctx.reply(reply);
}

export const topicFamily = family({
  commands: [topic],
  isupport: () => ({ TOPICLEN: String(topicBytesMax) }),
});
