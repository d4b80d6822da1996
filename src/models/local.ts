/** Servers that people run on their own machine, at the ports they take by default, the likeliest first. */
const LOCAL_SERVERS: readonly LocalServer[] = [
  { name: 'Ollama', port: 11_434 },
  { name: 'llama.cpp', port: 8_080 },
  { name: 'LM Studio', port: 1_234 },
  { name: 'vLLM', port: 8_000 },
];

export interface LocalServer {
  name: string;
  port: number;
}

export interface LocalModel {
  /** Whose port it was found at. */
  server: string;
  /** With `/v1`. */
  baseUrl: string;
  model: string;
}

const LIMIT_MS = 300;
/** Models that answer no chat, by what their names hold. */
const NO_CHAT = /embed|bge-|minilm|rerank|whisper|tts|guard|clip|mmproj/i;

/**
 * Asks the default ports of local model servers on loopback, all at once, 300 ms at most.
 * @returns a model to talk to, a Llama before others, or undefined
 */
export async function findLocalModel(options: {
  fetch: typeof fetch;
  servers?: readonly LocalServer[];
  limitMs?: number;
}): Promise<LocalModel | undefined> {
  const { fetch, servers = LOCAL_SERVERS, limitMs = LIMIT_MS } = options;
  const found = (await Promise.all(servers.map((server) => modelsAt(server, fetch, limitMs)))).flat();
  return found.find(({ model }) => /llama/i.test(model)) ?? found[0];
}

async function modelsAt(
  { name, port }: LocalServer,
  fetch: typeof globalThis.fetch,
  limitMs: number,
): Promise<LocalModel[]> {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  try {
    const response = await fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(limitMs) });
    if (!response.ok) return [];
    return modelsIn(await response.json())
      .filter(({ id }) => !NO_CHAT.test(id))
      .map(({ id }) => ({ server: name, baseUrl, model: id }));
  } catch {
    // Nobody there, or something that is no model server: the usual case.
    return [];
  }
}

/** Anything may answer at port 8080; only OpenAI's list of models counts ("List models" in its API reference). */
function modelsIn(answer: unknown): { id: string }[] {
  const { object, data } = (answer ?? {}) as { object?: unknown; data?: unknown };
  if (object !== 'list' || !Array.isArray(data)) return [];
  return data.filter((entry) => entry?.object === 'model' && typeof entry.id === 'string');
}
