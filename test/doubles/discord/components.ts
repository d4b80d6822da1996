/**
 * Components (pages "Component Reference", "Using Message Components"): without IS_COMPONENTS_V2 at most 5 action rows,
 * each with at most 5 buttons or one select menu; with it at most 40 components in all and 4,000 characters of text.
 */
import { checkLength, type Problems } from './refusals.ts';
import type { Component } from './types.ts';

type Path = (string | number)[];

const SELECTS = [3, 5, 6, 7, 8];
const V2_ONLY = [9, 10, 11, 12, 13, 14, 17];

function checkButton(problems: Problems, path: Path, button: Component): void {
  const { style, label, emoji, url, custom_id } = button;
  if (![1, 2, 3, 4, 5, 6].includes(style as number))
    problems.add([...path, 'style'], 'BASE_TYPE_CHOICES', 'Value must be one of {1, 2, 3, 4, 5, 6}.');
  checkLength(problems, [...path, 'label'], label, { max: 80 });
  if (style === 5) {
    checkLength(problems, [...path, 'url'], url, { min: 1, max: 512 });
    if (typeof url === 'string' && !/^(https?|discord):\/\//.test(url))
      problems.add(
        [...path, 'url'],
        'URL_TYPE_INVALID_SCHEME',
        `Scheme "${url.split(':')[0]}" is not supported. Scheme must be one of ('http', 'https', 'discord').`,
      );
    if (custom_id)
      problems.add(
        path,
        'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
        'A url and custom id cannot both be specified',
      );
  } else if (style !== 6) checkLength(problems, [...path, 'custom_id'], custom_id, { min: 1, max: 100 });
  if (!label && !emoji && style !== 6)
    problems.add(path, 'BUTTON_COMPONENT_INVALID_EMOJI_OR_LABEL', 'A button must have a label or an emoji.');
}

function checkSelect(problems: Problems, path: Path, select: Component): void {
  checkLength(problems, [...path, 'custom_id'], select.custom_id, { min: 1, max: 100 });
  checkLength(problems, [...path, 'placeholder'], select.placeholder, { max: 150 });
  if (select.type !== 3) return;
  const options = (select.options ?? []) as { label?: unknown; value?: unknown; description?: unknown }[];
  if (options.length < 1 || options.length > 25)
    problems.add([...path, 'options'], 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 25 in length.');
  for (const [i, option] of options.entries()) {
    checkLength(problems, [...path, 'options', i, 'label'], option.label, { min: 1, max: 100 });
    checkLength(problems, [...path, 'options', i, 'value'], option.value, { min: 1, max: 100 });
    checkLength(problems, [...path, 'options', i, 'description'], option.description, { max: 100 });
  }
}

function checkRow(problems: Problems, path: Path, row: Component): void {
  const children = (row.components ?? []) as Component[];
  const selects = children.filter((child) => SELECTS.includes(child.type)).length;
  if (children.length < 1 || children.length > 5)
    problems.add([...path, 'components'], 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
  if (selects > 0 && children.length > 1)
    problems.add(
      [...path, 'components'],
      'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
      'The specified component exceeds the maximum width',
    );
  for (const [i, child] of children.entries()) {
    const at = [...path, 'components', i];
    if (child.type === 2) checkButton(problems, at, child);
    else if (SELECTS.includes(child.type)) checkSelect(problems, at, child);
    else problems.add([...at, 'type'], 'BASE_TYPE_CHOICES', 'Value must be one of {2, 3, 5, 6, 7, 8}.');
  }
}

/** Every component below these, themselves with them. */
export function allComponents(components: Component[]): Component[] {
  return components.flatMap((component) => [
    component,
    ...allComponents((component.components ?? []) as Component[]),
    ...(component.accessory ? [component.accessory as Component] : []),
  ]);
}

/** Adds what is wrong with these components. */
export function checkComponents(problems: Problems, components: Component[], v2: boolean): void {
  const all = allComponents(components);
  if (!v2 && components.length > 5)
    problems.add(['components'], 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
  if (v2 && all.length > 40)
    problems.add(
      ['components'],
      'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
      'The total number of components cannot exceed 40',
    );
  for (const [i, component] of components.entries()) {
    if (component.type === 1) checkRow(problems, ['components', i], component);
    else if (!v2 || !V2_ONLY.includes(component.type))
      problems.add(['components', i, 'type'], 'BASE_TYPE_CHOICES', 'Value must be one of {1}.');
  }
  const texts = all.filter((component) => component.type === 10).map((component) => String(component.content ?? ''));
  if (texts.join('').length > 4000)
    problems.add(['components'], 'COMPONENT_TEXT_DISPLAY_MAX_LENGTH', 'The total text cannot exceed 4000 characters');
  const ids = new Set<unknown>();
  for (const { custom_id } of all) {
    if (custom_id === undefined) continue;
    if (ids.has(custom_id))
      problems.add(['components'], 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
    ids.add(custom_id);
  }
}
