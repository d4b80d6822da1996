/** Who may spend how much: the budgets of the configuration, applied to each call of a model. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Config } from '../../config/schema.ts';
import { isBelow } from '../conversation/beginning.ts';
import type { Logger } from '../log/logger.ts';
import type { Model } from '../models/model.ts';
import { costOf } from '../models/prices.ts';
import { type Account, type Amount, chargeIn, readAccounts, reserveIn, type Spent, settleIn } from './ledger.ts';

export type Budget = Config['budgets'][number];

/** Whose call it is. */
export interface Spender {
  conversation: string;
  platform: string;
  person: string;
  workspace?: string | undefined;
}

/** A call for which room was made. */
export interface Reservation {
  id: string;
  accounts: readonly (Account & { budget: Budget })[];
  /** The most that it can cost. */
  most: Amount;
}

export interface Refusal {
  budget: Budget;
  /** Milliseconds since the epoch: when it renews. */
  renewsAt: number;
}

/** What a call took: tokens as the host counts them, or estimated where it told nothing. */
export interface Used {
  inputTokens: number;
  outputTokens: number;
}

export type Budgets = ReturnType<typeof createBudgets>;

const NANO = 1e9;
const DAY_S = 86_400;
/** Beyond its end a day or month is kept for the operators' page, and for calls that are settled late. */
const KEPT_AFTER_S = 3 * DAY_S;

/** @param options.lifetimeMs the longest that a call of a model can take */
export function createBudgets(options: {
  redis: Redis;
  prefix: string;
  budgets: readonly Budget[];
  lifetimeMs: number;
  log: Logger;
  /** The clock, for tests; ms since the epoch. */
  now?: () => number;
}) {
  const { redis, prefix, budgets, log, now = Date.now } = options;

  function accountsOf(spender: Spender, model: Model | null, spendsLess: boolean) {
    return budgets.flatMap((budget) => {
      const who = subjectOf(budget, spender, model);
      if (who === null) return [];
      const refuses = !(spendsLess && budget.then === 'cheaper');
      return [{ ...accountOf(prefix, budget, who, now()), refuses, budget }];
    });
  }

  return {
    /** No budget is set: nothing is asked of Redis. */
    off: budgets.length === 0,

    /**
     * Makes room for a call.
     * @param call.id the same for a repeated attempt at the very same call only
     * @param call.spendsLess it goes to the cheapest model already, which budgets with `then: cheaper` let pass
     */
    async reserve(call: {
      id: string;
      spender: Spender;
      model: Model;
      most: Used;
      spendsLess?: boolean;
    }): Promise<Reservation | Refusal> {
      const { id, model } = call;
      const accounts = accountsOf(call.spender, model, call.spendsLess ?? false);
      const most = amountOf(model, call.most);
      if (accounts.length === 0) return { id, accounts, most };
      const full = await reserveIn(redis, accounts, { id, lifetimeMs: options.lifetimeMs, ...most });
      const found = accounts.find((account) => account.key === full?.key);
      return found ? { budget: found.budget, renewsAt: endOf(found.budget, now()) } : { id, accounts, most };
    },

    /**
     * Counts what the call did cost.
     * @returns the person's own budgets of which four fifths are spent now, each once; others are told to the operator
     */
    async settle({ id, accounts }: Reservation, model: Model, used: Used): Promise<Budget[]> {
      if (accounts.length === 0) return [];
      const due = await settleIn(redis, accounts, { id, ...amountOf(model, used) });
      const noted = accounts
        .filter(({ key }) => due.some((account) => account.key === key))
        .map(({ budget }) => budget);
      for (const budget of noted.filter((one) => one.for !== 'person'))
        log.warn({ budget: nameOf(budget) }, 'four fifths of a budget are spent');
      return noted.filter((one) => one.for === 'person');
    },

    /** Counts what no model took, e.g. a platform's fees for messages. Each call of this counts. */
    async charge(spender: Spender, usd: number): Promise<void> {
      const accounts = accountsOf(spender, null, false);
      if (accounts.length > 0) await chargeIn(redis, accounts, Math.ceil(usd * NANO));
    },

    /** What is spent and reserved of the budgets that do not count by person or workspace. */
    async read(): Promise<{ budget: Budget; name: string; renewsAt: number; sums: Spent }[]> {
      const shared = budgets.flatMap((budget) => {
        if (budget.for === 'person' || budget.for === 'workspace') return [];
        return [{ budget, account: accountOf(prefix, budget, 'all', now()) }];
      });
      const sums = await readAccounts(
        redis,
        shared.map(({ account }) => account),
      );
      return shared.map(({ budget }, n) => ({
        budget,
        name: nameOf(budget),
        renewsAt: endOf(budget, now()),
        sums: sums[n] as Spent,
      }));
    },

    /** What a person has spent of their own budgets. */
    async readPerson(spender: Spender): Promise<{ budget: Budget; renewsAt: number; sums: Spent }[]> {
      const own = budgets.filter((budget) => budget.for === 'person' && isIn(budget, spender));
      const who = `${spender.platform} ${spender.workspace ?? ''} ${spender.person}`;
      const accounts = own.map((budget) => accountOf(prefix, budget, who, now()));
      const sums = await readAccounts(redis, accounts);
      return own.map((budget, n) => ({ budget, renewsAt: endOf(budget, now()), sums: sums[n] as Spent }));
    },
  };
}

/** For operators: `everyone in slack:T1 per day`. */
export function nameOf({ for: whom, where, per }: Budget): string {
  return `${whom}${where ? ` in ${where}` : ''} per ${per}`;
}

function isIn({ where }: Budget, { conversation }: Spender): boolean {
  return where === undefined || isBelow(where, conversation);
}

/** Whom the budget counts the call for; null: it does not count. */
function subjectOf(budget: Budget, spender: Spender, model: Model | null): string | null {
  if (!isIn(budget, spender)) return null;
  const { platform, workspace = '', person } = spender;
  if (budget.for === 'everyone') return 'all';
  if (budget.for === 'person') return `${platform} ${workspace} ${person}`;
  if (budget.for === 'workspace') return workspace === '' ? null : `${platform} ${workspace}`;
  return model && budget.for === `model:${model.id}` ? 'all' : null;
}

function accountOf(prefix: string, budget: Budget, who: string, at: number): Account {
  const day = new Date(at).toISOString().slice(0, budget.per === 'day' ? 10 : 7);
  // What the limit is may be changed without losing what is spent.
  const name = createHash('sha256')
    .update([budget.for, budget.where ?? '', budget.per, who].join('\n'))
    .digest('base64url');
  return {
    key: `${prefix}:{budgets}:${name.slice(0, 22)}:${day}`,
    nanoUsd: budget.usd === undefined ? -1 : Math.round(budget.usd * NANO),
    tokens: budget.tokens ?? -1,
    keptS: Math.ceil((endOf(budget, at) - at) / 1_000) + KEPT_AFTER_S,
    refuses: true,
  };
}

/** When the day or month ends, UTC. */
function endOf({ per }: Budget, at: number): number {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return per === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
}

function amountOf(model: Model, { inputTokens, outputTokens }: Used): Amount {
  const usd = costOf(model.price, { inputTokens, outputTokens }) ?? 0;
  return { nanoUsd: Math.ceil(usd * NANO), tokens: inputTokens + outputTokens };
}
