/** Fresh links for files whose links have run out (page "Reference: signed attachment CDN URLs"; the route is seen, no page names it). */
import { type Answer, type Context, ok, type Request, type Route } from '../context.ts';
import { invalid } from '../refusals.ts';
import { attachmentUrl } from '../wire.ts';

const MOST = 50;

function refresh({ ws }: Context, request: Request): Answer {
  const { attachment_urls: urls } = request.body;
  if (!Array.isArray(urls) || urls.length === 0 || urls.length > MOST)
    invalid(['attachment_urls'], 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${MOST} in length.`);
  const refreshed = (urls as string[]).map((original) => {
    const [, , , id = ''] = new URL(original).pathname.split('/');
    const entry = ws.attachments.get(id);
    return { original, refreshed: entry ? attachmentUrl(ws, entry.channel, entry.file) : null };
  });
  return ok({ refreshed_urls: refreshed });
}

export const attachmentRoutes: Record<string, Route> = {
  'POST /attachments/refresh-urls': { run: refresh },
};
