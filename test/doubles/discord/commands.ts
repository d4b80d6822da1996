/**
 * Application commands, checked and kept (page "Application Commands": naming, limits, options, contexts). Assumed: a
 * command whose definition did not change keeps its version; `required: false` and empty options are not given back.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CommandDefinition, CommandOption, Context } from './context.ts';
import { checkLength, createProblems, invalid, type Problems } from './refusals.ts';
import { DiscordRefusal } from './types.ts';

const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
/** At most so many global commands of a type (Application Commands: 100, and 15 of each menu). */
const MOST: Record<number, number> = { 1: 100, 2: 15, 3: 15 };

type Path = (string | number)[];

function checkName(problems: Problems, path: Path, name: unknown): void {
  if (typeof name !== 'string') checkLength(problems, path, name, { min: 1, max: 32 });
  else if (!NAME.test(name) || name !== name.toLowerCase())
    problems.add(path, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
}

function checkOptions(problems: Problems, path: Path, options: CommandOption[]): void {
  if (options.length > 25) problems.add(path, 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.');
  let optional = false;
  for (const [i, option] of options.entries()) {
    const at = [...path, i];
    checkName(problems, [...at, 'name'], option.name);
    checkLength(problems, [...at, 'description'], option.description, { min: 1, max: 100 });
    if (!(option.type >= 1 && option.type <= 11))
      problems.add([...at, 'type'], 'BASE_TYPE_CHOICES', 'Value must be one of {1, …, 11}.');
    if (option.required && optional)
      problems.add(
        at,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    if (!option.required) optional = true;
    if ((option.choices?.length ?? 0) > 25)
      problems.add([...at, 'choices'], 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.');
    for (const [n, choice] of (option.choices ?? []).entries())
      checkLength(problems, [...at, 'choices', n, 'name'], choice.name, { min: 1, max: 100 });
    if (option.options) checkOptions(problems, [...at, 'options'], option.options);
  }
}

/** @throws DiscordRefusal 50035, 30032 */
export function checkCommands(bodies: Record<string, unknown>[]): void {
  if (!Array.isArray(bodies)) invalid([], 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
  const problems = createProblems();
  const seen = new Set<string>();
  const count: Record<number, number> = {};
  for (const [i, body] of bodies.entries()) {
    const type = (body.type ?? 1) as number;
    count[type] = (count[type] ?? 0) + 1;
    const at: Path = bodies.length === 1 ? [] : [i];
    if (type === 1) {
      checkName(problems, [...at, 'name'], body.name);
      checkLength(problems, [...at, 'description'], body.description, { min: 1, max: 100 });
      checkOptions(problems, [...at, 'options'], (body.options ?? []) as CommandOption[]);
    } else {
      checkLength(problems, [...at, 'name'], body.name, { min: 1, max: 32 });
      if (body.description)
        problems.add(
          [...at, 'description'],
          'APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED',
          'Context menu commands cannot have description',
        );
    }
    if (seen.has(`${type} ${body.name}`))
      problems.add(at, 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
    seen.add(`${type} ${body.name}`);
  }
  problems.settle();
  for (const [type, n] of Object.entries(count))
    if (n > (MOST[Number(type)] ?? 0))
      throw new DiscordRefusal(400, 30032, `Maximum number of application commands reached (${MOST[Number(type)]})`);
}

const cleaned = (options: CommandOption[]): CommandOption[] =>
  options.map(({ required, options: below, choices, ...option }) => ({
    ...option,
    ...(required ? { required } : {}),
    ...(choices?.length ? { choices } : {}),
    ...(below?.length ? { options: cleaned(below) } : {}),
  }));

/** The command as Discord keeps and returns it. An earlier one of the same name and type keeps its id. */
export function defineCommand(
  context: Context,
  body: Record<string, unknown>,
  guild: string,
  list: CommandDefinition[],
): CommandDefinition {
  const { ws } = context;
  const type = (body.type ?? 1) as 1 | 2 | 3;
  const earlier = list.find((command) => command.name === body.name && command.type === type);
  const options = (body.options ?? []) as CommandOption[];
  const made: CommandDefinition = {
    id: earlier?.id ?? ws.nextId(),
    application_id: ws.applicationId,
    version: earlier?.version ?? ws.nextId(),
    default_member_permissions: body.default_member_permissions ?? null,
    type,
    name: body.name as string,
    name_localizations: body.name_localizations ?? null,
    description: (body.description ?? '') as string,
    description_localizations: body.description_localizations ?? null,
    nsfw: body.nsfw ?? false,
    contexts: guild ? null : ((body.contexts ?? null) as number[] | null),
    integration_types: guild ? [0] : ((body.integration_types ?? [0, 1]) as number[]),
    ...(guild ? { guild_id: guild } : { dm_permission: true }),
    ...(options.length > 0 ? { options: cleaned(options) } : {}),
  };
  if (earlier && !isDeepStrictEqual(earlier, made)) made.version = ws.nextId();
  return made;
}
