/** Just enough of PromQL to know which metrics and labels an expression speaks of. */

const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool']);
/** Lists of labels: `by (platform)`. */
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const NAME = /[a-zA-Z_:][\w:]*/g;

/** A metric as it is asked for: with the labels by which it is chosen. */
export interface Selector {
  metric: string;
  labels: string[];
}

export function readPromql(expr: string): { selectors: Selector[]; grouping: string[] } {
  const bare = expr.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const grouping = [...bare.matchAll(GROUPING)].flatMap(([, list = '']) => list.match(NAME) ?? []);
  // Durations hold letters, and so do numbers such as 1e6.
  const rest = bare
    .replace(GROUPING, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b\d[\w.]*/g, ' ');
  const selectors = [...rest.matchAll(/([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?/g)].flatMap(([, name = '', next = '']) => {
    if (next === '(' || WORDS.has(name)) return [];
    return [{ metric: name, labels: [...next.matchAll(/(\w+)\s*[!=]/g)].map(([, label = '']) => label) }];
  });
  return { selectors, grouping };
}

/** What `/metrics` tells: each series' name, with the labels that are seen there. */
export function readMetrics(text: string): Map<string, Set<string>> {
  const series = new Map<string, Set<string>>();
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
    for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      series.set(name + suffix, new Set());
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{(.*)\} \S+$/gm))
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) series.get(name)?.add(label);
  return series;
}
