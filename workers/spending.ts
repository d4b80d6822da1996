/** The money side of one attempt at a turn. */
import type { Budget, Reservation } from '../src/budgets/budgets.ts';
import type { Spending } from './call.ts';
import type { Scene } from './compose.ts';
import type { TurnDeps } from './context.ts';

/** @returns what the models' calls ask before and tell after; `noted` collects the person's budgets that are nearly spent */
export function createSpending(deps: TurnDeps, { turn, plan, report }: Scene): Spending & { noted: Budget[] } {
  const { budgets, log } = deps;
  const asker = plan.asked.at(-1)?.message;
  const spender = {
    conversation: turn.conversation,
    platform: asker?.to.platform ?? '',
    person: asker?.author.id ?? '',
    workspace: asker?.workspace,
  };
  const noted: Budget[] = [];
  let calls = 0;
  return {
    noted,
    async reserve(model, most, spendsLess) {
      calls += 1;
      const id = `${turn.id}:${turn.attempt}:${calls}`;
      return budgets.off
        ? { id, accounts: [], most: { nanoUsd: 0, tokens: 0 } }
        : budgets.reserve({ id, spender, model, most, spendsLess });
    },
    async settle(reservation: Reservation, model, used, answered) {
      if (!answered) report.wasted(model, used);
      try {
        noted.push(...(await budgets.settle(reservation, model, used)));
      } catch (error) {
        // The answer matters more. What was reserved lapses and counts as spent.
        log.warn({ err: error, turn: turn.id }, 'a call of a model could not be settled in the budgets');
      }
    },
  };
}
