import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import weights from './weights.json' with { type: 'json' };

/**
 * Longest files first, so that none is left to run alone at the end. The weights are seconds of an earlier run; a file
 * that has none took less than one.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known: Record<string, number> = weights;
    const secondsOf = (file: TestSpecification): number =>
      known[relative(this.ctx.config.root, file.moduleId).replaceAll('\\', '/')] ?? 0;
    return files.toSorted((a, b) => secondsOf(b) - secondsOf(a));
  }
}
