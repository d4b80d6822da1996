/** What a turn leaves behind: the answer's last form, the history's record of it, the letter of one that failed. */
import type { InboundMessage, Reply } from '../src/contract/index.ts';
import type { Failure, HistoryTurn, SavedAnswer, TakenTurn } from '../src/conversation/records.ts';
import type { DeadLetter } from '../src/dead-letters/dead-letters.ts';
import type { Guard } from '../src/guard/guard.ts';
import type { Model } from '../src/models/model.ts';
import type { Answer } from './call.ts';
import type { Plan } from './plan.ts';
import { CUT_SHORT, FILTERED, GIVEN_UP, INTERRUPTED, lateText, STOPPED, titleOf } from './texts.ts';

/** Whatever went wrong is in the log, once for each attempt. */
export function givenUp(plan: Plan, turn: TakenTurn): SavedAnswer {
  const message = `given up after ${turn.attempt - 1} attempts; the log has the reason of each`;
  return {
    user: plan.asked.map(({ message: asked }) => spokenBy(asked)),
    markdown: GIVEN_UP,
    outcome: 'failed',
    failure: { where: 'bug', kind: 'given-up', code: 'ATTEMPTS', message },
  };
}

export function deadLetterOf(turn: TakenTurn, plan: Plan, failure: Failure, told: string | null): DeadLetter {
  const messages = plan.asked.map(({ message }) => message);
  const platform = messages[0]?.to.platform ?? '';
  const { id, conversation, attempt: attempts } = turn;
  return { v: 1, id, at: Date.now(), conversation, platform, failure, attempts, told, messages };
}

export function spokenBy({ id, author, text, attachments }: InboundMessage): HistoryTurn['user'][number] {
  return {
    id,
    author: author.id,
    ...(author.name ? { name: author.name } : {}),
    text,
    ...(attachments.length > 0 ? { attachments } : {}),
  };
}

export function finalText(guard: Guard, answered: Answer): string {
  const text = guard.outbound(answered.text).trim();
  if (answered.reason === 'length') return text + CUT_SHORT;
  if (answered.reason === 'filtered') return text + FILTERED;
  return text;
}

/** What is posted. The same record gives the same reply at every attempt. */
export function replyOf(models: readonly Model[], turn: TakenTurn, said: SavedAnswer): Reply {
  const model = models.find((candidate) => candidate.id === said.model);
  const question = said.user[0]?.text;
  const first = turn.history.length === 0 && question !== undefined;
  return {
    markdown:
      (said.markdown || (said.interrupted ? INTERRUPTED : STOPPED)) +
      (said.lateMs ? lateText(said.lateMs) : '') +
      (said.note
        ? `\n\n${said.note
            .split('\n')
            .map((line) => `_${line}_`)
            .join('\n\n')}`
        : ''),
    outcome: said.outcome,
    ...(model ? { model: model.label } : {}),
    ...(first ? { title: titleOf(question) } : {}),
  };
}

export function historyOf(turn: TakenTurn, said: SavedAnswer): HistoryTurn {
  return {
    v: 1,
    id: turn.id,
    at: Date.now(),
    user: said.user,
    ...(said.earlier ? { earlier: said.earlier } : {}),
    reply: said.outcome === 'failed' || said.markdown === '' ? null : said.markdown,
    outcome: said.outcome,
    ...(said.model ? { model: said.model } : {}),
    ...(said.persona ? { persona: said.persona } : {}),
  };
}
