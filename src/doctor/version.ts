/** Whether a version such as `22.18.0` is at least another. */
export function atLeast(version: string, least: string): boolean {
  const have = version.split('.').map(Number);
  for (const [i, want] of least.split('.').map(Number).entries()) {
    const part = have[i] ?? 0;
    if (part !== want) return part > want;
  }
  return true;
}
