import { aboutModel, WORKERS_AI } from './catalog.ts';
import type { Model } from './model.ts';
import { onePlainStream } from './plain-stream.ts';
import { createSdkModel } from './sdk-model.ts';
import type { Timeouts } from './timeouts.ts';

/** What `workers-ai-provider` 4 has built in. */
const PROVIDER_URL = 'https://api.cloudflare.com/client/v4';

/**
 * A model on Cloudflare's Workers AI, through `workers-ai-provider` in REST mode, which is loaded at the first call.
 * @param options.apiUrl where Cloudflare's API is reached; calls go to `{apiUrl}/accounts/:id/ai/run/:model`
 * @param options.gateway name of an AI Gateway that the calls pass
 */
export function createCloudflareModel(options: {
  model: string;
  accountId: string;
  apiToken: string;
  apiUrl: string;
  gateway?: string;
  timeouts: Timeouts;
  fetch: typeof fetch;
  preload?: boolean;
}): Model {
  const { model, accountId, apiToken, apiUrl, gateway, timeouts, fetch, preload } = options;
  const host = apiUrl === PROVIDER_URL ? WORKERS_AI : `${WORKERS_AI} (${new URL(apiUrl).host})`;
  const send: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(apiUrl + String(input).slice(PROVIDER_URL.length), init);
    if (!response.ok || !response.body) return response;
    const headers = { 'content-type': 'text/event-stream' };
    return new Response(response.body.pipeThrough(onePlainStream(host)), { headers });
  };
  // "AI Gateway, REST API": the header puts a call to /ai/run/@cf/… through the named gateway. The provider's own
  // `gateway` option goes to the older gateway.ai.cloudflare.com instead, which CLOUDFLARE_API_URL could not redirect.
  const extraHeaders = gateway ? { 'cf-aig-gateway-id': gateway } : undefined;
  return createSdkModel({
    about: { id: `cloudflare:${model}`, host, ...aboutModel(WORKERS_AI, model) },
    timeouts,
    preload,
    secrets: [apiToken],
    async load() {
      const { createWorkersAI } = await import('workers-ai-provider');
      const provider = createWorkersAI({ accountId, apiKey: apiToken, fetch: send });
      return provider.chat(model, { ...(extraHeaders ? { extraHeaders } : {}) });
    },
  });
}
