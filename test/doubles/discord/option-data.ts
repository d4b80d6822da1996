/** The options of a slash command as the interaction carries them (Application Commands: interaction data option). */
import type { CommandDefinition, CommandOption } from './context.ts';

type Value = string | number | boolean;

/** Option types: 3 string, 4 integer, 5 boolean, 10 number; 1 and 2 are subcommands, which the double has not. */
const TYPES: Record<number, (value: Value) => boolean> = {
  3: (value) => typeof value === 'string',
  4: (value) => Number.isInteger(value),
  5: (value) => typeof value === 'boolean',
  10: (value) => typeof value === 'number',
};

function checkValue(option: CommandOption, value: Value): void {
  if (!TYPES[option.type]?.(value)) throw new Error(`option ${option.name} cannot be ${JSON.stringify(value)}`);
  if (option.choices && !option.choices.some((choice) => choice.value === value))
    throw new Error(`option ${option.name} offers no ${JSON.stringify(value)}`);
  const length = typeof value === 'string' ? value.length : undefined;
  if (length === undefined) return;
  if (length > Math.min(option.max_length ?? 6_000, 6_000) || length < (option.min_length ?? 0))
    throw new Error(`option ${option.name} takes no ${length} characters`);
}

/** The `options` for these values, as Discord's client lets a person fill them in; fails where it would not. */
export function optionData(command: CommandDefinition, values: Record<string, Value>): { options?: object[] } {
  const defined = command.options ?? [];
  for (const name of Object.keys(values))
    if (!defined.some((option) => option.name === name)) throw new Error(`/${command.name} has no option ${name}`);
  const options = defined.flatMap((option) => {
    const value = values[option.name];
    if (value === undefined) {
      if (option.required) throw new Error(`/${command.name} needs the option ${option.name}`);
      return [];
    }
    checkValue(option, value);
    return [{ name: option.name, type: option.type, value }];
  });
  return options.length > 0 ? { options } : {};
}
