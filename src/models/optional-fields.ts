/** Fields of a request that some hosts refuse, and what is sent in their place. */
type Body = Record<string, unknown>;

interface Optional {
  field: string;
  /** A refusal that is about it. */
  refused: RegExp;
  without(body: Body): Body;
}

const OPTIONAL: readonly Optional[] = [
  {
    // OpenAI's reasoning models.
    field: 'max_tokens',
    refused: /max_completion_tokens/,
    without: ({ max_tokens, ...body }) => ({ ...body, max_completion_tokens: max_tokens }),
  },
  {
    field: 'temperature',
    refused:
      /temperature[\s\S]{0,120}(not support|unsupported|not permitted|only the default)|(unsupported|unknown|unrecognized)[\s\S]{0,60}temperature/i,
    without: ({ temperature: _, ...body }) => body,
  },
  {
    // Mistral, Fireworks, Databricks and others with a strict schema; some do not name what is one too many.
    field: 'stream_options',
    refused:
      /stream_options|include_usage|extra_forbidden|extra (inputs|fields)|(unrecognized|unknown|unexpected) (request )?(argument|field|parameter|property)/i,
    without: ({ stream_options: _, ...body }) => body,
  },
];

const MOST_READ = 10_000;

/**
 * Sends a request once more without a field that the host refuses, and leaves the field out from then on.
 * @param post one call, with the body as JSON
 * @returns the answer, or the refusal with its body still to be read
 */
export function createSender(
  post: (body: string, signal: AbortSignal) => Promise<Response>,
): (body: Body, signal: AbortSignal) => Promise<Response> {
  const refused = new Set<Optional>();
  return async (wanted, signal) => {
    for (;;) {
      const body = [...refused].reduce((left, { without }) => without(left), wanted);
      const response = await post(JSON.stringify(body), signal);
      if (response.status !== 400 && response.status !== 422) return response;
      const said = await response.text();
      const about = OPTIONAL.find(
        (each) => body[each.field] !== undefined && each.refused.test(said.slice(0, MOST_READ)),
      );
      if (!about) return new Response(said, response);
      refused.add(about);
    }
  };
}
