/** `/chasqui help | ask … | about | model … | persona … | usage | feedback … | reset`: answered at once, visible only to the person who typed it. */
import type { App, SlashCommand } from '@slack/bolt';
import type { Address, Ingest } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { LastConversation } from '../../kit/last-conversation.ts';
import type { SlackClient } from '../client.ts';
import type { WhoAmI } from '../identity.ts';
import { neutralize, renderSlack } from '../render/render.ts';
import { type Surface, toAddress } from '../route.ts';
import type { GroupsOf } from '../user-groups.ts';

/** Any name: the manifest says `/chasqui`, but a workspace may rename it. */
const ANY_COMMAND = /^\/.+/;
const MAX_QUOTE_CHARS = 1_000;
const NO_CONVERSATION =
  'There is no conversation of yours here yet. Write to me first; inside a thread, write `!reset` or `!model` instead.';

export function listenToCommands(
  app: App,
  deps: {
    client: SlackClient;
    ingest: Ingest;
    whoAmI: WhoAmI;
    lastConversation: LastConversation;
    groupsOf: GroupsOf;
    surface: Surface;
    log: Logger;
  },
): void {
  app.command(ANY_COMMAND, async ({ command, ack }) => {
    const markdown = await answer(command).catch((error) => {
      deps.log.error({ err: error }, 'a slash command failed');
      return 'That did not work just now. Please try again in a moment.';
    });
    const [piece] = renderSlack(markdown);
    if (!piece) return ack();
    await ack({
      response_type: 'ephemeral',
      text: piece.text,
      blocks: [{ type: 'markdown', text: piece.markdown }],
    });
  });

  async function answer(command: SlashCommand): Promise<string> {
    const [, name = '', argument = ''] = /^(\S*)\s*([\s\S]*)$/.exec(command.text.trim()) ?? [];
    switch (name.toLowerCase()) {
      case 'ask':
        return argument ? ask(command, argument) : 'Write your question after `ask`.';
      case 'model':
      case 'persona':
      case 'feedback':
      case 'reset': {
        const conversation = await deps.lastConversation.get(command.channel_id, command.user_id);
        if (conversation === null && (!['model', 'persona'].includes(name.toLowerCase()) || argument))
          return NO_CONVERSATION;
        const to = { platform: 'slack', conversation: conversation ?? 'slack:none', route: {} };
        return deps.ingest.command(to, { name: name.toLowerCase(), argument });
      }
      case 'usage':
      case 'about': {
        const to = { platform: 'slack', conversation: 'slack:none', route: {} };
        return deps.ingest.command(to, { name: name.toLowerCase(), argument, author: command.user_id });
      }
      default:
        return `${await deps.ingest.command(
          { platform: 'slack', conversation: 'slack:none', route: {} },
          { name: 'help', argument: '' },
        )}\n- \`${command.command} ask …\` – ask me in private, from any channel`;
    }
  }

  /** The question goes into the direct messages, quoted, and is answered under it: private, and open to follow-ups. */
  async function ask({ user_id: user, command, trigger_id }: SlashCommand, question: string): Promise<string> {
    const { client } = deps;
    const opened = await client.call('conversations.open', (client) => client.conversations.open({ users: user }));
    const channel = opened.channel?.id as string;
    const quote = question.slice(0, MAX_QUOTE_CHARS).replaceAll('\n', '\n> ');
    const root = await client.call('chat.postMessage', (client) =>
      client.chat.postMessage({
        channel,
        text: `You asked with ${command}`,
        blocks: [{ type: 'markdown', text: neutralize(`You asked with \`${command}\`:\n> ${quote}`) }],
        metadata: { event_type: 'chasqui_note', event_payload: {} },
      }),
    );
    const asked = root.ts as string;
    const { teamId: team } = await deps.whoAmI();
    const to: Address = toAddress({ team, channel, thread: deps.surface === 'plain' ? null : asked, user, asked });
    const groups = await deps.groupsOf(user);
    await deps.ingest.message({
      v: 1,
      id: `command:${trigger_id}`,
      author: { id: user },
      text: question,
      attachments: [],
      sentAt: Date.now(),
      timed: false,
      to,
      ...(groups ? { groups } : {}),
    });
    return 'I answer in our direct messages.';
  }
}
