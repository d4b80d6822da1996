/** `GET cost?days=7|30|90` */
export interface CostView {
  days: { day: string[]; usd: number[]; inputTokens: number[]; outputTokens: number[]; answered: number[] };
  total: CostRow;
  /** What platforms took for messages; part of all sums but those by model. */
  feesUsd: number;
  by: Record<'model' | 'platform' | 'workspace', CostRow[]>;
  /** `ops.monthly_budget`; null: none is set. Days of the calendar month, UTC. */
  budget: { monthUsd: number; spentUsd: number; leftUsd: number } | null;
  usdPerAnswer: number | null;
  usdPerGood: number | null;
  /** Models that were used and whose price is not known: their tokens are counted, their money is not. */
  unpriced: string[];
}
export interface CostRow {
  name: string;
  answered: number;
  inputTokens: number;
  outputTokens: number;
  usd: number;
}
