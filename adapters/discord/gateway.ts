/** The gateway: discord.js's client keeps the session, resumes it and begins a new one; we read its raw events. */
import { Client, DiscordjsError, DiscordjsErrorCodes, Events, GatewayIntentBits, Options } from 'discord.js';
import type { Logger } from '../../src/log/logger.ts';
import { API_VERSION } from './client.ts';

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 60_000;

const PORTAL = 'https://discord.com/developers/applications';

/** discord.com/developers, "Opcodes and Status Codes", section "Gateway Close Event Codes": those that end it for good. */
const ENDS: Record<number, string> = {
  4004: `Discord refuses DISCORD_TOKEN: reset it under ${PORTAL} → your app → Bot, and set it anew`,
  4010: 'Discord refuses the shard',
  4011: 'Discord wants more shards: restart Chasqui',
  4012: 'Discord no longer speaks this version of its gateway: update Chasqui',
  4013: 'Discord does not know an intent: update Chasqui',
  4014: `Discord does not allow the intent “Message Content”: switch it on under ${PORTAL} → your app → Bot → Privileged Gateway Intents`,
};
/** How discord.js words them where it gives no code. */
const WORDED: Record<string, number> = {
  'Authentication failed': 4004,
  'Invalid shard': 4010,
  'Sharding is required': 4011,
  'Used an invalid API version': 4012,
  'Used invalid intents': 4013,
  'Used disallowed intents': 4014,
};

const NO_CACHES = Object.fromEntries(
  (
    'ApplicationCommandManager ApplicationEmojiManager AutoModerationRuleManager BaseGuildEmojiManager DMMessageManager EntitlementManager GuildBanManager GuildEmojiManager ' +
    'GuildForumThreadManager GuildInviteManager GuildMemberManager GuildMessageManager GuildScheduledEventManager GuildStickerManager ' +
    'GuildTextThreadManager MessageManager PresenceManager ReactionManager ReactionUserManager StageInstanceManager ThreadManager ' +
    'ThreadMemberManager UserManager VoiceStateManager'
  )
    .split(' ')
    .map((manager) => [manager, 0]),
);

export type Gateway = ReturnType<typeof createGateway>;

/** It ended for good; `message` says what the operator must do. */
export class GatewayRefusal extends Error {
  readonly code: number;
  constructor(code: number) {
    super(ENDS[code] ?? `Discord closed the gateway with ${code}`);
    this.name = 'GatewayRefusal';
    this.code = code;
  }
}

/**
 * @param options.onEvent every event, in order, by its name in Discord's documentation
 * @param options.onSession a session began (`true`: it replaces one that was lost, so events may be missing)
 */
export function createGateway(options: {
  token: string;
  apiUrl: string;
  messageContent: boolean;
  onEvent(event: string, data: unknown): void;
  onSession(afterLoss: boolean): void;
  /** The connection is gone; what it was about is resumed or begun anew. */
  onLoss(): void;
  onError(method: string, code: string): void;
  log: Logger;
}) {
  const { log } = options;
  let client: Client | undefined;
  let problem: string | undefined = 'connecting';
  let sessions = 0;
  let stopped = false;
  let wake: (() => void) | undefined;
  const up = new Set<number>();

  function createClient(): Client {
    const made = new Client({
      intents: [
        GatewayIntentBits.Guilds,
        GatewayIntentBits.GuildMessages,
        GatewayIntentBits.GuildMessageReactions,
        GatewayIntentBits.DirectMessages,
        GatewayIntentBits.DirectMessageReactions,
        ...(options.messageContent ? [GatewayIntentBits.MessageContent] : []),
      ],
      rest: { api: options.apiUrl, version: API_VERSION, retries: 0 },
      shards: 'auto',
      // Nothing is read from the caches; every event is taken as it comes.
      makeCache: Options.cacheWithLimits(NO_CACHES),
    });
    made.on(Events.Raw as never, (packet: { t: string; d: unknown }, shard: number) => hear(packet, shard));
    made.on(Events.ShardReconnecting, (shard) => {
      options.onLoss();
      up.delete(shard);
      log.debug({ shard }, 'gateway lost; connecting again');
    });
    made.on(Events.ShardDisconnect, ({ code }, shard) => {
      up.delete(shard);
      if (!stopped) end(code);
    });
    made.on(Events.ShardError, (error) => log.debug({ err: error }, 'gateway'));
    // Without a listener Node ends the process.
    made.on(Events.Error, (error) => log.warn({ err: error }, 'gateway'));
    return made;
  }

  function hear({ t, d }: { t: string; d: unknown }, shard: number): void {
    if (t === 'READY' || t === 'RESUMED') {
      up.add(shard);
      problem = undefined;
      if (t === 'READY') options.onSession(sessions++ > 0);
    }
    options.onEvent(t, d);
  }

  function end(code: number): GatewayRefusal {
    const refusal = new GatewayRefusal(code);
    problem = refusal.message;
    options.onError('gateway', String(code));
    log.error({ code }, refusal.message);
    return refusal;
  }

  /** The close code that ended it for good; undefined: it is worth another try. */
  function endCode(error: unknown): number | undefined {
    if (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid) return 4004;
    return error instanceof Error ? WORDED[error.message] : undefined;
  }

  return {
    /** Resolves when events can arrive; waits for Discord as long as it is away. @throws GatewayRefusal */
    async start(): Promise<void> {
      for (let backoff = FIRST_BACKOFF_MS; !stopped; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
        client = createClient();
        try {
          await client.login(options.token);
          return;
        } catch (error) {
          if (stopped) return;
          const code = endCode(error);
          if (code !== undefined) throw problem && problem === ENDS[code] ? new GatewayRefusal(code) : end(code);
          problem = `Discord's gateway cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
          if (backoff === FIRST_BACKOFF_MS) log.warn({ err: error }, 'Discord cannot be reached; trying again');
          await new Promise<void>((resolve) => {
            wake = resolve;
            setTimeout(resolve, backoff).unref();
          });
        }
      }
    },
    async stop(): Promise<void> {
      stopped = true;
      wake?.();
      await client?.destroy();
      up.clear();
      problem = 'stopped';
    },
    status(): { connected: boolean; detail: string } {
      if (problem) return { connected: false, detail: problem };
      const shards = client?.ws.shards.size ?? 1;
      if (up.size < shards)
        return { connected: false, detail: `gateway, ${up.size} of ${shards} shards; connecting again` };
      return { connected: true, detail: `gateway, ${up.size} of ${shards} shards` };
    },
  };
}
