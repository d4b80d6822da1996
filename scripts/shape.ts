/** The shape that every adapter to a chat platform has, so that whoever knows one finds the way in all. */

/** Not to a platform with rooms and routes: what adapters share, and doors of our own. */
const NO_PLATFORMS = ['kit', 'whatsapp', 'web', 'terminal'];
const FILES = ['index.ts', 'settings.ts', 'check.ts', 'route.ts', 'events.ts', 'sender.ts'];
const FOLDERS = ['receive', 'send', 'render', 'catch-up', 'rpc', 'browser', 'code'];

/**
 * @param files paths from the root, with `/`
 * @returns a line for each adapter's file that is missing, and for each folder that is none of the known ones
 */
export function againstShape(files: readonly string[]): string[] {
  const inAdapters = files
    .map((file) => file.split('/'))
    .filter(([top, , ...rest]) => top === 'adapters' && rest.length);
  const adapters = [...new Set(inAdapters.map(([, name = '']) => name))].filter((name) => !NO_PLATFORMS.includes(name));
  return adapters.flatMap((name) => {
    const own = inAdapters.filter(([, adapter]) => adapter === name).map(([, , ...rest]) => rest);
    const missing = FILES.filter((file) => !own.some(([first, ...more]) => first === file && more.length === 0));
    const odd = own.flatMap(([first = '', ...more]) => (more.length > 0 && !FOLDERS.includes(first) ? [first] : []));
    return [
      ...missing.map((file) => `adapters/${name}/${file} is missing: every adapter has ${FILES.join(', ')}`),
      ...[...new Set(odd)].map(
        (folder) => `adapters/${name}/${folder}/: an adapter's folders are ${FOLDERS.join(', ')}`,
      ),
    ];
  });
}
