/** How the peers ask the model: by a plain `fetch`, the cheapest way there is, without any SDK. */

const { OPENAI_BASE_URL, MODEL_ID } = process.env;

/** `ANSWERS`: the model's answer is streamed and shown as it grows, or waited for and shown whole. */
export const streamed = process.env.ANSWERS === 'streamed';

export async function askWhole(question: string): Promise<string> {
  const response = await ask(question, false);
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

/** The answer's pieces as they come. */
export async function* askStreamed(question: string): AsyncGenerator<string> {
  const response = await ask(question, true);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const { choices } = JSON.parse(line.slice('data: '.length)) as { choices: { delta: { content?: string } }[] };
      const piece = choices[0]?.delta.content;
      if (piece) yield piece;
    }
  }
}

async function ask(question: string, stream: boolean): Promise<Response> {
  const response = await fetch(`${OPENAI_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL_ID,
      stream,
      messages: [
        { role: 'system', content: 'You are a helpful assistant in a team chat. Answer briefly.' },
        { role: 'user', content: question },
      ],
    }),
  });
  if (!response.ok) throw new Error(`the model's host answers with ${response.status}`);
  return response;
}
