/** The app itself: gateway, application, user, commands (pages "Gateway", "Application", "Application Commands"). */
import { checkCommands, defineCommand } from '../commands.ts';
import {
  type Answer,
  type CommandDefinition,
  type Context,
  nothing,
  ok,
  param,
  type Request,
  type Route,
} from '../context.ts';
import { missingAccess, unknownCommand, unknownGuild } from '../refusals.ts';
import { DiscordRefusal } from '../types.ts';
import { wireUser } from '../wire.ts';
import type { Workspace } from '../workspace.ts';

/** Application flags: the _LIMITED bits, since this app is in few guilds (Application: application flags). */
export function applicationFlags(ws: Workspace): number {
  const { privileged } = ws.settings;
  return (
    (privileged.includes('presence') ? 1 << 13 : 0) |
    (privileged.includes('guild_members') ? 1 << 15 : 0) |
    (privileged.includes('message_content') ? 1 << 19 : 0)
  );
}

/** The app, as GET /applications/@me gives it. */
function application({ ws }: Context): Answer {
  return ok({
    id: ws.applicationId,
    name: ws.bot.username,
    icon: null,
    description: '',
    summary: '',
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: applicationFlags(ws),
    tags: [],
    owner: wireUser([...ws.users.values()].find((user) => !user.bot) ?? ws.bot),
    team: null,
    bot: wireUser(ws.bot),
    approximate_guild_count: [...ws.guilds.values()].filter((guild) => guild.members.has(ws.bot.id)).length,
    approximate_user_install_count: ws.installs.size,
    integration_types_config: { 0: {}, 1: {} },
    redirect_uris: [],
    interactions_endpoint_url: null,
  });
}

/** The list of commands of the path: global, or of a guild. @throws DiscordRefusal 10004, 50001 */
function commandsOf(context: Context, request: Request): { list: CommandDefinition[]; guild: string } {
  const { ws, commands } = context;
  if (param(request, 'application') !== ws.applicationId)
    throw new DiscordRefusal(403, 20012, 'You are not authorized to perform this action on this application');
  const guild = request.params.guild ?? '';
  if (guild && !ws.guilds.has(guild)) throw unknownGuild();
  if (guild && !ws.guilds.get(guild)?.members.has(ws.bot.id)) throw missingAccess();
  const list = commands.get(guild) ?? [];
  commands.set(guild, list);
  return { list, guild };
}

function listCommands(context: Context, request: Request): Answer {
  const { list } = commandsOf(context, request);
  return ok(list);
}

function overwriteCommands(context: Context, request: Request): Answer {
  const { list, guild } = commandsOf(context, request);
  const bodies = request.body as unknown as Record<string, unknown>[];
  checkCommands(bodies);
  const made = bodies.map((body) => defineCommand(context, body, guild, list));
  context.commands.set(guild, made);
  context.watch.stirred();
  return ok(made);
}

function upsertCommand(context: Context, request: Request): Answer {
  const { list, guild } = commandsOf(context, request);
  const earlier = list.findIndex((c) => c.name === request.body.name && c.type === (request.body.type ?? 1));
  checkCommands([request.body]);
  const made = defineCommand(context, request.body, guild, list);
  if (earlier < 0) list.push(made);
  else list[earlier] = made;
  context.watch.stirred();
  return { status: earlier < 0 ? 201 : 200, body: made };
}

function commandOf(context: Context, request: Request) {
  const { list, guild } = commandsOf(context, request);
  const index = list.findIndex((command) => command.id === param(request, 'command'));
  const command = list[index];
  if (!command) throw unknownCommand();
  return { list, guild, index, command };
}

function editCommand(context: Context, request: Request): Answer {
  const { list, guild, index, command } = commandOf(context, request);
  const merged = { ...command, ...request.body };
  checkCommands([merged]);
  list[index] = { ...defineCommand(context, merged, guild, list), id: command.id };
  return ok(list[index]);
}

function deleteCommand(context: Context, request: Request): Answer {
  const { list, index } = commandOf(context, request);
  list.splice(index, 1);
  return nothing;
}

const commandRoutes = (base: string): Record<string, Route> => ({
  [`GET ${base}`]: { run: listCommands },
  [`PUT ${base}`]: { run: overwriteCommands },
  [`POST ${base}`]: { run: upsertCommand },
  [`GET ${base}/:command`]: { run: (context, request) => ok(commandOf(context, request).command) },
  [`PATCH ${base}/:command`]: { run: editCommand },
  [`DELETE ${base}/:command`]: { run: deleteCommand },
});

export const applicationRoutes: Record<string, Route> = {
  'GET /gateway': {
    open: true,
    run: ({ ws }) => ok({ url: `${ws.place.origin.replace('http', 'ws')}/gateway` }),
  },
  'GET /gateway/bot': {
    run: ({ ws, gateway, settings }) =>
      ok({
        url: `${ws.place.origin.replace('http', 'ws')}/gateway`,
        shards: settings.shards,
        session_start_limit: gateway.startLimit(),
      }),
  },
  'GET /users/@me': {
    run: ({ ws }) => ok({ ...wireUser(ws.bot), verified: true, mfa_enabled: false, email: null, flags: 0 }),
  },
  'GET /applications/@me': { run: application },
  'GET /oauth2/applications/@me': { run: application },
  ...commandRoutes('/applications/:application/commands'),
  ...commandRoutes('/applications/:application/guilds/:guild/commands'),
};
