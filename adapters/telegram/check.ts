/** `npm run doctor`: does Telegram accept the token, and do the updates come here? */
import type { Check, SendError } from '../../src/contract/index.ts';
import type { Api } from './api.ts';
import type { User } from './types.ts';

export async function checkTelegram(api: Api): Promise<Check[]> {
  const name = 'bot token';
  try {
    const { username } = await api.call<User>('getMe');
    const { url } = await api.call<{ url: string }>('getWebhookInfo');
    if (url === '') return [{ name, ok: true, detail: `@${username}` }];
    return [{ name, ok: false, detail: `@${username} has a webhook: call deleteWebhook, or nothing arrives here` }];
  } catch (error) {
    const { kind, message } = error as SendError;
    return [{ name, ok: false, detail: kind === 'auth' ? 'copy the token from @BotFather again' : message }];
  }
}
