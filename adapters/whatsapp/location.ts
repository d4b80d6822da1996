/** A place that somebody sends, as the model reads it. */
export function locationText(location: {
  name?: string;
  address?: string;
  latitude?: unknown;
  longitude?: unknown;
}): string {
  const { name, address, latitude, longitude } = location;
  const where = [name, address, latitude === undefined ? undefined : `${latitude}, ${longitude}`];
  return `[location: ${where.filter(Boolean).join('; ')}]`;
}
