/** The gateway: discord.js's client keeps the session, resumes it and begins a new one; we read its raw events. */
import { Client, DiscordjsError, DiscordjsErrorCodes, Events, GatewayIntentBits, Options } from 'discord.js';
import type { Logger } from '../../../src/log/logger.ts';
import { retry } from '../../kit/retry.ts';
import { API_VERSION } from '../client.ts';

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
 * @param options.onEvent every event, in order, by its name in Discord's documentation; READY begins a session
 */
export function createGateway(options: {
  token: string;
  apiUrl: string;
  messageContent: boolean;
  onEvent(event: string, data: unknown): void;
  /** The connection is gone; what it was about is resumed or begun anew. */
  onLoss(): void;
  onError(method: string, code: string): void;
  log: Logger;
}) {
  const { log } = options;
  let client: Client | undefined;
  let problem: string | undefined = 'connecting';
  let stopped = false;
  /** Resolves when it is stopped: discord.js leaves a login that is interrupted open for ever. */
  const stopping = Promise.withResolvers<void>();
  const over = new AbortController();
  const up = new Set<number>();
  const ended = new Set<number>();

  /** No shard is just connecting. */
  function settled(): boolean {
    const shards = client?.ws.shards.size ?? 0;
    return shards > 0 && up.size + ended.size >= shards;
  }

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
      if (!stopped) options.onLoss();
      up.delete(shard);
      log.debug({ shard }, 'gateway lost; connecting again');
    });
    made.on(Events.ShardDisconnect, ({ code }, shard) => {
      up.delete(shard);
      ended.add(shard);
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
      if (!stopped && ended.size === 0) problem = undefined;
    }
    if (!stopped) options.onEvent(t, d);
    else if (settled()) void close();
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

  /** @discordjs/ws lets go of a connection that is being made: its failure then ends the process, its success goes on unseen. */
  async function close(): Promise<void> {
    await client?.destroy();
    up.clear();
  }

  return {
    /** Resolves when events can arrive; waits for Discord as long as it is away. @throws GatewayRefusal */
    async start(): Promise<void> {
      const connect = () => {
        client = createClient();
        return Promise.race([client.login(options.token), stopping.promise]);
      };
      await retry(connect, {
        ...{ signal: over.signal, log, what: 'Discord cannot be reached', maxMs: MAX_BACKOFF_MS },
        onFailure(error) {
          const code = endCode(error);
          if (code !== undefined) throw problem && problem === ENDS[code] ? new GatewayRefusal(code) : end(code);
          problem = `Discord's gateway cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
        },
      });
    },
    async stop(): Promise<void> {
      stopped = true;
      stopping.resolve();
      over.abort();
      problem = 'stopped';
      // A shard that is just connecting is closed when it is there.
      if (settled()) await close();
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
